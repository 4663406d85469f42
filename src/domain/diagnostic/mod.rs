//! What is wrong with a file, shown the way rustc shows it: the place, the line, the likely meaning.
//!
//! It refuses to read files and to decide what is wrong: readers hand in texts and faults.
//! A secret never shows: [`Source`] keeps a copy of the text in which secrets are stars.

mod advice;
mod fault;
mod source;
#[cfg(test)]
mod tests;

pub use advice::{did_you_mean, nearest};
pub use fault::{Diagnostic, Diagnostics, Level};
pub use source::{Place, Source};
