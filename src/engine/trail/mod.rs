//! The audit log, and the one place that asks it: whoever wants to change something comes through
//! [`permit`](super::Engine::permit), which decides, writes down, and only then lets them.
//!
//! It is one chain whatever processes write: a link's number is the id of its entry in the brain's
//! log, and an id is appended once, so that of two writers one finds the place taken, reads what
//! stands there, and writes behind it. It refuses to let anything happen that could not be written
//! down, brakes aside: what stops automation never waits for a record.

mod permit;
mod read;
mod write;

pub use permit::{Attempt, Permit, Refused};
pub use write::Trail;

use compact_str::CompactString;

/// The log in the brain.
const LOG: CompactString = CompactString::const_new("audit");
