//! From top to bottom: head, plot, legend.

use super::page::Page;
use super::{head, legend, plot};
use crate::domain::chart::{Chart, Look};
use crate::render::Error;
use crate::render::scene::Scene;

/// Lays a chart out.
///
/// # Errors
/// When plotters refuses, which is a fault of ours.
pub(in crate::render) fn compose(chart: &Chart, look: &Look) -> Result<Scene, Error> {
    let page = Page::new(look);
    let mut scene = Scene::new((look.width, look.height), page.colors.ground);
    let top = head::draw(&mut scene, chart, &page);
    let legend = legend::Legend::new(chart, &page, top);
    let bottom = page.height - page.margin - legend.height();
    plot::draw(&mut scene, chart, &page, (top + page.letters * 0.4, bottom))?;
    legend.draw(&mut scene, bottom);
    Ok(scene)
}
