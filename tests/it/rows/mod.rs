//! Rows of the list of faults: each file shows what the program does about some of them.
//!
//! The first files have the engine in this process, with a clock and an outside of their own; the
//! others start the real program and take something away from it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "helpers of tests run real processes on the real clock, and fail loudly"
)]

mod lab;

mod leases;
mod poison;
mod policies;
mod rooms;
mod storms;
mod timelines;
mod timers;
mod upgrades;
mod verify;

mod files;
mod logs;
mod memory;
mod reload;
mod soak;
