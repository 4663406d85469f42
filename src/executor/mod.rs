//! The executor: the one process that may run what a runbook says, with a ledger of its own.
//!
//! An [`Assignment`](crate::domain::run::Assignment) passes the [`gate`], is written down and
//! fsynced in the [`ledger`], and only then begins. The executor believes nobody: not the server, which
//! may be an old one with an old fence; not a clock that went back; not its own memory after a crash.
//! It refuses to decide what should be done, to start anything twice, and to call anything known that
//! it has not seen end. Invariant: a key that is not in the ledger has never started here.

mod core;
mod gate;
mod halt;
mod hears;
mod hub;
mod ledger;
pub mod line;
pub mod protocol;
mod redact;
pub mod remote;
mod seats;
mod tongue;

pub use self::core::{Executor, Parts};
pub use gate::Refusal;
pub use halt::Halt;
pub use hears::Hears;
pub use hub::{Hub, Seat};
pub use ledger::{Bad, Ledger};
pub use redact::Redactor;
pub use seats::{Ear, Seats};
