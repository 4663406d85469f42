//! A night on call, as a story tells it.
//!
//! [`World`] boots the real router, engine and embedded brain in this process; only the clock
//! ([`clock`]) and everything outside ([`town`]) are the story's. Nothing sleeps, no port is opened.
//! Whatever was sent and nobody expected fails the story at its end; so does any ERROR in the log,
//! which is also how a background task says that it died.

mod clock;
mod expect;
mod log;
mod setup;
mod talk;
mod town;
mod verbs;
mod world;

pub(crate) use setup::Setup;
pub(crate) use town::Weather;
pub(crate) use verbs::minutes;
pub(crate) use world::World;
