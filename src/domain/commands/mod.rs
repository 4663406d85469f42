//! The chat language: what people type, in every room, in the console, on the command line.
//!
//! It refuses to do anything: a line becomes a value, and what a command answers is a
//! [`crate::domain::room::Post`].

mod words;

pub use words::{Unclosed, Word, words};
