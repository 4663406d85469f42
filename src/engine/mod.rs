//! What drives the pure core: it loads, decides, commits, dispatches, and keeps the journal.

pub mod journal;
