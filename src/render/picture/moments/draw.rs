//! Symbols, words and lines of moments.

use std::collections::BTreeSet;

use super::limits;
use super::place::{Room, Side, Spot, Wanted, place};
use crate::domain::chart::{Chart, Marker, MarkerKind};
use crate::render::picture::page::{Letters, Page};
use crate::render::picture::plot::Layout;
use crate::render::scene::{Ink, Pen, Scene};
use crate::render::{font, script};

/// Rows of names above the field, in a picture of the usual height and in a low one.
const ROWS: (usize, usize) = (3, 2);
const LOW: f32 = 280.0;
/// More moments than this are no moments but a measurement.
const MOMENTS_MAX: usize = 100;
/// The longest label that is tried, in letters.
const LABEL_LETTERS_MAX: usize = 40;
/// From the line to the name, and half the width of a symbol, in sizes of letters.
const GAP: f32 = 0.75;
const NEAR: f32 = 0.5;
/// A label that is cut to fewer letters than this is left out.
const LABEL_LETTERS_MIN: f32 = 4.0;

/// A moment with the place of its name.
struct Placed {
    x: f32,
    kind: MarkerKind,
    label: String,
    spot: Spot,
}

/// What stands above and across the field.
pub(in crate::render::picture) struct Moments {
    placed: Vec<Placed>,
    rows: usize,
    has_key: bool,
    page: Page,
}

impl Moments {
    pub(in crate::render::picture) fn new(chart: &Chart, page: &Page, layout: &Layout) -> Self {
        let mut markers: Vec<&Marker> = chart
            .markers
            .iter()
            .filter(|marker| layout.time.holds(marker.at.timestamp_millis()))
            .take(MOMENTS_MAX)
            .collect();
        markers.sort_by_key(|marker| marker.at);
        let size = page.small();
        let labels: Vec<String> = markers.iter().map(|marker| label(marker)).collect();
        let wanted: Vec<Wanted> = markers
            .iter()
            .zip(&labels)
            .map(|(marker, label)| Wanted {
                x: layout.x(marker.at.timestamp_millis()),
                word: font::width(marker.kind.word(), size) + size * GAP,
                full: font::width(&full(marker.kind, label), size) + size * GAP,
            })
            .collect();
        let rows = if page.height < LOW { ROWS.1 } else { ROWS.0 };
        let (left, right) = (layout.left - size, page.width - 2.0);
        let spots = place(&wanted, Room { left, right, rows, near: size * NEAR });
        let placed: Vec<Placed> = markers
            .iter()
            .zip(labels)
            .zip(wanted.iter().zip(spots))
            .map(|((marker, label), (wanted, spot))| Placed {
                x: wanted.x,
                kind: marker.kind,
                label,
                spot,
            })
            .collect();
        let rows = placed.iter().map(|moment| moment.spot.row + 1).max().unwrap_or(0);
        let has_key = placed.iter().any(|moment| moment.spot.side == Side::Nowhere);
        Self { placed, rows, has_key, page: *page }
    }

    /// What they need above the field, in CSS pixels.
    pub(in crate::render::picture) fn height(&self) -> f32 {
        let lines = self.rows + usize::from(self.has_key);
        if lines == 0 { 0.0 } else { lines as f32 * self.row_height() + self.page.small() * 0.2 }
    }

    fn row_height(&self) -> f32 {
        self.page.small() * font::LINE
    }

    /// Draws lines, symbols and words; the lines of the chart are drawn over those of moments.
    pub(in crate::render::picture) fn draw(&self, scene: &mut Scene, layout: &Layout) {
        let first = layout.top - self.height() + if self.has_key { self.row_height() } else { 0.0 };
        for moment in &self.placed {
            let top = first + moment.spot.row as f32 * self.row_height();
            let ink = self.page.colors.marker(moment.kind);
            let from = top + self.row_height();
            scene.line(vec![(moment.x, from), (moment.x, layout.bottom)], pen(moment.kind, ink));
            self.name(scene, moment, top, ink);
        }
        if self.has_key {
            let top = layout.top - self.height();
            let key = Letters::new(self.page.small(), self.page.colors.faded);
            key.write(scene, (layout.left, top), &self.key(), layout.right - layout.left);
        }
    }

    fn name(&self, scene: &mut Scene, moment: &Placed, top: f32, ink: Ink) {
        let size = self.page.small();
        let letters = Letters::new(size, ink);
        letters.middle().write(scene, (moment.x, top), symbol(moment.kind), size * 2.0);
        let (word, gap) = (moment.kind.word(), size * GAP);
        let room = moment.spot.reach - gap;
        let least = font::width(word, size) + size * LABEL_LETTERS_MIN;
        let full = full(moment.kind, &moment.label);
        let fits_whole = font::width(&full, size) <= room;
        let text = if fits_whole || room >= least { full.as_str() } else { word };
        match moment.spot.side {
            Side::Behind => letters.write_seen(scene, (moment.x + gap, top), text, room),
            Side::Before => letters.right().write(scene, (moment.x - gap, top), word, room),
            Side::Nowhere => {}
        }
    }

    fn key(&self) -> String {
        let kinds: BTreeSet<(&str, &str)> =
            self.placed.iter().map(|moment| (moment.kind.word(), symbol(moment.kind))).collect();
        let said: Vec<String> =
            kinds.iter().map(|(word, symbol)| format!("{symbol} {word}")).collect();
        said.join("   ")
    }

    /// Draws the names of the limits, over the lines.
    pub(in crate::render::picture) fn draw_limits(
        &self,
        scene: &mut Scene,
        chart: &Chart,
        layout: &Layout,
    ) {
        limits::draw(scene, chart, &self.page, layout);
    }
}

fn label(marker: &Marker) -> String {
    script::visible(&marker.label).chars().take(LABEL_LETTERS_MAX).collect()
}

fn full(kind: MarkerKind, label: &str) -> String {
    let word = kind.word();
    if label.is_empty() { word.to_owned() } else { format!("{word}: {label}") }
}

/// `DejaVu` has all four.
fn symbol(kind: MarkerKind) -> &'static str {
    match kind {
        MarkerKind::Alert => "▲",
        MarkerKind::Cleared => "✔",
        MarkerKind::Deploy => "◆",
        MarkerKind::Fix => "✚",
    }
}

fn pen(kind: MarkerKind, ink: Ink) -> Pen {
    let dash: &[f32] = match kind {
        MarkerKind::Alert => &[],
        MarkerKind::Cleared => &[8.0, 4.0],
        MarkerKind::Deploy => &[2.0, 3.0],
        MarkerKind::Fix => &[8.0, 3.0, 2.0, 3.0],
    };
    Pen { ink, width: 1.0, dash }
}
