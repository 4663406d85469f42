//! What the configuration file says, typed.
//!
//! Four layers, the later over the earlier: `config.example.toml` (built in: every default stands
//! there, each key with a sentence), the file, the environment (`WARROOM__SERVER__LISTEN=…`), the
//! flags. Each value remembers its layer and its place, so a message can always point at it.
//! An unknown key is an error. It refuses to open anything: what the settings mean is `wiring`'s.

mod access;
mod audit;
mod auth;
mod chat;
mod executor;
mod freezes;
mod inventory;
mod load;
mod metrics;
mod noise;
mod pagers;
mod people;
mod reports;
mod secrets;
mod sections;
mod sources;
mod trackers;

#[cfg(test)]
mod healing_tests;
#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod tests;

pub use access::{Console, Oidc};
pub use audit::{Audit, Outpost};
pub use auth::Auth;
pub use chat::{Chat, ChatKind, MatrixChat, MatrixService, MattermostChat, SlackChat, XmppChat};
pub use executor::{Cage, Cluster, Executor, Host, Seat};
pub use inventory::Inventory;
pub use load::{EXAMPLE, Flag, Loaded};
pub use metrics::{Api, Logs, LogsKind, Metrics, MetricsKind, Program, Proof, Search};
pub use noise::{Canary, Noise, Storm, Throttles};
pub use pagers::{Email, Ntfy, Pager, PagerDuty, Tls, Twilio, Way, Webhook};
pub use people::{Person, Teams, Token};
pub use reports::{Postmortems, Weekly};
pub use secrets::{Address, Held};
pub use sections::{
    Alerts, Brain, Dashboards, Incidents, Journal, Log, LogFormat, LogLevel, Promise, Replicas,
    Server,
};
pub use sources::{Heartbeat, JsonMap, Kind, Names, Runs, Soft, Source};
pub use trackers::{Recipe, Tracker};

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::domain::access::Rights;
use crate::domain::run::Freeze;

/// Everything that is configured, complete: what the file leaves out has its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `[server]`: where warroom listens.
    pub server: Server,
    /// `[brain]`: the durable store.
    pub brain: Brain,
    /// `[journal]`: this node's record of received alerts.
    pub journal: Journal,
    /// `[alerts]`: how alerts are told apart and how long they live.
    pub alerts: Alerts,
    /// `[incidents]`: the waits of all incidents.
    pub incidents: Incidents,
    /// `[noise]`: flapping, storms, throttles.
    pub noise: Noise,
    /// `[sources.<name>]`: who may send alerts, by name.
    pub sources: BTreeMap<String, Source>,
    /// `[heartbeats.<name>]`: beats that must come, by name.
    pub heartbeats: BTreeMap<String, Heartbeat>,
    /// `[pagers.<name>]`: what wakes people, by name.
    pub pagers: BTreeMap<String, Pager>,
    /// `[canary]`: what proves the whole machine. None: nothing does.
    pub canary: Option<Canary>,
    /// `[trackers.<name>]`: where tickets are, by name.
    pub trackers: BTreeMap<String, Tracker>,
    /// `[runs]`: who executes runbooks. None: nobody.
    pub runs: Option<Runs>,
    /// `[executor]`: what this machine may run. None: nothing.
    pub executor: Option<Executor>,
    /// `[executors.<name>]`: executors on other machines, by name.
    pub executors: BTreeMap<String, Seat>,
    /// `[metrics.<name>]`: where the numbers of graphs come from, by name.
    pub metrics: BTreeMap<String, Metrics>,
    /// `[logs.<name>]`: where log lines come from, by name.
    pub logs: BTreeMap<String, Logs>,
    /// `[chat.<name>]`: the chat platforms that show rooms, in the order of the file.
    pub chat: Vec<Chat>,
    /// `[people.<name>]`: who is known, by name.
    pub people: BTreeMap<String, Person>,
    /// `[teams]`: who is in which team.
    pub teams: Teams,
    /// `[access]`: who may do what.
    pub rights: Rights,
    /// `[inventory]`: what runbooks may work on.
    pub inventory: Inventory,
    /// `[[freeze]]`: when nothing begins.
    pub freezes: Vec<Freeze>,
    /// `[console]`: when sessions end.
    pub console: Console,
    /// `[oidc]`: the identity provider. None: nobody signs in through one.
    pub oidc: Option<Oidc>,
    /// `[audit]`: where checkpoints of the audit log go.
    pub audit: Audit,
    /// `[reports.weekly]`: what goes to a room each week. None: nothing.
    pub weekly: Option<Weekly>,
    /// `[postmortems]`: the folder where they are kept. None: nowhere.
    pub postmortems: Option<Postmortems>,
    /// `[log]`: what is logged and how.
    pub log: Log,
    /// `[rules] dir`: the folder with the rules.
    pub rules_dir: PathBuf,
    /// `[runbooks] dir`: the folder with the runbooks.
    pub runbooks_dir: PathBuf,
    /// `[dashboards]`: named graphs.
    pub dashboards: Dashboards,
}
