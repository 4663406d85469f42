//! Medians and ratios, printed as one table a bench.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use super::programs;

/// Writes that are timed to see what the disk can do.
const SYNCS: usize = 50;

/// Figures of one thing, one a round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rounds(pub(crate) Vec<f64>);

impl Rounds {
    /// The value below which this share (0 to 1) of the rounds lies.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let at = (last as f64 * share).round() as usize;
        sorted.get(at).copied().unwrap_or(f64::NAN)
    }

    /// The middle.
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The median of the ratios, round by round.
    pub(crate) fn over(&self, other: &Self) -> f64 {
        Self(self.0.iter().zip(&other.0).map(|(one, two)| one / two).collect()).median()
    }

    /// `median (lowest to highest)`.
    pub(crate) fn spread(&self) -> String {
        format!(
            "{} ({} to {})",
            short(self.median()),
            short(self.quantile(0.0)),
            short(self.quantile(1.0))
        )
    }
}

/// A number as people read it.
pub(crate) fn short(number: f64) -> String {
    match number.abs() {
        n if n >= 10_000.0 => format!("{:.1}k", number / 1000.0),
        n if n >= 100.0 => format!("{number:.0}"),
        n if n >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// Prints a table: its title, and rows of which the first names the columns.
pub(crate) fn print(title: &str, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    println!("\n{title}");
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        println!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// A row of a table.
pub(crate) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// The machine, how busy it is, and what one fsync costs there: figures mean little without.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    let fsync = fsync_ms(&programs::scratch().path().join("file"));
    format!(
        "{cores} processors, load {}; 4 KiB and an fdatasync: {} ms",
        load.join(" "),
        fsync.spread()
    )
}

fn fsync_ms(file: &Path) -> Rounds {
    let mut file = File::create(file).unwrap();
    let mut time = || {
        let begin = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        begin.elapsed().as_secs_f64() * 1000.0
    };
    Rounds((0..SYNCS).map(|_| time()).collect())
}
