//! What the configuration means: the only file that builds brains and adapters.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use compact_str::CompactString;
use futures_util::future::BoxFuture;

use crate::adapters::actions::{self, Runner};
use crate::adapters::chat::{self, Chat};
use crate::adapters::failure::Failure;
use crate::adapters::ingest::heartbeat;
use crate::adapters::pagers::{self, Call, Page, Pager};
use crate::adapters::tickets::{self, Tracker};
use crate::adapters::http;
use crate::brain::embedded::{self, Embedded};
use crate::brain::redis::{self, Redis};
use crate::brain::Brain;
use crate::config::{Config, Held, Replicas};
use crate::domain::diagnostic::Diagnostics;
use crate::domain::incident::{Effect, Policy, Receipt, RoomPlan, RuleRef, RunMode, Timing};
use crate::domain::noise::inhibition::Inhibitions;
use crate::domain::rules::Ruleset;
use crate::domain::secret::Secret;
use crate::engine::clock::{self, Clock};
use crate::engine::journal::{self, Journal};
use crate::engine::outside::{Order, Outside};
use crate::engine::{Book, Engine, Options, Parts, Storm};

/// How long a process may hold agenda rows without a sign of life: the others take over within 5 s.
const LEASE: Duration = Duration::from_secs(3);
/// How often the agenda is looked at when nothing says that it changed.
const POLL: Duration = Duration::from_millis(500);
/// The largest rule file: a mistake, when it is larger.
const RULE_BYTES_MAX: u64 = 16 << 20;

/// An engine with everything around it.
#[derive(Debug)]
pub struct Wired {
    /// The engine, not yet started.
    pub engine: Arc<Engine>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// The journal, to be closed at the end.
    pub journal: Arc<Journal>,
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
    Ok(Wired { engine, clock, journal })
}

/// Opens the brain that the configuration names; says whether several processes share it.
///
/// # Errors
/// When it cannot be opened, with what to do about it.
pub async fn brain(config: &Config) -> anyhow::Result<(Arc<dyn Brain>, bool)> {
    let address = &config.brain.url;
    if address.scheme() == "file" {
        let dir = folder(address.reveal());
        let options = embedded::Options { shards: config.brain.shards, ..Default::default() };
        let brain = Embedded::open(&dir, options)
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
            Replicas::Exactly(count) => redis::Replicas::Exactly(count.into()),
        },
        ..redis::Options::default()
    };
    let brain = Redis::open(parsed, options)
        .await
        .with_context(|| format!("cannot open the brain at {address}"))?;
    Ok((Arc::new(brain), true))
}

fn folder(address: &str) -> PathBuf {
    let path = address.strip_prefix("file:").unwrap_or(address);
    // `file:///var/lib/x` and `file:/var/lib/x` are the same folder.
    PathBuf::from(path.strip_prefix("//").unwrap_or(path))
}

fn read(held: Option<&Held>) -> anyhow::Result<Option<Secret>> {
    held.map(Held::read).transpose().context("cannot read a secret")
}

fn open_journal(config: &Config, brain_id: &str) -> anyhow::Result<Arc<Journal>> {
    let mut options = journal::Options::new(&config.journal.dir, brain_id);
    options.keep = config.journal.keep;
    options.total_bytes_max = config.journal.size_max;
    let journal = Journal::open(options)
        .with_context(|| format!("cannot open the journal in {}", config.journal.dir.display()))?;
    if let Some((file, bytes)) = &journal.opened().cut {
        tracing::warn!(file, bytes, "a torn end of the journal was cut off; none of it was acknowledged");
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
        texts.push((path.display().to_string(), text));
    }
    texts.sort();
    Ok(texts)
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
        openings: rate.map(|rate| (rate.count, rate.per)),
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

/// Every adapter that is configured, behind the engine's one door.
#[derive(Debug)]
pub struct Adapters {
    chat: Arc<dyn Chat>,
    trackers: BTreeMap<CompactString, Arc<dyn Tracker>>,
    pagers: Vec<Arc<dyn Pager>>,
    runner: Option<Arc<dyn Runner>>,
}

impl Adapters {
    /// Builds the adapters that are configured.
    ///
    /// # Errors
    /// When a secret cannot be read or the HTTP client cannot be built.
    pub fn build(config: &Config) -> anyhow::Result<Self> {
        let client = http::client().map_err(|error| anyhow!("cannot build the HTTP client: {error}"))?;
        let now = clock::wall;
        let mut pagers: Vec<Arc<dyn Pager>> = Vec::new();
        for (name, pager) in &config.pagers {
            let secret = read(pager.secret.as_ref()).with_context(|| format!("pager {name}"))?;
            pagers.push(Arc::new(pagers::webhook::Webhook::new(
                client.clone(),
                pager.url.clone(),
                secret,
                now,
            )));
        }
        if pagers.is_empty() {
            pagers.push(Arc::new(pagers::log::Log));
        }
        let runner = match &config.runs {
            None => None,
            Some(runs) => {
                let secret = read(runs.secret.as_ref()).context("[runs]")?;
                let runner = actions::webhook::Webhook::new(client, runs.url.clone(), secret, now);
                Some(Arc::new(runner) as Arc<dyn Runner>)
            }
        };
        let local: Arc<dyn Tracker> = Arc::new(tickets::local::Local);
        Ok(Self {
            chat: Arc::new(chat::local::Local),
            trackers: [("local".into(), local)].into_iter().collect(),
            pagers,
            runner,
        })
    }

    fn tracker(&self, name: &str) -> Result<&Arc<dyn Tracker>, Failure> {
        self.trackers
            .get(name)
            .ok_or_else(|| Failure::missing(&format!("no ticket tracker is called {name}")))
    }

    /// The tracker that made a ticket: its id begins with the tracker's name.
    fn tracker_of(&self, _ticket: &str) -> Result<&Arc<dyn Tracker>, Failure> {
        self.tracker("local")
    }

    async fn page(&self, page: Page<'_>) -> Result<Receipt, Failure> {
        // One pager that takes it is enough; every one is tried.
        let mut receipt = Err(Failure::missing("no pager is configured"));
        for pager in &self.pagers {
            let answer = pager.page(page.clone()).await;
            if receipt.is_err() {
                receipt = answer;
            }
        }
        receipt
    }

    async fn carry_out(&self, order: Order) -> Result<Receipt, Failure> {
        let Order { id, effect, attempt } = order;
        match &effect {
            Effect::OpenRoom { number, name, topic, invite } => {
                let number = *number;
                self.chat.open(chat::Wanted { id, attempt, number, name, topic, invite }).await
            }
            Effect::CloseRoom { room } => self.chat.close(room).await,
            Effect::ReopenRoom { room } => self.chat.reopen(room).await,
            Effect::Post { to, key, text } => {
                self.chat.post(chat::Message { id, to, key: *key, text }).await
            }
            Effect::OpenTicket { number, tracker, title, body, labels } => {
                let number = *number;
                let wanted = tickets::Wanted { id, attempt, number, title, body, labels };
                self.tracker(tracker)?.open(wanted).await
            }
            Effect::CloseTicket { ticket, comment } => {
                self.tracker_of(ticket)?.close(ticket, comment).await
            }
            Effect::ReopenTicket { ticket, comment } => {
                self.tracker_of(ticket)?.reopen(ticket, comment).await
            }
            Effect::Page { number, policy, step, severity, text } => {
                let (number, step, call) = (*number, *step, Call::Page);
                self.page(Page { id, call, number, policy, step, severity, text }).await
            }
            Effect::StopPage { number, policy, text } => {
                let (number, step, call, severity) = (*number, 0, Call::Stop, "");
                self.page(Page { id, call, number, policy, step, severity, text }).await
            }
            Effect::Graph { .. } => {
                Err(Failure::missing("no metrics source is configured: graphs cannot be drawn yet"))
            }
            Effect::StartRun { number, runbook, mode, labels } => match (mode, &self.runner) {
                (RunMode::Auto, Some(runner)) => {
                    runner.start(actions::Start { id, number: *number, runbook, labels }).await
                }
                (RunMode::Auto, None) => {
                    Err(Failure::missing("nobody executes runbooks here: [runs] is not configured"))
                }
                (RunMode::Watch, _) => Ok(Receipt { id: "watched".into(), at: None }),
                (RunMode::Suggest | RunMode::Approve, _) => {
                    Err(Failure::missing("approvals are not built yet: start the runbook by hand"))
                }
            },
            Effect::Tell { .. } => Err(Failure::missing("cases hear from each other inside the engine")),
        }
    }
}

impl Outside for Adapters {
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        Box::pin(self.carry_out(order))
    }
}
