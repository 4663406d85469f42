//! A chart in, a picture out: PNG or SVG, without a font, a library or a network on the machine.
//!
//! `picture` lays the chart out with plotters and collects shapes in a `scene`; `raster` and `svg`
//! paint the same scene. Sizes inside are CSS pixels; only `raster` knows the scale.
//! It refuses to fetch, to choose what is shown, and to trust a label: names are drawn, never read.
//! Invariant: every chart and every look within the limits gives a picture; no data can break it.

mod backend;
mod error;
mod font;
mod limits;
mod pack;
mod paint;
mod picture;
mod raster;
mod scene;
mod script;
mod stroke;
mod svg;
mod theme;

pub use error::Error;
pub use limits::{PIXELS_MAX, SCALE_MAX, SCALE_MIN, SIZE_MAX, SIZE_MIN};
pub use paint::{png, svg};

#[cfg(test)]
mod tests;
