#![doc = include_str!("ARCHITECTURE.md")]
pub mod adapters;
pub mod brain;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
