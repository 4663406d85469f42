//! Examples that authors write of their rules: what happens, and what is wanted then.
//!
//! ```toml
//! [[rule.test]]
//! name = "a slow cms wakes ana"
//! at   = ["0m fire service=cms alertname=HighLatency", "3m ack ana", "20m resolve service=cms alertname=HighLatency"]
//! want = ["0m room inc-1-cms", "0m page ana", "0m not page ben", "20m close"]
//! ```
//!
//! It refuses to play anything: [`Deed`]s are carried out and [`Want`]s compared by `warroom test`.

mod deed;
mod read;
#[cfg(test)]
mod tests;
mod want;

pub use deed::{Act, Deed, Door, Manner};
pub use read::{Scenario, file, scenario};
pub use want::{Kind, LATE_MAX, Want};
