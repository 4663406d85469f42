//! What the numbers of a graph are, and how people read them.
//!
//! It refuses to convert one unit into another: a number is scaled for reading, never changed.

mod names;
mod scale;

pub use scale::Scale;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// What a number is. Its names are those of Grafana's units where Grafana has one, because people
/// know them and their dashboards hold them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A plain number, shortened with k, M, G.
    #[default]
    Short,
    /// Seconds: shown as ns, us, ms, s, min, h, d.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Bytes, in powers of 1024: KiB, MiB.
    Bytes,
    /// Bytes in a second, in powers of 1024.
    BytesPerSecond,
    /// Bits in a second, in powers of 1000.
    BitsPerSecond,
    /// 0 to 100.
    Percent,
    /// 0 to 1, shown as 0 to 100 %.
    PercentUnit,
    /// Requests in a second.
    RequestsPerSecond,
    /// Anything else: the text stands behind the number.
    Other(CompactString),
}

impl Unit {
    /// Reads the names that dashboards write: Grafana's ids, and the signs that people use. What it
    /// does not know stands behind the number as it is.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        names::parse(text)
    }

    /// A value as people read it: three digits that count, and the unit: `1.25 s`, `340 MiB`.
    #[must_use]
    pub fn format(&self, value: f64) -> String {
        self.scale(value).format(value)
    }

    /// The same with as many digits as it takes to tell values apart that lie within this span.
    #[must_use]
    pub fn format_within(&self, value: f64, span: f64) -> String {
        self.scale(value).format_within(value, span)
    }

    /// The scale in which this value, and smaller ones beside it, are best read.
    #[must_use]
    pub fn scale(&self, value: f64) -> Scale {
        scale::of(self, value)
    }
}
