#![doc = include_str!("ARCHITECTURE.md")]
pub mod brain;
pub mod config;
pub mod domain;
