//! Draws pictures without holding anything else up.

use std::str::FromStr;

use super::{Graphs, Miss};
use crate::domain::chart::{Chart, Look};
use crate::domain::messages::graphs as say;
use crate::render;

/// What a chart becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Format {
    /// A picture of pixels.
    #[default]
    Png,
    /// A picture of lines.
    Svg,
    /// The numbers.
    Csv,
}

impl Format {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "png" => Ok(Self::Png),
            "svg" => Ok(Self::Svg),
            "csv" => Ok(Self::Csv),
            _ => Err("there is png, svg and csv"),
        }
    }
}

/// A picture, or the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Painted {
    /// What it is.
    pub format: Format,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Graphs {
    /// Draws a chart.
    ///
    /// # Errors
    /// When the size is out of bounds.
    pub async fn paint(&self, chart: Chart, look: Look, format: Format) -> Result<Painted, Miss> {
        let broken = || Miss::Undrawn(say::undrawn());
        let _pen = self.pens.acquire().await.map_err(|_| broken())?;
        let work = tokio::task::spawn_blocking(move || file(&chart, &look, format));
        // A drawing that panics is a fault of ours, and one picture less.
        let bytes = work.await.map_err(|error| {
            tracing::error!(%error, "a picture could not be drawn: this is a bug");
            broken()
        })??;
        Ok(Painted { format, bytes })
    }
}

fn file(chart: &Chart, look: &Look, format: Format) -> Result<Vec<u8>, render::Error> {
    match format {
        Format::Png => render::png(chart, look),
        Format::Svg => render::svg(chart, look).map(String::into_bytes),
        Format::Csv => Ok(chart.csv().into_bytes()),
    }
}
