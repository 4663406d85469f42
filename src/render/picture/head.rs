//! What the picture is about: the title, the command that drew it, the time it shows.

use super::page::{Letters, Page};
use crate::domain::chart::Chart;
use crate::domain::messages::graph as say;
use crate::render::font;
use crate::render::scene::Scene;

/// The title, in sizes of ordinary letters.
const TITLE: f32 = 1.3;
/// Between the command and the time, where both are on one line.
const BETWEEN: &str = "  ·  ";

/// Draws it; gives the height at which it ends.
pub(super) fn draw(scene: &mut Scene, chart: &Chart, page: &Page) -> f32 {
    let (left, right) = page.sides();
    let width = right - left;
    let mut top = page.margin * 0.7;
    let title = Letters::new(page.letters * TITLE, page.colors.text).bold();
    title.write(scene, (left, top), &chart.title, width);
    top += title.size * font::LINE + page.letters * 0.15;
    if !page.is_thumbnail() {
        let small = Letters::new(page.small(), page.colors.faded);
        for line in subtitle(chart, page, width) {
            small.write(scene, (left, top), &line, width);
            top += small.size * font::LINE;
        }
    }
    top + page.letters * 0.5
}

/// Command and time on one line, or on two where they are too long.
fn subtitle(chart: &Chart, page: &Page, width: f32) -> Vec<String> {
    let range = say::range(chart.from, chart.to, chart.zone);
    let both = format!("{}{BETWEEN}{range}", chart.command);
    // Longer commands are not worth measuring.
    let is_short = both.len() < 400 && font::width(&both, page.small()) <= width;
    if chart.command.is_empty() {
        vec![range]
    } else if is_short {
        vec![both]
    } else {
        vec![chart.command.clone(), range]
    }
}
