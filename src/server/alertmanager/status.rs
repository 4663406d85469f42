//! `/api/v2/status` and `/api/v2/receivers`: what clients ask first.

use axum::extract::State as Shared;
use schemars::JsonSchema;
use serde::Serialize;

use super::complaint::Complaint;
use super::silences::Line;
use super::wire::{self, Receiver};
use crate::server::routes::Route;
use crate::server::state::State;

/// The version whose API this is: karma chooses its dialect by it, and `amtool` warns of others.
const VERSION: &str = "0.25.0";

/// A configuration that Alertmanager's own parser takes: `amtool config show` prints it.
const CONFIG: &str = "# warroom: the rules decide, see /api/v1/incidents\nroute:\n  receiver: unrouted\nreceivers:\n- name: unrouted\n";

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v2/status", "Version and uptime", status).gives::<Status>(),
        Route::get("/api/v2/receivers", "Who hears of alerts: the rules", receivers)
            .gives::<Vec<Receiver<'_>>>(),
    ]
}

/// What Alertmanager says of itself.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AlertmanagerStatus")]
struct Status {
    /// There is no gossip.
    cluster: Cluster,
    /// A stand-in.
    config: Config,
    /// When this process began, not how long ago: so it is there.
    #[serde(serialize_with = "wire::millis")]
    uptime: chrono::DateTime<chrono::Utc>,
    /// The API's version, and ours.
    version_info: VersionInfo,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Cluster {
    /// Always none.
    peers: [&'static str; 0],
    /// Always `disabled`.
    status: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Config {
    /// YAML.
    original: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct VersionInfo {
    branch: &'static str,
    build_date: &'static str,
    build_user: &'static str,
    go_version: &'static str,
    /// Ours.
    revision: &'static str,
    /// The one whose API this is.
    version: &'static str,
}

async fn status(Shared(state): Shared<State>) -> Line<Status> {
    Line(Status {
        cluster: Cluster { peers: [], status: "disabled" },
        config: Config { original: CONFIG },
        uptime: state.started_at,
        version_info: VersionInfo {
            branch: "warroom",
            build_date: "",
            build_user: "",
            go_version: "",
            revision: concat!("warroom-", env!("CARGO_PKG_VERSION")),
            version: VERSION,
        },
    })
}

async fn receivers(Shared(state): Shared<State>) -> Result<Line<serde_json::Value>, Complaint> {
    let mut names = state.engine.rule_names();
    names.push(wire::UNROUTED.into());
    let receivers: Vec<_> = names.iter().map(|name| Receiver { name }).collect();
    Ok(Line(serde_json::json!(receivers)))
}
