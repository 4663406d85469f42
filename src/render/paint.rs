//! The two doors: a chart and a look in, bytes or text out.

use super::{Error, limits, picture, raster, svg as vector};
use crate::domain::chart::{Chart, Look};

/// Draws a chart as PNG, `scale` times the look's size.
///
/// # Errors
/// When the look is out of bounds, or memory is short.
pub fn png(chart: &Chart, look: &Look) -> Result<Vec<u8>, Error> {
    let pixels = limits::pixels(look)?;
    let scene = picture::compose(chart, look)?;
    raster::png(&scene, pixels, look.scale)
}

/// Draws a chart as SVG, which knows no scale. Its description is the chart's alt text.
///
/// # Errors
/// When the look is out of bounds.
pub fn svg(chart: &Chart, look: &Look) -> Result<String, Error> {
    limits::pixels(look)?;
    let scene = picture::compose(chart, look)?;
    Ok(vector::write(&scene, &chart.title, &chart.alt_text()))
}
