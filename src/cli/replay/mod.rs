//! `warroom replay`: what the files would have made of the last days, and what a change makes of it.
//!
//! Two sets of rules run over the same recording, with nothing sent. It reads the journal beside a
//! running server, a file, or any Prometheus, and asks `git` for files of another revision.

mod git;
mod run;
mod sets;
mod source;

pub use run::{Arguments, run};
