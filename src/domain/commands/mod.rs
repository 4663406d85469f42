//! The chat language: what people type, in every room, in the console, on the command line.
//!
//! [`clean()`] takes back what keyboards and platforms did, [`Pipeline`] is a line, [`Args`] are the
//! words of its command, [`Values`] is the typed table that filters work on. The commands are in
//! `engine::talk::commands`, a file each; here is what they have in common.
//! It refuses to do anything: a line becomes a value, and what a command answers is a
//! [`crate::domain::room::Post`].

mod alias;
mod args;
mod clean;
mod filter;
pub mod help;
mod measure;
mod near;
pub mod older;
mod pipeline;
mod place;
mod spec;
mod values;
mod words;

pub use alias::{Alias, BadAlias};
pub use args::{Args, Mistake, number_of};
pub use clean::{Typed, clean};
pub use filter::{Bad as BadFilter, Condition, FILTERS, Filter, Op};
pub use measure::weight;
pub use near::{near, nearest};
pub use pipeline::{Bad as BadLine, LINE_BYTES_MAX, Pipeline, verb_of};
pub use place::{Here, Place};
pub use spec::{Spec, Topic};
pub use values::{Cell, Column, Kind, ROWS_MAX, Shaped, Values};
pub use words::{Unclosed, Word, words};
