//! Alertmanager's API v2, as 0.25 speaks it, so that Prometheus, `amtool` and karma work unchanged.
//!
//! It refuses to be an Alertmanager: receivers are the names of rules, groups are cases, and there
//! is no gossip. What clients read is byte for byte as they expect it, down to the errors.
//! Listings come in the order of the brain and not sorted by fingerprint: sorting would need all
//! alerts in memory, and the clients sort by themselves.

mod alerts;
mod complaint;
mod filter;
mod groups;
mod old;
mod silences;
mod status;
mod wire;

pub(super) use alerts::take;
pub(super) use complaint::Complaint;
pub(super) use filter::Filter;

use super::routes::Route;

/// The routes of this folder.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = alerts::routes();
    routes.extend(groups::routes());
    routes.extend(silences::routes());
    routes.extend(status::routes());
    routes.extend(old::routes());
    routes
}
