//! The names of limits, over the lines.

use crate::domain::chart::Chart;
use crate::render::picture::page::{Letters, Page};
use crate::render::picture::plot::Layout;
use crate::render::scene::Scene;
use crate::render::{font, script};

/// A longer name is shortened, in CSS pixels and as a share of the field.
const WIDTH_MAX: f32 = 300.0;
const SHARE_MAX: f32 = 0.5;
/// How much of what is below a name its ground covers.
const COVER: f32 = 0.85;

/// Writes name and value at the right end of each limit; one that is off the axis is said.
pub(super) fn draw(scene: &mut Scene, chart: &Chart, page: &Page, layout: &Layout) {
    let height = page.small() * font::LINE;
    let (mut above, mut below) = (layout.top + 2.0, layout.bottom - height - 2.0);
    for limit in chart.limits.iter().filter(|limit| limit.value.is_finite()) {
        let named = format!("{} {}", limit.label, chart.unit.format(limit.value));
        if layout.values.holds(limit.value) {
            let share = 1.0 - layout.values.share_f32(limit.value);
            let line = layout.top + share * (layout.bottom - layout.top);
            let over = line - height - 1.0;
            let top = if over < layout.top { line + 2.0 } else { over };
            label(scene, page, layout, (top, &named));
        } else if layout.values.is_above(limit.value) {
            label(scene, page, layout, (above, &format!("{named} is above ↑")));
            above += height;
        } else {
            label(scene, page, layout, (below, &format!("{named} is below ↓")));
            below -= height;
        }
    }
}

/// A label on a ground that covers most of what is below.
fn label(scene: &mut Scene, page: &Page, layout: &Layout, (top, text): (f32, &str)) {
    let letters = Letters::new(page.small(), page.colors.limit).right();
    let width_max = WIDTH_MAX.min((layout.right - layout.left) * SHARE_MAX);
    let width = font::width(&script::visible(text), letters.size).min(width_max);
    let (right, low) = (layout.right - 2.0, top + letters.size * font::LINE);
    let left = right - width - 3.0;
    let corners = vec![(left, top), (right + 2.0, top), (right + 2.0, low), (left, low)];
    scene.area(corners, page.colors.ground.faint(COVER));
    letters.write(scene, (right, top), text, width_max);
}
