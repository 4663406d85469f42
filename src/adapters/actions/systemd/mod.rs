//! `systemd`: starts, stops, restarts and reloads units of this machine over D-Bus, and waits until
//! systemd says how the job ended.
//!
//! It refuses units that the operator has not listed, and to take a unit that is up for one that was
//! restarted: what counts is the job's own result.

mod kind;
#[cfg(feature = "systemd")]
mod unit;

pub use kind::{KIND, is_allowed};
#[cfg(feature = "systemd")]
pub use unit::Systemd;
