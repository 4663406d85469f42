//! The commands that people and other programs call.
//!
//! A command reads its arguments, calls what does the work, and prints. It refuses to decide
//! anything that `domain` could decide.

pub mod after;
pub mod audit;
pub mod check;
pub mod demo;
pub mod doctor;
mod doctor_chat;
pub mod executor;
pub mod explain;
pub mod files;
pub mod graph;
pub mod help;
pub mod import;
pub mod init;
pub mod logging;
#[cfg(feature = "matrix")]
pub mod matrix;
pub mod nagios;
pub mod oncall;
mod outside;
pub mod page;
pub mod people;
pub mod preview;
mod remote;
pub mod replay;
pub mod report;
pub mod schema;
pub mod serve;
pub mod shell;
pub mod sign_in;
#[cfg(feature = "slack")]
pub mod slack;
mod stderr;
pub mod talk;
pub mod test;
pub mod totp;
