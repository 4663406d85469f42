//! Sizes that everything in a picture shares.

use crate::domain::chart::Look;
use crate::render::scene::{Align, Ink, Scene, Text, Weight};
use crate::render::theme::Colors;
use crate::render::{font, script};

/// Letters at a width at which a picture is shown as it is, on a phone.
const PHONE: (f32, f32) = (360.0, 12.0);
/// Letters at the usual width: a phone shows such a picture at half its size.
const DESK: (f32, f32) = (800.0, 15.5);
/// Below this height, in CSS pixels, a picture is a thumbnail: title and plot only.
const THUMBNAIL: f32 = 200.0;

/// A page to draw on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) width: f32,
    pub(super) height: f32,
    /// The size of ordinary letters, in CSS pixels.
    pub(super) letters: f32,
    /// What stays empty at the edges, in CSS pixels.
    pub(super) margin: f32,
    pub(super) colors: &'static Colors,
}

impl Page {
    pub(super) fn new(look: &Look) -> Self {
        let (width, height) = (look.width as f32, look.height as f32);
        let share = ((width - PHONE.0) / (DESK.0 - PHONE.0)).clamp(0.0, 1.0);
        let wide = PHONE.1 + share * (DESK.1 - PHONE.1);
        // A low picture keeps room for its plot.
        let letters = wide.min((height / 18.0).max(9.0));
        let colors = Colors::of(look.theme);
        Self { width, height, letters, margin: letters * 0.8, colors }
    }

    /// The size of letters that are read second.
    pub(super) fn small(&self) -> f32 {
        self.letters * 0.9
    }

    pub(super) fn is_thumbnail(&self) -> bool {
        self.height < THUMBNAIL
    }

    /// The left and the right end of what may be drawn on.
    pub(super) fn sides(&self) -> (f32, f32) {
        (self.margin, self.width - self.margin)
    }
}

/// Letters that are placed by their upper edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letters {
    pub(super) size: f32,
    pub(super) ink: Ink,
    pub(super) align: Align,
    pub(super) weight: Weight,
}

impl Letters {
    pub(super) fn new(size: f32, ink: Ink) -> Self {
        Self { size, ink, align: Align::Left, weight: Weight::Regular }
    }

    pub(super) fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }

    pub(super) fn middle(self) -> Self {
        Self { align: Align::Middle, ..self }
    }

    pub(super) fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    /// Writes a label, shortened in its middle to fit the width.
    pub(super) fn write(self, scene: &mut Scene, at: (f32, f32), label: &str, width: f32) {
        self.write_seen(scene, at, &script::visible(label), width);
    }

    /// Writes letters that are already in the order of the eye.
    pub(super) fn write_seen(
        self,
        scene: &mut Scene,
        (x, top): (f32, f32),
        seen: &str,
        width: f32,
    ) {
        let content = script::shortened(seen, |text| font::width(text, self.size) <= width);
        scene.text(Text {
            content: content.into_owned(),
            at: (x, top + self.size),
            size: self.size,
            ink: self.ink,
            align: self.align,
            weight: self.weight,
        });
    }
}
