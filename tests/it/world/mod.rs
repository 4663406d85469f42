//! Real programs on free loopback ports, and stand-ins for what warroom talks to.
//!
//! Each helper starts its program in a folder that the test owns, waits until it answers, stops it
//! by its process id when dropped, also after a panic, and then shows the end of its log. Nothing
//! here decides what is right: that is the tests' part.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests run real processes on the real clock, and fail loudly"
)]

pub(crate) mod alertmanager;
pub(crate) mod amtool;
pub(crate) mod graphite;
pub(crate) mod line;
pub(crate) mod nagios;
pub(crate) mod process;
pub(crate) mod prometheus;
#[cfg(feature = "xmpp")]
pub(crate) mod prosody;
pub(crate) mod python;
pub(crate) mod redis;
pub(crate) mod sink;
pub(crate) mod stand_in;
pub(crate) mod story;
#[cfg(feature = "matrix")]
pub(crate) mod synapse;
#[cfg(feature = "systemd")]
pub(crate) mod systemd;
pub(crate) mod vendor;
pub(crate) mod wait;
pub(crate) mod warroom;
