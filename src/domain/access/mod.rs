//! Who asks, and what they may do.
//!
//! A person is known by a name in the configuration, found by an id that cannot change hands. Being
//! in a room is no permission. What changes something is denied unless a grant allows it, and a
//! denial wins. It refuses to know how somebody proved who they are.

mod actor;
mod directory;
mod grant;
mod holders;
mod totp;

#[cfg(test)]
mod tests;

pub use actor::{Actor, OPERATOR, Via};
pub use directory::{Directory, Person};
pub use grant::{Action, Grant, Rights, Subject, Verdict, fits};
pub use totp::{BadSeed, SEED_BYTES, Seed};
