//! What an incident comes to when it is over: how long everything took, who was woken, what was tried.
//!
//! It is read from the timeline alone, so that it says the same whenever it is asked. It refuses to
//! judge: a time that is not known is missing, never zero.

mod hours;
mod one;
mod spans;

pub use hours::{Hours, is_night};
pub use one::{Fix, Review, Wake};
pub use spans::{Span, median};
