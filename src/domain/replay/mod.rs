//! What a replay counts: who would have been woken when, what would have opened, whom nothing reached.
//!
//! A [`Tally`] is about one set of files, and two of them over the same recording are [`Compared`].
//! It refuses to judge: fewer pages may be better, or an outage that nobody heard of.

mod compared;
mod silent;
mod tally;

#[cfg(test)]
mod tests;

pub use compared::{Compared, Line, Moved};
pub use silent::{Silent, silent};
pub use tally::{PerRule, Person, Tally};
