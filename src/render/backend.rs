//! What plotters draws on: it collects shapes in a scene.
//!
//! plotters counts in whole pixels. Here a CSS pixel has [`UNITS`] of them, so that its coordinates
//! are fine enough for smooth lines at every scale, and letters are measured with our own font.

use std::convert::Infallible;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use super::scene::{Align, Ink, Pen, Place, Scene, Text, Weight};
use super::{font, script};

/// What plotters takes for pixels, in one CSS pixel. The largest picture still has few enough for
/// 32 bits, with a factor of a thousand to spare.
pub(super) const UNITS: f32 = 64.0;

/// The share of a font's size that capital letters are high, in `DejaVu`.
const CAPITAL: f32 = 0.73;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// A length as plotters wants it.
pub(super) fn units(length: f32) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, far beyond any picture")]
    let units = (length * UNITS).round() as i32;
    units
}

/// A place of plotters in CSS pixels.
pub(super) fn place((x, y): BackendCoord) -> Place {
    (x as f32 / UNITS, y as f32 / UNITS)
}

fn ink(color: BackendColor) -> Ink {
    let (red, green, blue) = color.rgb;
    #[expect(clippy::cast_possible_truncation, reason = "a share")]
    let alpha = color.alpha as f32;
    Ink { rgb: [red, green, blue], alpha }
}

fn pen<S: BackendStyle>(style: &S) -> Pen {
    let width = style.stroke_width() as f32 / UNITS;
    Pen { ink: ink(style.color()), width, dash: &[] }
}

impl DrawingBackend for &mut Scene {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        #[expect(clippy::cast_possible_truncation, reason = "a constant")]
        let units = UNITS as u32;
        (self.size.0 * units, self.size.1 * units)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Drawn {
        self.disc(place(at), 0.5, ink(color));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        if fill {
            self.fill_polygon(corners, style)
        } else {
            self.draw_path(corners.into_iter().chain([(left, top)]), style)
        }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if style.color().alpha > 0.0 {
            self.line(path.into_iter().map(place).collect(), pen(style));
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        middle: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        self.disc(place(middle), radius as f32 / UNITS, ink(style.color()));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.area(corners.into_iter().map(place).collect(), ink(style.color()));
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        let (size, anchor, (x, y)) = (size_of(style), style.anchor(), place(at));
        let lines: Vec<&str> = text.lines().collect();
        let height = (lines.len().saturating_sub(1)) as f32 * font::LINE * size;
        let first = match anchor.v_pos {
            VPos::Top => y + size,
            VPos::Center => y + (CAPITAL * size - height) / 2.0,
            VPos::Bottom => y - height - (font::LINE - 1.0) * size,
        };
        for (content, number) in lines.into_iter().zip(0_u8..) {
            self.text(Text {
                content: script::visible(content),
                at: (x, first + f32::from(number) * font::LINE * size),
                size,
                ink: ink(style.color()),
                align: match anchor.h_pos {
                    HPos::Left => Align::Left,
                    HPos::Center => Align::Middle,
                    HPos::Right => Align::Right,
                },
                weight: Weight::Regular,
            });
        }
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = size_of(style);
        let widths = text.lines().map(|line| font::width(&script::visible(line), size));
        let height = text.lines().count() as f32 * font::LINE * size;
        let width = widths.fold(0.0, f32::max);
        Ok((units(width).unsigned_abs(), units(height).unsigned_abs()))
    }
}

fn size_of<S: BackendTextStyle>(style: &S) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "sizes of letters are small")]
    let size = style.size() as f32;
    size / UNITS
}
