//! Where log lines come from: `logs cms 10`.
//!
//! A source is one file here, and lines in `wiring`. It refuses to run anything that was not
//! configured: what people type fills named places, never a command.

pub mod command;
pub mod elasticsearch;
pub mod loki;
mod places;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

use super::failure::Failure;

/// How many lines an answer holds at most: a room is no place to read more.
pub const LINES_MAX: usize = 1_000;

/// Which lines are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The named places of the configured query: `service`, `env`.
    pub arguments: BTreeMap<String, String>,
    /// Only lines with this text, where given.
    pub containing: Option<String>,
    /// Not before.
    pub from: DateTime<Utc>,
    /// Not after.
    pub to: DateTime<Utc>,
    /// At most so many, the newest.
    pub most: usize,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When, where the source knows.
    pub at: Option<DateTime<Utc>>,
    /// What it says, cut at a limit that the source names.
    pub text: String,
}

/// One source of log lines.
pub trait Logs: Send + Sync + fmt::Debug {
    /// The newest lines, the oldest of them first.
    fn lines(&self, wanted: Wanted) -> BoxFuture<'_, Result<Vec<Line>, Failure>>;

    /// Whether it answers, in one line for `warroom doctor`: its kind and version.
    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(std::future::ready(Ok("configured".to_owned())))
    }
}
