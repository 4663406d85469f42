//! warroom's own API: incidents, alerts, why, and what people may ask of an incident.
//!
//! Errors are [`super::problem::Problem`]s. A person's command carries the person's own name and needs
//! a grant; the operator vouches for the name that theirs carries.

mod after;
mod alerts;
mod audit;
mod commands;
mod executors;
mod graphs;
mod incidents;
mod live;
mod may;
mod me;
mod now;
mod oncall;
mod query;
mod rooms;
mod runs;
mod talk;
mod tickets;
mod why;

use super::routes::Route;

/// The routes of this folder.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = incidents::routes();
    routes.extend(commands::routes());
    routes.extend(after::routes());
    routes.extend(alerts::routes());
    routes.extend(audit::routes());
    routes.extend(graphs::routes());
    routes.extend(why::routes());
    routes.extend(talk::routes());
    routes.extend(rooms::routes());
    routes.extend(runs::routes());
    routes.extend(live::routes());
    routes.extend(tickets::routes());
    routes.extend(me::routes());
    routes.extend(now::routes());
    routes.extend(oncall::routes());
    routes.extend(executors::routes());
    routes
}
