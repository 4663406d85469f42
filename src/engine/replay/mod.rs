//! What was reported in the past, and what files would have made of it.
//!
//! A [`Recording`] comes from this node's journal, from a file, or from the `ALERTS` series of any
//! Prometheus; it runs through the real engine in a rehearsal, on a clock of its own, and whatever
//! would have gone outside is only counted. It refuses to send anything, and to guess what people
//! would have answered: nobody does.

mod error;
mod journal;
mod lines;
mod picture;
mod play;
mod prometheus;
mod recording;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use journal::{Repetitions, from_journal};
pub use lines::from_lines;
pub use picture::pages_by_hour;
pub use play::{Play, compare};
pub use prometheus::{STEP, from_prometheus};
pub use recording::{Delivered, Recording, Span};
