//! Matrix, on a real Synapse: what every platform must do, and what only Matrix has.

mod direct;
mod failures;
mod hearing;
mod rooms;
mod service;
pub(crate) mod stage;
mod story;

use crate::contract::platform::platform_suite;

platform_suite!(synapse, crate::matrix::stage::start);
