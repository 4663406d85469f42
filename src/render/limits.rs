//! How large a picture may be asked for.

use super::Error;
use crate::domain::chart::Look;

/// The smallest picture, in CSS pixels: below it no number can be read.
pub const SIZE_MIN: (u32, u32) = (200, 120);
/// The largest picture, in CSS pixels: a wall of screens.
pub const SIZE_MAX: (u32, u32) = (4000, 3000);
/// Smaller than the screen's own pixels.
pub const SCALE_MIN: f32 = 0.5;
/// The densest phones have four pixels for one.
pub const SCALE_MAX: f32 = 4.0;
/// The pixels of the largest picture at scale 2. Five bytes each while it is drawn: 240 MB.
pub const PIXELS_MAX: u64 = 48_000_000;

/// The size of the picture in its own pixels.
///
/// # Errors
/// When the look is out of bounds.
pub(super) fn pixels(look: &Look) -> Result<(u32, u32), Error> {
    let (width, height) = (look.width, look.height);
    if !(SIZE_MIN.0..=SIZE_MAX.0).contains(&width) || !(SIZE_MIN.1..=SIZE_MAX.1).contains(&height) {
        return Err(Error::Size(width, height));
    }
    if !(SCALE_MIN..=SCALE_MAX).contains(&look.scale) {
        return Err(Error::Scale(look.scale));
    }
    let (across, down) = (scaled(width, look.scale), scaled(height, look.scale));
    let all = u64::from(across) * u64::from(down);
    if all > PIXELS_MAX { Err(Error::Pixels(all.div_ceil(1_000_000))) } else { Ok((across, down)) }
}

fn scaled(size: u32, scale: f32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "both are bounded by the caller, and far below"
    )]
    let pixels = (f64::from(size) * f64::from(scale)).round() as u32;
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_out_of_bounds_are_refused() {
        let look = |width, height, scale| Look { width, height, scale, ..Look::default() };
        assert_eq!(pixels(&look(800, 400, 2.0)), Ok((1600, 800)));
        assert_eq!(pixels(&look(4000, 3000, 2.0)), Ok((8000, 6000)));
        assert_eq!(pixels(&look(199, 400, 2.0)), Err(Error::Size(199, 400)));
        assert_eq!(pixels(&look(800, 3001, 2.0)), Err(Error::Size(800, 3001)));
        assert_eq!(pixels(&look(4000, 3000, 3.0)), Err(Error::Pixels(108)));
        for scale in [0.0, -1.0, 4.1, f32::NAN, f32::INFINITY] {
            assert!(matches!(pixels(&look(800, 400, scale)), Err(Error::Scale(_))), "{scale}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_give_instead() {
        assert_eq!(
            Error::Size(1, 2).to_string(),
            "cannot draw a picture of 1x2: give a size from 200x120 to 4000x3000"
        );
    }
}
