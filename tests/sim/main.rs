//! The deterministic simulator: one seed decides everything, and every promise is checked.
//!
//! `WARROOM_SEED=n` plays one seed and prints its trace; `WARROOM_SEEDS=n` says how many are played.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a broken simulation must stop at once"
)]

mod brain;
mod clock;
mod contract;
mod habits;
mod ledger;
mod logs;
mod marks;
mod mutants;
mod node;
mod outer;
mod outside;
mod plan;
mod play;
mod rest;
mod rng;
mod runs;
mod shrink;
mod source;
mod store;
mod world;
mod writing;
