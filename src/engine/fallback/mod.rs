//! Pages people while the brain is away, from what this node's journal says.
//!
//! Without the brain there are no incidents: nobody can be asked whether a page went out. So a group
//! is paged once in an outage, only where the brain had not taken its alerts before, and under a key
//! that every node and every start computes alike. When the brain is back the journal is replayed and
//! the usual path opens the incident, which may page once more; the page says so.
//!
//! It refuses everything else: no room, no ticket, no second step, and nothing of class C.

mod picture;
mod plan;
mod round;

#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::TimeDelta;

/// How long the brain is away before anybody is paged without it: a restart or a failover of Redis
/// is over by then (2 to 8 s were measured), and the usual page is better.
pub const AWAY_MIN: Duration = Duration::from_secs(10);
/// How far back the journal tells what fires: whoever fires still has been reported within that.
const LOOK_BACK: TimeDelta = TimeDelta::hours(1);
/// How often the journal is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// So many groups are paged one by one in one outage; one page sums up the rest. Whoever has had so
/// many does not need another to know that it is bad.
pub const PAGES_MAX: usize = 20;
/// How often the rest is summed up again while it grows.
const SUM_UP_EVERY: Duration = Duration::from_secs(600);
/// How many alerts are kept in mind; more of them are in the journal and not looked at.
const ALERTS_MAX: usize = 50_000;
/// How often one page is tried; by then another way to people is needed.
const TRIES_MAX: u32 = 10;
