//! The audit log: every privileged action, each record chained to the one before by its hash.
//!
//! A record says who wanted what, by which way they came in, and which line of the configuration
//! allowed or forbade it. It is written before the effect; what came of it is a record of its own,
//! where it is not what was allowed. It refuses to hold secrets: whoever writes masks them first.
//!
//! **A link's hash is over its exact bytes**, so that a chain is checked without writing anything anew.

mod chain;
mod checkpoint;
mod record;
mod table;

pub use chain::{Chain, Fault, Link, NO_HASH, digest};
pub use checkpoint::Checkpoint;
pub use record::{Record, Verdict};
pub use table::{HEADINGS, row};
