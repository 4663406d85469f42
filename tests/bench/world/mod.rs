//! The homeserver of the integration tests.
#![expect(dead_code, reason = "figures need less of it than tests")]

#[path = "../../it/world/process.rs"]
pub(crate) mod process;
#[path = "../../it/world/python.rs"]
pub(crate) mod python;
#[path = "../../it/world/synapse.rs"]
pub(crate) mod synapse;
#[path = "../../it/world/wait.rs"]
pub(crate) mod wait;
