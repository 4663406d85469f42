//! `warroom schema`: JSON Schemas of the files that authors write, for their editors.
//!
//! What a configuration may hold is read out of `config.example.toml`, where every key stands with its
//! sentence; actions of runbooks out of the executors' own list. The other files are read by hand, so
//! their shapes are written down in [`shapes`], whose doc comments become the hover texts. A test
//! plants unknown keys into every table and compares what the readers then say they know, so that
//! neither side has a key that the other lacks.
//! It refuses to check anything: `warroom check` says far more than a schema can.

mod command;
mod config;
mod plain;
mod shapes;

pub use command::{Arguments, Kind, run, text};
