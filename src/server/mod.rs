//! The HTTP face: takes what sources post, speaks Alertmanager's API, answers questions.
//!
//! [`router`] is everything that may be asked, [`serve()`] keeps clients from taking more than their
//! share. It refuses to decide anything, and to let any client wait, send or take without a limit.
//!
//! The invariant: every route stands in the list of `routes.rs`, with who may ask, and every
//! refusal is counted with its reason.

mod access;
mod alertmanager;
mod body;
mod chat;
mod console;
mod headers;
mod hooks;
mod io;
mod limits;
mod meters;
mod observe;
mod openapi;
mod ops;
mod pagers;
mod problem;
mod rest;
mod routes;
mod serve;
mod session;
mod sources;
mod state;
mod stream;

pub use pagers::Pagers;
pub use routes::router;
pub use serve::serve;
pub use session::{OidcOptions, Roster, Unfit};
pub use sources::{Beat, Source, Sources};
pub use state::{Options, State};
