//! `warroom test`: plays the examples that stand beside rules, and says where they differ.
//!
//! Each example is a rehearsal of the whole pipeline on today's files, on a clock of its own: nothing
//! is sent, nothing is kept. It refuses to guess what an author meant: what differs is shown line by
//! line, and `--update` writes it into the file.

mod coverage;
mod judge;
mod junit;
mod play;
mod run;
mod said;
mod suite;
mod update;

pub use run::{Arguments, run};
