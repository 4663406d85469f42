//! `warroom check`: everything that authors write, in one pass, offline.
//!
//! Every part is read though another one is broken, and all faults come out together: for people,
//! for programs, for code scanners, or as annotations of a pull request. It refuses to fetch.

mod alerts;
mod cross;
mod format;
mod parts;
mod run;

pub use format::Format;
pub use run::{Arguments, run};
