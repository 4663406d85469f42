//! Runbooks: what to do about a known kind of trouble, and how to see that it helped.
//!
//! A runbook is data: steps with named places that its parameters fill, one argument for each place.
//! A label never chooses a command. It refuses to do anything; who executes it asks for each step's
//! words with the values of the parameters.

mod book;
mod inventory;
mod kind;
mod param;
mod read;
mod read_call;
mod read_param;
mod read_step;
mod step;
#[cfg(test)]
mod tests;
mod text;

pub use book::{Approve, Book, Change, Limits, Runbook, Share, Undo, Verb};
pub use inventory::Inventory;
pub use kind::{Field, Kind, Shape};
pub use param::Param;
pub use step::{Action, Check, Is, Step, When};
pub use text::{Blank, Blanks, Text, Values};
