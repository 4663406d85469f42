//! Where the numbers behind graphs come from.
//!
//! A source is one file here, and lines in `wiring`. It refuses to draw, and to hand out more than
//! it was asked for: what is cut is said in the answer.

mod door;
pub mod graphite;
mod matrix;
pub mod prometheus;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use crate::domain::chart::Series;

/// The time that a graph covers, and how finely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first point.
    pub from: DateTime<Utc>,
    /// The last point.
    pub to: DateTime<Utc>,
    /// The distance between two points.
    pub step: TimeDelta,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// The series, in the source's order, named by the source's labels.
    pub series: Vec<Series>,
    /// What a reader must know, in words: warnings of the source, what was cut.
    pub notes: Vec<String>,
    /// The distance between two points, where the source gave another one than was asked for:
    /// only a larger distance than this is a gap.
    pub step: Option<TimeDelta>,
}

/// Why there are no numbers. The texts hold no secrets and no addresses with passwords.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It cannot be reached.
    #[error("{source_name} cannot be reached: {why}")]
    Away {
        /// The source, as the configuration calls it.
        source_name: String,
        /// What happened.
        why: String,
    },
    /// It did not answer in time.
    #[error("{source_name} did not answer within {seconds} s")]
    Slow {
        /// The source, as the configuration calls it.
        source_name: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The question is wrong: the source's own words.
    #[error("{source_name} refuses the query: {why}")]
    Refused {
        /// The source, as the configuration calls it.
        source_name: String,
        /// What it said.
        why: String,
    },
    /// The answer is too large to be looked at.
    #[error("{source_name} answers with more than {most}: narrow the query or the range")]
    TooMuch {
        /// The source, as the configuration calls it.
        source_name: String,
        /// The limit that was crossed, in words.
        most: String,
    },
    /// What came back makes no sense.
    #[error("{source_name} answers with something else than numbers: {why}")]
    Garbled {
        /// The source, as the configuration calls it.
        source_name: String,
        /// What was found.
        why: String,
    },
}

/// One source of numbers.
pub trait Metrics: Send + Sync + fmt::Debug {
    /// The values of a query over time, at most `most` series.
    fn range<'a>(
        &'a self,
        query: &'a str,
        range: Range,
        most: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>>;

    /// The values of a query at a moment: each series has one point.
    fn instant<'a>(
        &'a self,
        query: &'a str,
        at: DateTime<Utc>,
        most: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>>;

    /// The values of a label among the series that `matching` selects; everything where it is empty.
    /// Graphite: the values of a `*` in a path.
    fn label_values<'a>(
        &'a self,
        label: &'a str,
        matching: &'a str,
        range: Range,
    ) -> BoxFuture<'a, Result<Vec<String>, Trouble>>;

    /// Whether it answers, in one line for `warroom doctor`: its kind and version.
    fn about(&self) -> BoxFuture<'_, Result<String, Trouble>>;
}
