//! Lines of many points, smoothed: how much of each pixel a line covers, by its distance.
//!
//! A stroked path is cut into trapezoids, sorted and sampled four times a row; a graph's lines are
//! thousands of short steep pieces, for which that took most of a picture's time. Here each piece
//! touches the pixels beside it and no others. Where pieces overlap the larger share counts, so that
//! joints are round and no darker than the line.

use tiny_skia::Pixmap;

use super::scene::{Ink, Place};

/// A line is worked out in pieces of this many pixels at most, so that the shape of its pixels is
/// known in each.
const FAR: f32 = 1e6;

/// Steps between nothing and all of a pixel: more are not seen, and each is a colour of its own that
/// the file has to hold.
const LEVELS: u8 = 15;

/// One line, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) places: &'a [Place],
    pub(super) width: f32,
    /// Drawn and left out, in turn; empty for a whole line.
    pub(super) dash: &'a [f32],
    pub(super) ink: Ink,
}

/// How much of each pixel the line at hand covers; empty between two lines.
#[derive(Debug)]
pub(super) struct Stroker {
    width: usize,
    cover: Vec<u8>,
    /// The pixels of each row that may not be empty, from and to.
    touched: Vec<(usize, usize)>,
}

impl Stroker {
    /// For pictures of this size.
    pub(super) fn new((width, height): (u32, u32)) -> Self {
        let (width, height) = (width as usize, height as usize);
        Self { width, cover: vec![0; width * height], touched: vec![(usize::MAX, 0); height] }
    }

    /// Draws a line.
    pub(super) fn draw(&mut self, pixmap: &mut Pixmap, line: &Line<'_>) {
        for piece in pieces(line) {
            self.piece(&piece, line.width / 2.0);
        }
        self.paint(pixmap, line.ink);
    }

    fn piece(&mut self, piece: &Piece, half: f32) {
        let reach = half + 0.5;
        let (top, bottom) = ordered(piece.from.1, piece.to.1);
        let rows =
            whole(top - reach, self.touched.len())..whole(bottom + reach + 1.0, self.touched.len());
        for row in rows {
            let middle = row as f32 + 0.5;
            let (left, right) = piece.extent(middle, reach);
            let (left, right) = (whole(left, self.width), whole(right + 1.0, self.width));
            let Some(touched) = self.touched.get_mut(row).filter(|_| left < right) else {
                continue;
            };
            *touched = (touched.0.min(left), touched.1.max(right));
            let begin = row * self.width;
            let Some(pixels) = self.cover.get_mut(begin + left..begin + right) else { continue };
            let mut x = left as f32 + 0.5;
            for pixel in pixels {
                *pixel = (*pixel).max(piece.cover((x, middle), half));
                x += 1.0;
            }
        }
    }

    /// Lays the ink over what is covered, and empties it.
    fn paint(&mut self, pixmap: &mut Pixmap, ink: Ink) {
        let [red, green, blue] = ink.rgb.map(u32::from);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
        let strength = (ink.alpha.clamp(0.0, 1.0) * 256.0) as u32;
        let rows = pixmap.data_mut().chunks_exact_mut(self.width * 4);
        for ((row, cover), touched) in
            rows.zip(self.cover.chunks_exact_mut(self.width)).zip(&mut self.touched)
        {
            let (from, to) = std::mem::replace(touched, (usize::MAX, 0));
            if from >= to {
                continue;
            }
            let (Some(row), Some(cover)) = (row.get_mut(from * 4..to * 4), cover.get_mut(from..to))
            else {
                continue;
            };
            for (pixel, cover) in row.chunks_exact_mut(4).zip(cover) {
                let share = u32::from(std::mem::take(cover)) * strength / 256;
                if let (1.., [r, g, b, _]) = (share, pixel) {
                    (*r, *g, *b) =
                        (mix(*r, red, share), mix(*g, green, share), mix(*b, blue, share));
                }
            }
        }
    }
}

/// Between two parts of a colour; the share is of 255.
fn mix(below: u8, above: u32, share: u32) -> u8 {
    let mixed = (u32::from(below) * (255 - share) + above * share + 127) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

/// A straight piece of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    from: Place,
    to: Place,
    length: f32,
    /// From `from` to `to`, of length 1.
    along: Place,
    /// Whether the line begins and ends here, flat; elsewhere it goes on, round.
    is_first: bool,
    is_last: bool,
}

impl Piece {
    fn new(from: Place, to: Place) -> Option<Self> {
        let (x, y) = (to.0 - from.0, to.1 - from.1);
        let length = x.hypot(y);
        let is_drawn = length > 0.0 && length < FAR;
        is_drawn.then_some(Self {
            from,
            to,
            length,
            along: (x / length, y / length),
            is_first: false,
            is_last: false,
        })
    }

    /// Where a row's pixels within reach of the piece begin and end.
    fn extent(&self, row: f32, reach: f32) -> (f32, f32) {
        let (left, right) = ordered(self.from.0, self.to.0);
        let (left, right) = (left - reach, right + reach);
        if self.along.1.abs() < 0.01 {
            return (left, right);
        }
        let middle = self.from.0 + (row - self.from.1) * self.along.0 / self.along.1;
        let half = reach / self.along.1.abs();
        (left.max(middle - half), right.min(middle + half))
    }

    /// How much of a pixel is covered, of 255.
    fn cover(&self, (x, y): Place, half: f32) -> u8 {
        let (x, y) = (x - self.from.0, y - self.from.1);
        let along = x * self.along.0 + y * self.along.1;
        let across = (x * self.along.1 - y * self.along.0).abs();
        let beyond = along - self.length;
        let (distance, share) = match (along < 0.5, beyond > -0.5) {
            (true, _) if self.is_first => (across, along + 0.5),
            (_, true) if self.is_last => (across, 0.5 - beyond),
            _ if along < 0.0 => (along.hypot(across), 1.0),
            _ if beyond > 0.0 => (beyond.hypot(across), 1.0),
            _ => (across, 1.0),
        };
        let share = share.clamp(0.0, 1.0) * (half + 0.5 - distance).clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
        let level = (share * f32::from(LEVELS) + 0.5) as u8;
        level * (u8::MAX / LEVELS)
    }
}

/// The pieces of a line that are drawn.
fn pieces(line: &Line<'_>) -> Vec<Piece> {
    let steps = line.places.windows(2).filter_map(|two| match two {
        [from, to] => Piece::new(*from, *to),
        _ => None,
    });
    let mut pieces: Vec<Piece> = steps.collect();
    if line.dash.iter().any(|length| *length > 0.0) {
        return dashed(&pieces, line.dash);
    }
    if let Some(first) = pieces.first_mut() {
        first.is_first = true;
    }
    if let Some(last) = pieces.last_mut() {
        last.is_last = true;
    }
    pieces
}

/// The pieces cut at the ends of dashes.
fn dashed(pieces: &[Piece], dash: &[f32]) -> Vec<Piece> {
    // Below a tenth of a pixel a dash is not seen, and would take for ever.
    let mut lengths = (0..).zip(dash.iter().map(|length| length.max(0.1))).cycle();
    let mut cut = Vec::new();
    let (mut number, mut left) = lengths.next().unwrap_or((0, FAR));
    let mut is_first = true;
    for piece in pieces {
        let mut at = 0.0;
        while at < piece.length {
            let end = (at + left).min(piece.length);
            let is_last = at + left <= piece.length;
            if number % 2 == 0 {
                let point = |at: f32| {
                    (piece.from.0 + piece.along.0 * at, piece.from.1 + piece.along.1 * at)
                };
                cut.extend(Piece::new(point(at), point(end)).map(|cut| Piece {
                    is_first,
                    is_last,
                    ..cut
                }));
            }
            is_first = is_last;
            left -= end - at;
            at = end;
            if is_last {
                (number, left) = lengths.next().unwrap_or((0, FAR));
            }
        }
    }
    cut
}

fn ordered(one: f32, two: f32) -> (f32, f32) {
    (one.min(two), one.max(two))
}

/// A whole number of pixels, inside the picture.
fn whole(at: f32, most: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    let at = at.floor() as usize;
    at.min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INK: Ink = Ink::hex(0x000000);

    /// The shares of a picture of 12 by 9 pixels that a line covers, in fifteenths.
    fn covered(places: &[Place], width: f32, dash: &[f32]) -> Vec<Vec<u8>> {
        let mut pixmap = Pixmap::new(12, 9).unwrap();
        pixmap.fill(tiny_skia::Color::WHITE);
        Stroker::new((12, 9)).draw(&mut pixmap, &Line { places, width, dash, ink: INK });
        let share = |pixel: &tiny_skia::PremultipliedColorU8| (255 - pixel.red()) / 17;
        pixmap.pixels().chunks(12).map(|row| row.iter().map(share).collect()).collect()
    }

    #[test]
    fn a_level_line_covers_its_width_and_ends_flat() {
        let rows = covered(&[(2.0, 4.0), (10.0, 4.0)], 2.0, &[]);
        let line = [0, 0, 15, 15, 15, 15, 15, 15, 15, 15, 0, 0];
        assert_eq!([&rows[3], &rows[4]], [&line.to_vec(), &line.to_vec()]);
        assert!([&rows[2], &rows[5]].iter().all(|row| row.iter().all(|share| *share == 0)));
    }

    #[test]
    fn a_joint_is_no_darker_than_the_line() {
        let straight = covered(&[(1.0, 4.3), (11.0, 4.3)], 2.0, &[]);
        let jointed = covered(&[(1.0, 4.3), (6.0, 4.3), (6.5, 4.3), (11.0, 4.3)], 2.0, &[]);
        assert_eq!(straight, jointed);
    }

    #[test]
    fn a_slope_covers_as_much_as_it_is_long() {
        let rows = covered(&[(2.0, 7.0), (10.0, 1.0)], 2.0, &[]);
        let area: f32 = rows.iter().flatten().map(|share| f32::from(*share) / 15.0).sum();
        assert!((area - 20.0).abs() < 1.0, "{area}");
    }

    #[test]
    fn dashes_go_on_behind_a_corner() {
        let rows = covered(&[(0.0, 4.0), (3.0, 4.0), (12.0, 4.0)], 2.0, &[4.0, 2.0]);
        assert_eq!(rows[3], [15, 15, 15, 15, 0, 0, 15, 15, 15, 15, 0, 0]);
    }

    #[test]
    fn what_is_outside_is_cut_and_what_is_no_line_is_not_drawn() {
        let empty = covered(&[], 2.0, &[]);
        for places in [
            [(f32::NAN, 1.0), (5.0, 5.0)],
            [(5.0, 5.0), (5.0, 5.0)],
            [(-90.0, -9.0), (-50.0, 99.0)],
        ] {
            assert_eq!(covered(&places, 2.0, &[1.0, 1.0]), empty, "{places:?}");
        }
        assert_ne!(covered(&[(-90.0, 4.0), (90.0, 5.0)], 2.0, &[]), empty);
    }
}
