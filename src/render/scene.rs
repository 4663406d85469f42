//! What a picture consists of, before it is painted: lines, areas and texts in CSS pixels.

/// A place in CSS pixels, from the upper left corner.
pub(super) type Place = (f32, f32);

/// A colour as people write it, with how much of it covers what is below (0 to 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ink {
    pub(super) rgb: [u8; 3],
    pub(super) alpha: f32,
}

impl Ink {
    /// A colour that covers.
    pub(super) const fn hex(code: u32) -> Self {
        let [_, red, green, blue] = code.to_be_bytes();
        Self { rgb: [red, green, blue], alpha: 1.0 }
    }

    /// The same, letting through what is below.
    pub(super) const fn faint(self, alpha: f32) -> Self {
        Self { alpha, ..self }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pen {
    pub(super) ink: Ink,
    /// Its width in CSS pixels.
    pub(super) width: f32,
    /// Drawn and left out, in turn, in CSS pixels; empty for a whole line.
    pub(super) dash: &'static [f32],
}

/// From which side a text is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// One line of letters. What cannot be shown is already gone from it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) content: String,
    /// Where the letters stand: `align` says which end, the height is that of their feet.
    pub(super) at: Place,
    /// The size of the font, in CSS pixels.
    pub(super) size: f32,
    pub(super) ink: Ink,
    pub(super) align: Align,
    pub(super) weight: Weight,
}

/// One thing that is painted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A line through places.
    Line(Vec<Place>, Pen),
    /// A closed area, filled.
    Area(Vec<Place>, Ink),
    /// A filled disc: its middle and its radius.
    Disc(Place, f32, Ink),
    /// Letters.
    Text(Text),
}

/// A picture as a list of what is painted, the lowest first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    /// Across and down, in CSS pixels.
    pub(super) size: (u32, u32),
    pub(super) ground: Ink,
    pub(super) shapes: Vec<Shape>,
}

impl Scene {
    pub(super) fn new(size: (u32, u32), ground: Ink) -> Self {
        Self { size, ground, shapes: Vec::new() }
    }

    pub(super) fn line(&mut self, places: Vec<Place>, pen: Pen) {
        self.shapes.push(Shape::Line(places, pen));
    }

    pub(super) fn area(&mut self, places: Vec<Place>, ink: Ink) {
        self.shapes.push(Shape::Area(places, ink));
    }

    pub(super) fn disc(&mut self, middle: Place, radius: f32, ink: Ink) {
        self.shapes.push(Shape::Disc(middle, radius, ink));
    }

    pub(super) fn text(&mut self, text: Text) {
        if !text.content.is_empty() {
            self.shapes.push(Shape::Text(text));
        }
    }
}
