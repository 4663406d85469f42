//! warroom's own API: incidents, alerts, why, and what people may ask of an incident.
//!
//! Errors are [`super::problem::Problem`]s. It refuses to know who a person is: a command carries
//! a name, and whoever may send commands at all vouches for it.

mod alerts;
mod commands;
mod graphs;
mod incidents;
mod live;
mod query;
mod rooms;
mod talk;
mod tickets;
mod why;

use super::routes::Route;

/// The routes of this folder.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = incidents::routes();
    routes.extend(commands::routes());
    routes.extend(alerts::routes());
    routes.extend(graphs::routes());
    routes.extend(why::routes());
    routes.extend(talk::routes());
    routes.extend(rooms::routes());
    routes.extend(live::routes());
    routes.extend(tickets::routes());
    routes
}
