//! What the numbers of a graph are.

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
