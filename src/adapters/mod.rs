//! The outside, one system a file, behind one trait or one list a folder.
//!
//! An adapter knows one vendor's protocol, limits and mistakes. It refuses to know incidents: what
//! it is asked to do comes in as values, and what happened goes out as values. Adapters import
//! `domain` and never each other.

pub mod actions;
pub mod api;
pub mod archive;
pub mod chat;
pub mod failure;
pub mod http;
pub mod ingest;
pub mod logs;
pub mod metrics;
pub mod pagers;
pub mod signature;
pub mod tickets;
