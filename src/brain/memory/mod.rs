//! A brain in memory only: for rehearsals, where a crash loses nothing that anybody waits for.
//!
//! It keeps the contract of every brain, without a disk, a wait or a stored form on any path, so that
//! a rehearsal is as quick as its decisions. It refuses to be shared, and to outlive its process.
//!
//! A [`Witness`](super::Witness) sees everything that is written, once, in the order in which it is written.

mod agenda;
mod handle;
mod logs;
mod store;
mod writing;

pub use handle::Memory;
