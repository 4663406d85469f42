//! What the configuration means: the only place that builds brains and adapters.

mod actions;
mod authors;
mod checkpoints;
mod dashboards;
mod durable;
pub mod executor;
mod folder;
mod ledger;
#[cfg(feature = "matrix")]
mod matrix;
mod metrics;
mod outside;
mod pagers;
mod people;
mod rehearsal;
pub mod reload;
mod runbooks;
mod sites;
mod sources;
mod trackers;

pub use checkpoints::Checkpoints;
pub use dashboards::{graph_options, library, read_dashboards, read_library};
pub use durable::{brain, brain_folder, is_shared, journal_dir};
#[cfg(feature = "matrix")]
pub use matrix::options as matrix_options;
pub use metrics::{prometheus, sources as metric_sources};
pub use outside::Adapters;
pub use pagers::build as pagers;
pub use people::{Layers, on_call};
pub use rehearsal::cast;
pub use runbooks::{KINDS, inventory, runbook_texts, runbooks};
pub use sites::sites;
pub use trackers::build as trackers;

use durable::Durable;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use compact_str::CompactString;

use crate::adapters::archive::Archive;
use crate::adapters::ingest::heartbeat;
use crate::config::{Config, Held, Promise};
use crate::domain::diagnostic::Diagnostics;
use crate::domain::incident::{Policy, RoomPlan, RuleRef, Timing};
use crate::domain::noise::inhibition::Inhibitions;
use crate::domain::rules::Ruleset;
use crate::domain::secret::Secret;
use crate::engine::after::{Settled, Weekly};
use crate::engine::clock::{self, Clock};
use crate::engine::journal::Journal;
use crate::engine::sessions::Ends;
use crate::engine::{Book, Engine, Options, Parts, Storm};
use crate::server;

/// How long a process may hold agenda rows without a sign of life: the others take over within 5 s.
const LEASE: Duration = Duration::from_secs(3);
/// How often the agenda is looked at when nothing says that it changed.
const POLL: Duration = Duration::from_millis(500);

/// An engine with everything around it.
pub struct Wired {
    /// The engine, not yet started.
    pub engine: Arc<Engine>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// The journal, to be closed at the end.
    pub journal: Arc<Journal>,
    /// What the server needs to know.
    pub server: server::Options,
}

/// Builds the engine that a configuration describes. With `rebuild`, a shared brain that is empty
/// begins again under the id that this node's journal knows, and gets what the journal has.
///
/// # Errors
/// When the brain or the journal cannot be opened, or the rules cannot be read.
pub async fn wire(config: &Config, book: Book, rebuild: bool) -> anyhow::Result<Wired> {
    let Durable { brain, is_shared, journal, notes } =
        Box::pin(durable::open(config, rebuild)).await?;
    let clock: Arc<dyn Clock> = Arc::new(clock::System::default());
    let outside = Arc::new(Adapters::build(config, &brain, &clock)?);
    let parts = Parts {
        brain,
        outside,
        clock: clock.clone(),
        journal: Some(journal.clone()),
        notes,
        book,
        options: options(config, is_shared),
    };
    warn_of_strangers(config, &parts.book);
    let engine = Engine::with_sources(parts, metrics::sources(config)?);
    engine.admit(people::directory(config));
    engine.mirror_to(sites(config)?);
    let (library, _) = library(config)?;
    engine.pictures().set(graph_options(config));
    engine.take_dashboards(library);
    engine.settle_after(settled(config));
    let seats = executor::seats(config, &clock, &engine)?;
    executor::equip(&engine, config, seats.as_ref())?;
    engine.take_freezes(config.freezes.clone());
    let server = server::Options {
        sources: sources::sources(config)?,
        token: read(config.server.token.as_ref()).context("server.token")?,
        roster: people::roster(config)?,
        ends: Ends { idle: config.console.idle, age: config.console.age },
        external_url: config.server.external_url.clone(),
        oidc: people::oidc(config)?,
        executors: seats,
        pagers: pagers::answers(config)?,
    };
    Ok(Wired { engine, clock, journal, server })
}

/// What is done after an incident.
fn settled(config: &Config) -> Settled {
    let weekly = config.weekly.clone().map(|weekly| Weekly {
        room: weekly.room,
        reports: weekly.reports,
        day: weekly.day,
        time: weekly.time,
        zone: weekly.zone,
    });
    let archive = config.postmortems.clone();
    Settled {
        base: config.server.external_url.as_ref().map(ToString::to_string),
        weekly,
        archive: archive.map(|kept| Archive { dir: kept.dir, is_git: kept.is_git }),
    }
}

/// People and teams who are named in schedules and policies and are not in the configuration. A start
/// at night goes on all the same: pages then reach whoever is left, or those behind the pagers.
fn warn_of_strangers(config: &Config, book: &Book) {
    let people = config.people.keys().map(|name| name.as_str().into()).collect();
    let teams = config.teams.keys().map(|name| name.as_str().into()).collect();
    let strangers = book.plans.strangers(&people, &teams);
    if strangers.has_errors() {
        tracing::error!("schedules and policies name people who are not there:\n{strangers}");
    }
}

/// A secret that may not be configured.
///
/// # Errors
/// When its file cannot be read.
pub fn read(held: Option<&Held>) -> anyhow::Result<Option<Secret>> {
    held.map(Held::read).transpose().context("cannot read a secret")
}

/// How the names of files end that hold examples of rules, and no rules.
const TESTS: &str = "_test.toml";

/// Reads every rule file of a folder.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn read_rules(dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut texts = folder::read(dir, "rules", &["toml"])?;
    texts.retain(|(name, _)| !name.ends_with(TESTS));
    Ok(texts)
}

/// Reads every file of a rules folder that holds examples only.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn read_tests(dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut texts = folder::read(dir, "rules", &["toml"])?;
    texts.retain(|(name, _)| name.ends_with(TESTS));
    Ok(texts)
}

/// What rule files say, if nothing in them is wrong.
///
/// # Errors
/// What is wrong, all of it.
pub fn read_book(texts: &[(String, String)]) -> Result<(Book, Diagnostics), Diagnostics> {
    let (rules, plans, diagnostics) = Ruleset::read(texts);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let inhibitions = Inhibitions::new(rules.inhibitions().to_vec());
    Ok((Book { rules, inhibitions, plans: Arc::new(plans) }, diagnostics))
}

fn options(config: &Config, is_shared: bool) -> Options {
    let rate = config.noise.throttle.incidents;
    Options {
        holder: holder(),
        is_shared,
        is_fast: is_shared && config.brain.promise == Promise::Fast,
        settings: config.settings(),
        heartbeats: heartbeats(config),
        storm: Storm {
            incidents: config.noise.storm.incidents,
            window: config.noise.storm.window,
            calm: config.noise.storm.calm,
            policy: storm_policy(config),
        },
        openings: rate.map(|rate| (rate.count, rate.period)),
        lease: LEASE,
        poll: POLL,
    }
}

/// This process, for people who look at leases and logs.
fn holder() -> CompactString {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "localhost".to_owned());
    format!("{host}/{}", std::process::id()).into()
}

fn heartbeats(config: &Config) -> BTreeMap<CompactString, heartbeat::Config> {
    let one = |(name, beat): (&String, &crate::config::Heartbeat)| {
        let name = CompactString::from(name.as_str());
        let config = heartbeat::Config {
            name: name.clone(),
            every: beat.every,
            grace: beat.grace,
            labels: beat.labels.clone(),
            severity: beat.labels.get("severity").cloned().unwrap_or("critical".into()),
        };
        (name, config)
    };
    config.heartbeats.iter().map(one).collect()
}

/// What a storm's umbrella incident does.
fn storm_policy(config: &Config) -> Policy {
    let rule = RuleRef { name: "storm".into(), file: "config".into(), line: 0 };
    Policy {
        rule,
        also: Vec::new(),
        title: format!(
            "Storm: more than {} incidents in {} min",
            config.noise.storm.incidents,
            config.noise.storm.window.num_minutes()
        ),
        severity: "sev1".into(),
        labels: BTreeMap::new(),
        room: Some(RoomPlan {
            name: "storm-{{ number }}".into(),
            invite: Vec::new(),
            on: Vec::new(),
        }),
        ticket: None,
        graphs: Vec::new(),
        page: Some("storm".into()),
        escalation: None,
        notify: Vec::new(),
        run: None,
        timing: Timing::default(),
        files: CompactString::default(),
    }
}
