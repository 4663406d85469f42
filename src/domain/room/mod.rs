//! What stands in a room, the same for every platform.
//!
//! A [`Post`] is one message; a platform renders it in its own way and leaves out what it cannot
//! show, never the text. A button is the command that it types for whoever presses it, so that a
//! click may do exactly what its presser may type. It refuses markup: every text is data.

mod entry;
mod name;
mod post;

pub use entry::{Author, CARD, Entry};
pub use name::{OPS, is_room_name};
pub use post::{Button, Card, Fact, Link, Picture, Post, Style, Table};
