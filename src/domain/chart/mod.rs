//! A graph as data: what was asked, what came back, and what a reader should see.
//!
//! Metrics sources make [`Series`], the graph service makes a [`Chart`], and `render` draws it. A
//! chart is stored as it is, so that the same picture can be drawn again in another theme or size.
//! It refuses to draw, to fetch and to know any query language.

mod alt;
mod clean;
mod csv;
mod limits;
mod series;
mod spark;
mod stats;
mod unit;

#[cfg(test)]
mod examples;

pub use clean::is_invisible;
pub use csv::cell;
pub use limits::Standing;
pub use series::{Point, Series};
pub use spark::sparkline;
pub use stats::top;
pub use unit::{Scale, Unit};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Everything that one picture shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// What it is about: `cms latency`.
    pub title: String,
    /// The full command that drew it: `graph latency cms 1h`.
    pub command: String,
    /// What the numbers are.
    pub unit: Unit,
    /// The beginning of the time axis.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// The distance between two points. A larger one is a gap, and is drawn as a gap.
    #[serde(with = "crate::domain::duration::text")]
    pub step: TimeDelta,
    /// The reader's time zone, as IANA names it. Times are shown in it and in UTC.
    pub zone: chrono_tz::Tz,
    /// The lines, the most important first.
    pub series: Vec<Series>,
    /// How many further series there are that are not drawn.
    #[serde(default)]
    pub hidden: usize,
    /// Lines that should not be crossed.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// Moments worth seeing: the alert, deploys, fixes.
    #[serde(default)]
    pub markers: Vec<Marker>,
    /// What a reader must know about the data, in words: `cut at 1000 series`, `no data`.
    #[serde(default)]
    pub notes: Vec<String>,
    /// How the values are laid out.
    #[serde(default)]
    pub axis: Axis,
}

/// How a chart's values are laid out, where somebody said so.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Axis {
    /// Its lower end, in the chart's unit. What is below is drawn at the edge.
    pub low: Option<f64>,
    /// Its upper end, in the chart's unit. What is above is drawn at the edge.
    pub high: Option<f64>,
    /// Each line stands on those before it, and the uppermost is the sum.
    pub is_stacked: bool,
}

/// A line that should not be crossed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Where it is, in the chart's unit.
    pub value: f64,
    /// Its name: `SLO`.
    pub label: String,
}

/// A moment on the time axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// When.
    pub at: DateTime<Utc>,
    /// What kind of moment: drawn with its own symbol, never by colour alone.
    pub kind: MarkerKind,
    /// A few words.
    pub label: String,
}

/// What kind of moment a marker shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkerKind {
    /// An alert began.
    Alert,
    /// The alert ended.
    Cleared,
    /// Something was deployed.
    Deploy,
    /// A remedy was tried.
    Fix,
}

/// How a picture should look. The size is in CSS pixels; `scale` multiplies them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Light or dark.
    pub theme: Theme,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Picture pixels for one CSS pixel: 2 is sharp on a phone.
    pub scale: f32,
}

impl Default for Look {
    fn default() -> Self {
        Self { theme: Theme::Light, width: 800, height: 400, scale: 2.0 }
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Bright on near black.
    Dark,
}
