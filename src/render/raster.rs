//! Paints a scene in pixels, and writes them as PNG.
//!
//! Lines along an axis lie on whole pixels, so that they are sharp at every scale; all others are
//! smoothed.

use skrifa::outline::OutlinePen;
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash,
    Transform,
};

use super::scene::{Align, Ink, Pen, Place, Scene, Shape, Text, Weight};
use super::stroke::{Line, Stroker};
use super::{Error, font, pack};

/// How much a heavy letter is thickened, in sizes of the font.
const BOLD: f32 = 0.045;

/// Paints and packs.
///
/// # Errors
/// When there is no memory for the pixels.
pub(super) fn png(scene: &Scene, pixels: (u32, u32), scale: f32) -> Result<Vec<u8>, Error> {
    let pixmap = paint(scene, pixels, scale)?;
    pack::png(&pixmap).map_err(|error| Error::Draw(error.to_string()))
}

fn paint(scene: &Scene, (width, height): (u32, u32), scale: f32) -> Result<Pixmap, Error> {
    let pixmap = Pixmap::new(width, height).ok_or_else(|| Error::Draw("no memory".to_owned()))?;
    let mut painter = Painter { pixmap, stroker: Stroker::new((width, height)), scale };
    painter.pixmap.fill(color(scene.ground));
    for shape in &scene.shapes {
        painter.shape(shape);
    }
    Ok(painter.pixmap)
}

struct Painter {
    pixmap: Pixmap,
    stroker: Stroker,
    scale: f32,
}

impl Painter {
    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Line(places, pen) => self.line(places, pen),
            Shape::Area(places, ink) => {
                let path = self.path(places.iter().copied(), (0.0, 0.0), End::Closed);
                self.fill(path, *ink);
            }
            Shape::Disc((x, y), radius, ink) => {
                let [x, y, radius] = [x, y, radius].map(|length| length * self.scale);
                self.fill(PathBuilder::from_circle(x, y, radius), *ink);
            }
            Shape::Text(text) => self.text(text),
        }
    }

    fn line(&mut self, places: &[Place], pen: &Pen) {
        let dash: Vec<f32> = pen.dash.iter().map(|length| length * self.scale).collect();
        let Some(along) = straight(places) else {
            let places: Vec<Place> =
                places.iter().map(|(x, y)| (x * self.scale, y * self.scale)).collect();
            let width = pen.width * self.scale;
            let line = Line { places: &places, width, dash: &dash, ink: pen.ink };
            return self.stroker.draw(&mut self.pixmap, &line);
        };
        let (width, shift) = self.sharp(places, pen, along);
        let Some(path) = self.path(places.iter().copied(), shift, End::Open) else { return };
        let stroke = Stroke {
            width,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            dash: StrokeDash::new(dash, 0.0),
            ..Stroke::default()
        };
        self.pixmap.stroke_path(&path, &ink(pen.ink), &stroke, Transform::identity(), None);
    }

    /// The whole width, and the shift that brings a straight line onto whole pixels.
    fn sharp(&self, places: &[Place], pen: &Pen, along: Along) -> (f32, Place) {
        let width = (pen.width * self.scale).round().max(1.0);
        let Some((x, y)) = places.first() else { return (width, (0.0, 0.0)) };
        let half = if width % 2.0 == 0.0 { 0.0 } else { 0.5 };
        let shift = |at: f32| (at * self.scale - half).round() + half - at * self.scale;
        match along {
            Along::Horizontal => (width, (0.0, shift(*y))),
            Along::Vertical => (width, (shift(*x), 0.0)),
        }
    }

    fn text(&mut self, text: &Text) {
        let size = text.size * self.scale;
        let width = font::width(&text.content, size);
        let (x, y) = (text.at.0 * self.scale, text.at.1 * self.scale);
        let left = match text.align {
            Align::Left => x,
            Align::Middle => x - width / 2.0,
            Align::Right => x - width,
        };
        let mut letters = Letters { path: PathBuilder::new(), left, feet: y.round() };
        font::draw(&text.content, size, &mut letters);
        let Some(path) = letters.path.finish() else { return };
        if text.weight == Weight::Bold {
            let stroke = Stroke { width: size * BOLD, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &ink(text.ink), &stroke, Transform::identity(), None);
        }
        self.fill(Some(path), text.ink);
    }

    fn path(&self, places: impl Iterator<Item = Place>, shift: Place, end: End) -> Option<Path> {
        let mut path = PathBuilder::new();
        for (x, y) in places.map(|(x, y)| (x * self.scale + shift.0, y * self.scale + shift.1)) {
            if path.is_empty() { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        if end == End::Closed {
            path.close();
        }
        path.finish()
    }

    fn fill(&mut self, path: Option<Path>, with: Ink) {
        if let Some(path) = path {
            let rule = FillRule::Winding;
            self.pixmap.fill_path(&path, &ink(with), rule, Transform::identity(), None);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Closed,
}

#[derive(Clone, Copy)]
enum Along {
    Horizontal,
    Vertical,
}

/// Whether a line of two places runs along an axis.
fn straight(places: &[Place]) -> Option<Along> {
    let [(x0, y0), (x1, y1)] = places else { return None };
    // A hair off is meant to be straight: plotters cuts at its own pixels.
    let is_same = |one: &f32, two: &f32| (one - two).abs() < 0.02;
    if is_same(y0, y1) {
        Some(Along::Horizontal)
    } else if is_same(x0, x1) {
        Some(Along::Vertical)
    } else {
        None
    }
}

struct Letters {
    path: PathBuilder,
    left: f32,
    feet: f32,
}

impl OutlinePen for Letters {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.left + x, self.feet + y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.left + x, self.feet + y);
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (left, feet) = (self.left, self.feet);
        self.path.quad_to(left + cx, feet + cy, left + x, feet + y);
    }
    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let (left, feet) = (self.left, self.feet);
        let [cx0, cx1, x] = [cx0, cx1, x].map(|x| left + x);
        let [cy0, cy1, y] = [cy0, cy1, y].map(|y| feet + y);
        self.path.cubic_to(cx0, cy0, cx1, cy1, x, y);
    }
    fn close(&mut self) {
        self.path.close();
    }
}

fn color(ink: Ink) -> Color {
    let [red, green, blue] = ink.rgb.map(|part| f32::from(part) / 255.0);
    Color::from_rgba(red, green, blue, ink.alpha.clamp(0.0, 1.0)).unwrap_or(Color::BLACK)
}

fn ink(ink: Ink) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(color(ink));
    paint
}
