//! `warroom demo`: the main job from beginning to end, with nothing but this program.
//!
//! A small shop runs in a process of its own, people buy in it, a small Prometheus watches it, and the
//! real program does the rest: server, embedded brain, shipped rules, runbook and dashboards, over
//! HTTP like anybody else. Only the place is made up: a scratch folder and free loopback ports. It
//! keeps nothing and asks nobody.

mod executor;
mod keeper;
mod phone;
mod shop;
mod show;
mod stage;
mod story;
mod watch;

pub use shop::{Arguments as ShopArguments, run as shop};
pub use stage::{Arguments, run};
