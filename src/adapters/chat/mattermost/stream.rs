//! Where we are in the stream of events.
//!
//! A connection numbers its events from 0. After a break the server gives those again that we name the
//! first of, as long as it remembers the connection: `server/channels/app/platform/web_conn.go`. What it
//! has forgotten is fetched as posts, from the time up to which everything was heard.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::adapters::chat::platform::Ears;
use crate::adapters::failure::Failure;

/// How often the place is written down: what comes twice is done once.
const MARKS: Duration = Duration::from_secs(1);

/// A place in the stream, as the engine keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The connection; empty: none yet.
    #[serde(default)]
    pub(super) connection: String,
    /// The number that comes next in it.
    #[serde(default)]
    pub(super) next: i64,
    /// Everything up to this time was heard, by the server's clock in milliseconds; 0: nothing ever.
    #[serde(default)]
    pub(super) since: i64,
}

/// What the number of an event means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// It is the next one.
    Next,
    /// It was heard before.
    Old,
    /// Some before it are missing.
    Missing,
}

/// The stream while we listen.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) mark: Mark,
    /// Where the server could not go on: the same place twice, and it never will.
    stuck: Option<(String, i64)>,
    written: Option<(Mark, Instant)>,
}

impl Stream {
    /// Begins where the one before us was.
    pub(super) async fn recall(&mut self, ears: &dyn Ears) -> Result<(), Failure> {
        if self.written.is_none() {
            let known = ears.bookmark().await?;
            self.mark = known.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default();
            self.written = Some((self.mark.clone(), Instant::now()));
        }
        Ok(())
    }

    pub(super) fn order(&self, number: i64) -> Order {
        match number.cmp(&self.mark.next) {
            std::cmp::Ordering::Equal => Order::Next,
            std::cmp::Ordering::Less => Order::Old,
            std::cmp::Ordering::Greater => Order::Missing,
        }
    }

    /// An event was heard.
    pub(super) fn step(&mut self, at: i64) {
        self.mark.next += 1;
        self.mark.since = self.mark.since.max(at);
    }

    /// Another connection begins.
    pub(super) fn begin(&mut self, connection: &str) {
        connection.clone_into(&mut self.mark.connection);
        self.mark.next = 0;
    }

    /// Events are missing: the server is asked for them once, then the connection is given up.
    pub(super) fn is_missing(&mut self) {
        let here = (self.mark.connection.clone(), self.mark.next);
        if self.stuck.as_ref() == Some(&here) {
            self.mark.connection.clear();
        }
        self.stuck = Some(here);
    }

    /// Whether something is not written down yet.
    pub(super) fn is_dirty(&self) -> bool {
        self.written.as_ref().is_none_or(|(mark, _)| *mark != self.mark)
    }

    /// Writes the place down, not too often.
    pub(super) async fn write(&mut self, ears: &dyn Ears) -> Result<(), Failure> {
        let is_early = self.written.as_ref().is_some_and(|(_, at)| at.elapsed() < MARKS);
        if is_early || !self.is_dirty() {
            return Ok(());
        }
        ears.mark(&serde_json::to_string(&self.mark).unwrap_or_default()).await?;
        self.written = Some((self.mark.clone(), Instant::now()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_asked_for_once_and_then_begun_anew() {
        let mut stream = Stream::default();
        stream.begin("c1");
        stream.step(10);
        assert_eq!(stream.order(1), Order::Next);
        assert_eq!(stream.order(0), Order::Old);
        assert_eq!(stream.order(3), Order::Missing);
        stream.is_missing();
        assert_eq!(stream.mark.connection, "c1", "the server may still have them");
        stream.is_missing();
        assert_eq!(stream.mark.connection, "", "it has not");
        assert_eq!(stream.mark.since, 10, "the rest is fetched from there");
    }
}
