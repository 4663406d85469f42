//! The server over a real socket: its API, and clients that mean harm.

mod alertmanager;
mod amtool;
mod api;
mod hostile;
pub(crate) mod lab;
mod sources;
