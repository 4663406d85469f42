//! Graphs from the question to the picture: in rooms, over HTTP, on the command line.
#![expect(clippy::disallowed_methods, reason = "real sources keep the real time")]

mod effect;
mod lab;
mod program;

pub(crate) use lab::parts;
