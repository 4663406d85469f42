//! `warroom init`: a small, good starting set, from five answers or an Alertmanager configuration.
//!
//! The texts lie in `files/` as they are written, with places for the answers. It refuses to write
//! over anything, and what it writes passes `warroom check --strict`.

mod answers;
mod command;
mod set;

pub use command::{Arguments, run};
