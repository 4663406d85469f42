//! What the configuration means: the only place that builds brains and adapters.

mod outside;
pub mod reload;
mod sources;

pub use outside::Adapters;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use compact_str::CompactString;

use crate::adapters::ingest::heartbeat;
use crate::brain::Brain;
use crate::brain::embedded::{self, Embedded};
use crate::brain::redis::{self, Redis};
use crate::config::{Config, Held, Replicas};
use crate::domain::diagnostic::Diagnostics;
use crate::domain::incident::{Policy, RoomPlan, RuleRef, Timing};
use crate::domain::noise::inhibition::Inhibitions;
use crate::domain::rules::Ruleset;
use crate::domain::secret::Secret;
use crate::engine::clock::{self, Clock};
use crate::engine::journal::{self, Journal};
use crate::engine::{Book, Engine, Options, Parts, Storm};
use crate::server;

/// How long a process may hold agenda rows without a sign of life: the others take over within 5 s.
const LEASE: Duration = Duration::from_secs(3);
/// How often the agenda is looked at when nothing says that it changed.
const POLL: Duration = Duration::from_millis(500);
/// The largest rule file: a mistake, when it is larger.
const RULE_BYTES_MAX: u64 = 16 << 20;

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

/// Builds the engine that a configuration describes.
///
/// # Errors
/// When the brain or the journal cannot be opened, or the rules cannot be read.
pub async fn wire(config: &Config, book: Book) -> anyhow::Result<Wired> {
    let (brain, is_shared) = brain(config).await?;
    let health = brain.health().await.context("cannot ask the brain who it is")?;
    for warning in &health.warnings {
        tracing::warn!(brain = %health.brain, "{warning}");
    }
    let journal = open_journal(config, &health.id)?;
    let clock: Arc<dyn Clock> = Arc::new(clock::System::default());
    let engine = Engine::new(Parts {
        brain,
        outside: Arc::new(Adapters::build(config)?),
        clock: clock.clone(),
        journal: Some(journal.clone()),
        book,
        options: options(config, is_shared),
    });
    let server = server::Options {
        sources: sources::sources(config)?,
        token: read(config.server.token.as_ref()).context("server.token")?,
    };
    Ok(Wired { engine, clock, journal, server })
}

/// Opens the brain that the configuration names; says whether several processes share it.
///
/// # Errors
/// When it cannot be opened, with what to do about it.
pub async fn brain(config: &Config) -> anyhow::Result<(Arc<dyn Brain>, bool)> {
    let address = &config.brain.url;
    if address.scheme() == "file" {
        let dir = brain_folder(config);
        let options = embedded::Options { shards: config.brain.shards, ..Default::default() };
        let brain = Embedded::open(&dir, &options)
            .with_context(|| format!("cannot open the brain in {}", dir.display()))?;
        return Ok((Arc::new(brain), false));
    }
    let parsed = redis::Address::parse(address.reveal()).context("cannot read brain.url")?;
    let options = redis::Options {
        prefix: config.brain.key_prefix.clone(),
        password: read(config.brain.password.as_ref())?,
        sentinel_password: read(config.brain.sentinel_password.as_ref())?,
        trusted: config.brain.ca_file.as_ref().map(std::fs::read).transpose()?,
        shards: config.brain.shards,
        replicas: match config.brain.replicas {
            Replicas::Auto => redis::Replicas::Auto,
            Replicas::Exactly(count) => redis::Replicas::Exactly(count),
        },
        ..redis::Options::default()
    };
    let brain = Redis::open(parsed, options)
        .await
        .with_context(|| format!("cannot open the brain at {address}"))?;
    Ok((Arc::new(brain), true))
}

/// The folder of the embedded brain.
#[must_use]
pub fn brain_folder(config: &Config) -> PathBuf {
    folder(config.brain.url.reveal())
}

fn folder(address: &str) -> PathBuf {
    let path = address.strip_prefix("file:").unwrap_or(address);
    // `file:///var/lib/x` and `file:/var/lib/x` are the same folder.
    PathBuf::from(path.strip_prefix("//").unwrap_or(path))
}

fn read(held: Option<&Held>) -> anyhow::Result<Option<Secret>> {
    held.map(Held::read).transpose().context("cannot read a secret")
}

fn journal_dir(config: &Config) -> PathBuf {
    let inside = || match config.brain.url.scheme() {
        "file" => brain_folder(config).join("journal"),
        _ => PathBuf::from("./warroom-data/journal"),
    };
    config.journal.dir.clone().unwrap_or_else(inside)
}

fn open_journal(config: &Config, brain_id: &str) -> anyhow::Result<Arc<Journal>> {
    let dir = journal_dir(config);
    let mut options = journal::Options::new(&dir, brain_id);
    options.keep = config.journal.keep;
    options.total_bytes_max = config.journal.size_max;
    let journal = Journal::open(options)
        .with_context(|| format!("cannot open the journal in {}", dir.display()))?;
    if let Some((file, bytes)) = &journal.opened().cut {
        tracing::warn!(
            file,
            bytes,
            "a torn end of the journal was cut off; none of it was acknowledged"
        );
    }
    Ok(Arc::new(journal))
}

/// Reads every rule file of a folder.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn read_rules(dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    let entries = std::fs::read_dir(dir)
        .with_context(|| format!("cannot read the rules folder {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        if std::fs::metadata(&path)?.len() > RULE_BYTES_MAX {
            bail!("{} is larger than {RULE_BYTES_MAX} bytes", path.display());
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        texts.push((shown(dir, &path), text));
    }
    texts.sort();
    Ok(texts)
}

/// A rule file as people name it: from the rules folder on, wherever that lies.
fn shown(dir: &Path, path: &Path) -> String {
    let folder = dir.file_name().unwrap_or(dir.as_os_str());
    let file = path.file_name().unwrap_or(path.as_os_str());
    Path::new(folder).join(file).display().to_string()
}

/// What rule files say, if nothing in them is wrong.
///
/// # Errors
/// What is wrong, all of it.
pub fn read_book(texts: &[(String, String)]) -> Result<(Book, Diagnostics), Diagnostics> {
    let (rules, diagnostics) = Ruleset::parse(texts);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let inhibitions = Inhibitions::new(rules.inhibitions().to_vec());
    Ok((Book { rules, inhibitions }, diagnostics))
}

fn options(config: &Config, is_shared: bool) -> Options {
    let rate = config.noise.throttle.incidents;
    Options {
        holder: holder(),
        is_shared,
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
        room: Some(RoomPlan { name: "storm-{{ number }}".into(), invite: Vec::new() }),
        ticket: None,
        graphs: Vec::new(),
        page: Some("storm".into()),
        notify: Vec::new(),
        run: None,
        timing: Timing::default(),
    }
}
