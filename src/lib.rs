#![doc = include_str!("ARCHITECTURE.md")]
pub mod brain;
pub mod domain;
pub mod engine;
