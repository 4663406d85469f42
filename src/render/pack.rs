//! Pixels as PNG, with a palette wherever that shows the same picture.
//!
//! A graph has few colours, and as many more where letters and lines are smoothed. One byte a pixel
//! in place of three is a third of the work for the compressor, and a smaller file. Colours that no
//! eye tells apart share an entry; where they would not fit, the picture keeps all of them.

use tiny_skia::Pixmap;

/// What a palette of PNG holds, <https://www.w3.org/TR/png-3/#11PLTE>.
const PALETTE_MAX: usize = 256;
/// Different colours that are looked at; with more, a palette would be seen.
const COLOURS_MAX: usize = 4096;
/// Places for them: a power of two, four times as many, so that looking one up is one step.
const SLOTS: usize = 4 * COLOURS_MAX;
/// How far two colours may be apart, of 255 in each part, and share an entry; tried in this order.
const NEAR: [u8; 4] = [0, 4, 10, 18];

/// Writes the pixels as PNG, without alpha: the ground covers everything.
///
/// # Errors
/// When the encoder refuses, which is a fault of ours.
pub(super) fn png(pixmap: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours and letters repeat: filters hide that, and cost more than they save.
    encoder.set_deflate_compression(png::DeflateCompression::Level(3));
    encoder.set_filter(png::Filter::NoFilter);
    let data = match indexed(pixmap) {
        Some(Indexed { palette, pixels }) => {
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_palette(palette);
            pixels
        }
        None => {
            encoder.set_color(png::ColorType::Rgb);
            rgb(pixmap)
        }
    };
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&data)?;
    writer.finish()?;
    Ok(bytes)
}

fn rgb(pixmap: &Pixmap) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(pixmap.data().len() / 4 * 3);
    for pixel in pixmap.pixels() {
        rgb.extend_from_slice(&[pixel.red(), pixel.green(), pixel.blue()]);
    }
    rgb
}

struct Indexed {
    /// Three bytes a colour.
    palette: Vec<u8>,
    /// The entry of each pixel.
    pixels: Vec<u8>,
}

/// The picture with a palette; none where that would be seen.
fn indexed(pixmap: &Pixmap) -> Option<Indexed> {
    let mut seen = Seen::new();
    let mut numbers: Vec<u16> = Vec::with_capacity(pixmap.data().len() / 4);
    let (mut last, mut number) = (0, 0);
    for pixel in pixmap.pixels() {
        let colour = u32::from_le_bytes([pixel.red(), pixel.green(), pixel.blue(), u8::MAX]);
        if colour != last {
            (last, number) = (colour, seen.number(colour)?);
        }
        numbers.push(number);
    }
    let counts = counts(&numbers, seen.colours.len());
    let (palette, entries) = NEAR.iter().find_map(|near| palette(&seen.colours, &counts, *near))?;
    let entry = |number: u16| entries.get(usize::from(number)).copied().unwrap_or_default();
    Some(Indexed {
        palette: palette.into_iter().flatten().collect(),
        pixels: numbers.into_iter().map(entry).collect(),
    })
}

/// Colours with numbers, in the order in which they were met.
struct Seen {
    /// A colour and its number; 0 is a free place, and no colour: all are opaque.
    slots: Vec<(u32, u16)>,
    colours: Vec<u32>,
}

impl Seen {
    fn new() -> Self {
        Self { slots: vec![(0, 0); SLOTS], colours: Vec::new() }
    }

    /// The number of a colour; none where there are too many.
    fn number(&mut self, colour: u32) -> Option<u16> {
        // Fibonacci hashing spreads neighbours; the upper bits are the good ones.
        let first = (colour.wrapping_mul(0x9e37_79b1) >> 16) as usize;
        for step in 0..SLOTS {
            let slot = self.slots.get_mut((first + step) % SLOTS)?;
            if slot.0 == colour {
                return Some(slot.1);
            }
            if slot.0 == 0 {
                let number = u16::try_from(self.colours.len()).ok()?;
                *slot = (colour, number);
                self.colours.push(colour);
                return (self.colours.len() <= COLOURS_MAX).then_some(number);
            }
        }
        None
    }
}

/// How many pixels have each colour.
fn counts(numbers: &[u16], colours: usize) -> Vec<usize> {
    let mut counts = vec![0; colours];
    for same in numbers.chunk_by(|one, two| one == two) {
        let number = same.first().copied().map(usize::from).unwrap_or_default();
        if let Some(count) = counts.get_mut(number) {
            *count += same.len();
        }
    }
    counts
}

type Colour = [u8; 3];

/// A palette of the most frequent colours, and the entry of each colour: the first one within reach.
/// None where the colours need more entries than there are.
fn palette(colours: &[u32], counts: &[usize], near: u8) -> Option<(Vec<Colour>, Vec<u8>)> {
    if near == 0 && colours.len() > PALETTE_MAX {
        return None;
    }
    let mut order: Vec<(usize, usize)> = counts.iter().copied().zip(0..).collect();
    order.sort_unstable_by_key(|(count, number)| (std::cmp::Reverse(*count), *number));
    let mut palette: Vec<Colour> = Vec::with_capacity(PALETTE_MAX);
    let mut entries = vec![0; colours.len()];
    for (_, number) in order {
        let [red, green, blue, _] = colours.get(number)?.to_le_bytes();
        let colour = [red, green, blue];
        let found = palette.iter().position(|known| is_near(*known, colour, near));
        let entry = found.unwrap_or(palette.len());
        if found.is_none() {
            palette.push(colour);
        }
        *entries.get_mut(number)? = u8::try_from(entry).ok()?;
    }
    Some((palette, entries))
}

fn is_near(one: Colour, two: Colour, near: u8) -> bool {
    one.iter().zip(two).all(|(one, two)| one.abs_diff(two) <= near)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one row with these colours.
    fn row(colours: &[Colour]) -> Pixmap {
        let mut pixmap = Pixmap::new(u32::try_from(colours.len()).unwrap(), 1).unwrap();
        for (pixel, [red, green, blue]) in pixmap.pixels_mut().iter_mut().zip(colours) {
            *pixel = tiny_skia::PremultipliedColorU8::from_rgba(*red, *green, *blue, 255).unwrap();
        }
        pixmap
    }

    fn shown(found: &Indexed) -> Vec<Colour> {
        let colour = |entry: &u8| {
            let at = usize::from(*entry) * 3;
            [found.palette[at], found.palette[at + 1], found.palette[at + 2]]
        };
        found.pixels.iter().map(colour).collect()
    }

    #[test]
    fn few_colours_stay_as_they_are() {
        let colours: Vec<Colour> = (0..=255).map(|n| [n, 255 - n, n / 2]).collect();
        assert_eq!(shown(&indexed(&row(&colours)).unwrap()), colours);
        assert_eq!(shown(&indexed(&row(&[[0, 0, 0]])).unwrap()), [[0, 0, 0]]);
    }

    #[test]
    fn more_colours_are_shown_by_near_ones() {
        let colours: Vec<Colour> = (0..1000_u32)
            .map(|n| u8::try_from(n % 100).unwrap())
            .zip((0..1000_u32).map(|n| u8::try_from(n / 100).unwrap()))
            .map(|(red, green)| [red, green, 7])
            .collect();
        let found = indexed(&row(&colours)).unwrap();
        assert!(found.palette.len() <= PALETTE_MAX * 3);
        for (shown, meant) in shown(&found).into_iter().zip(colours) {
            assert!(is_near(shown, meant, 10), "{shown:?} for {meant:?}");
        }
    }

    #[test]
    fn a_photograph_keeps_its_colours() {
        let part = |n: u32| u8::try_from(n % 256).unwrap();
        let colours: Vec<Colour> =
            (0..3000_u32).map(|n| [part(n * 7), part(n * 31), part(n * 101 / 3)]).collect();
        assert!(indexed(&row(&colours)).is_none());
    }
}
