//! Runbooks: what to do about a known kind of trouble, and how to see that it helped.
//!
//! A runbook is data: steps with named places that its parameters fill, one argument for each place.
//! A label never chooses a command. It refuses to do anything; who executes it asks for each step's
//! words with the values of the parameters.

mod book;
mod kind;
mod read;
#[cfg(test)]
mod tests;
mod text;

pub use book::{Action, Approve, Book, Check, Is, Limits, Param, Runbook, Share, Step, Undo};
pub use kind::{Field, Kind, Shape};
pub use text::{Text, Values};
