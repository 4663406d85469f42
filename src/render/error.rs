//! Why there is no picture.

use super::limits::{PIXELS_MAX, SCALE_MAX, SCALE_MIN, SIZE_MAX, SIZE_MIN};

/// Why a chart was not drawn. The first three are the caller's choice of size, the last is ours.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The width or the height is out of bounds.
    #[error(
        "cannot draw a picture of {0}x{1}: give a size from {w}x{h} to {W}x{H}",
        w = SIZE_MIN.0, h = SIZE_MIN.1, W = SIZE_MAX.0, H = SIZE_MAX.1
    )]
    Size(u32, u32),
    /// The scale is out of bounds, or is no number.
    #[error("cannot draw at scale {0}: give one from {SCALE_MIN} to {SCALE_MAX}")]
    Scale(f32),
    /// Size and scale together make too large a picture.
    #[error(
        "cannot draw {0} million pixels: a smaller size or scale keeps it below {max}",
        max = PIXELS_MAX / 1_000_000
    )]
    Pixels(u64),
    /// A fault of ours, or no memory.
    #[error("cannot draw the picture: {0}")]
    Draw(String),
}
