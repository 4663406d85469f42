//! Makes decisions happen: loads, decides, commits, and carries the effects out.
//!
//! It refuses to know any outside system, and to keep anything durable in memory.

pub mod views;
