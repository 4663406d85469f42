//! `warroom explain`: what becomes of an alert, and why.
//!
//! Labels that are typed are tried on the files, with no server. An alert or an incident of the past
//! is asked of the running server, which alone knows what held it and who was paged.

mod live;
mod offline;
mod run;

pub(super) use offline::{labels, moment, plain, typed};
pub use run::{Arguments, run};
