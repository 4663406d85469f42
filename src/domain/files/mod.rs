//! Reads what authors write: TOML, with the place of every key and value.
//!
//! [`parse`] makes a tree, readers take values out of it, and [`table`] notices what nobody took.
//! All faults of a file are found in one reading. It refuses to touch the disk: texts come in.

mod fields;
mod read;
mod tree;

pub use fields::{Fields, table};
pub use read::{boolean, duration, integer, list, named, one_of, size, text, url};
pub use tree::{Entry, Node, Table, Value, bare, parse};
