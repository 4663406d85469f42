//! Letters: how wide they are and what they look like.
//!
//! `DejaVu` Sans has outlines for most alphabets. What it lacks (Chinese, Japanese, Korean and rare
//! scripts) comes from GNU Unifont as dots, and what both lack is drawn as a box.

use std::sync::LazyLock;

use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::outline::{DrawSettings, OutlineGlyphCollection, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};

/// The distance of two lines of text, in sizes of the font.
pub(super) const LINE: f32 = 1.25;

/// The height of Unifont's cell, in sizes of the font: its letters then look as large as `DejaVu`'s.
const CELL: f32 = 1.1;
/// Unifont's cell has this many rows.
const ROWS: u8 = 16;
/// Of these rows, so many are below the feet of the letters.
const ROWS_BELOW: f32 = 2.0;
/// Stands for what no font has.
const UNKNOWN: char = '□';

struct Face {
    letters: Charmap<'static>,
    outlines: OutlineGlyphCollection<'static>,
    /// At size 1.
    widths: GlyphMetrics<'static>,
}

static FACE: LazyLock<Option<Face>> = LazyLock::new(|| {
    let font = FontRef::new(dejavu::sans::regular()).ok()?;
    Some(Face {
        letters: font.charmap(),
        outlines: font.outline_glyphs(),
        widths: font.glyph_metrics(Size::new(1.0), LocationRef::default()),
    })
});

/// What stands for a letter.
enum Glyph {
    Outline(&'static Face, GlyphId),
    Dots(&'static unifont::Glyph),
    Nothing,
}

impl Glyph {
    fn of(letter: char) -> Self {
        Self::known(letter).or_else(|| Self::known(UNKNOWN)).unwrap_or(Self::Nothing)
    }

    fn known(letter: char) -> Option<Self> {
        let outline = FACE
            .as_ref()
            .and_then(|face| face.letters.map(letter).map(|glyph| Self::Outline(face, glyph)));
        outline.or_else(|| unifont::get_glyph(letter).map(Self::Dots))
    }

    /// How far the next letter is, in sizes of the font.
    fn width(&self) -> f32 {
        match self {
            Self::Outline(face, glyph) => face.widths.advance_width(*glyph).unwrap_or_default(),
            Self::Dots(dots) if dots.is_fullwidth() => CELL,
            Self::Dots(_) => CELL / 2.0,
            Self::Nothing => 0.0,
        }
    }
}

/// How wide a line of letters is, in the unit of `size`.
pub(super) fn width(text: &str, size: f32) -> f32 {
    text.chars().map(|letter| Glyph::of(letter).width()).sum::<f32>() * size
}

/// Draws letters from (0, 0) to the right, their feet at 0, upwards negative.
pub(super) fn draw(text: &str, size: f32, pen: &mut impl OutlinePen) {
    let mut x = 0.0;
    for letter in text.chars() {
        let glyph = Glyph::of(letter);
        match &glyph {
            Glyph::Outline(face, id) => draw_outline(face, *id, size, &mut Moved { pen, x }),
            Glyph::Dots(dots) => draw_dots(dots, size, &mut Moved { pen, x }),
            Glyph::Nothing => {}
        }
        x += glyph.width() * size;
    }
}

fn draw_outline(face: &Face, glyph: GlyphId, size: f32, pen: &mut impl OutlinePen) {
    let settings = DrawSettings::unhinted(Size::new(size), LocationRef::default());
    if let Some(outline) = face.outlines.get(glyph) {
        // A broken outline is a letter that is not seen; the font is our own.
        outline.draw(settings, pen).ok();
    }
}

/// One rectangle for each run of dots in a row.
fn draw_dots(dots: &unifont::Glyph, size: f32, pen: &mut impl OutlinePen) {
    let dot = size * CELL / f32::from(ROWS);
    let columns: u8 = if dots.is_fullwidth() { 16 } else { 8 };
    let is_set = |x: u8, y: u8| x < columns && dots.get_pixel(x.into(), y.into());
    for y in 0..ROWS {
        let begins = (0..columns).filter(|x| is_set(*x, y) && (*x == 0 || !is_set(*x - 1, y)));
        for begin in begins {
            let end = (begin..=columns).find(|x| !is_set(*x, y)).unwrap_or(columns);
            let (left, right) = (f32::from(begin) * dot, f32::from(end) * dot);
            let top = (f32::from(ROWS - y) - ROWS_BELOW) * dot;
            pen.move_to(left, top);
            pen.line_to(right, top);
            pen.line_to(right, top - dot);
            pen.line_to(left, top - dot);
            pen.close();
        }
    }
}

/// Moves to the right, and turns the font's upwards into the picture's.
struct Moved<'a, P> {
    pen: &'a mut P,
    x: f32,
}

impl<P: OutlinePen> OutlinePen for Moved<'_, P> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.pen.move_to(self.x + x, -y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.pen.line_to(self.x + x, -y);
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.pen.quad_to(self.x + cx, -cy, self.x + x, -y);
    }
    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.pen.curve_to(self.x + cx0, -cy0, self.x + cx1, -cy1, self.x + x, -y);
    }
    fn close(&mut self) {
        self.pen.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_has_a_width() {
        for text in [
            "p99",
            "Größe",
            "Ωλ",
            "задержка",
            "שלום",
            "\u{fe8f}",
            "東京",
            "한국",
            "🦀",
            "\u{10ffff}",
        ] {
            assert!(width(text, 10.0) > 4.0, "{text}");
        }
        assert!(
            (width("0123456789", 10.0) - 10.0 * width("5", 10.0)).abs() < 0.01,
            "columns align"
        );
    }
}
