//! Matrix: rooms on any homeserver, by the client-server API or as an application service.
//!
//! Written against <https://spec.matrix.org/v1.11/client-server-api/> over our own HTTP client. It
//! refuses encrypted rooms: what it cannot read it says so of, and never pretends to hear. It never
//! logs in: the token and its device are configured, because a transaction id makes a message one
//! only for the same token.

mod api;
mod check;
mod content;
mod direct;
mod door;
mod events;
mod messages;
mod options;
mod people;
mod platform;
mod registration;
mod rooms;
mod service;
mod sync;
mod users;

pub use options::{Options, Service};
pub use platform::Matrix;
pub use registration::registration;
