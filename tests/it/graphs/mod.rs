//! Graphs from the question to the picture: in rooms, over HTTP, on the command line.

mod effect;
mod lab;
mod program;
