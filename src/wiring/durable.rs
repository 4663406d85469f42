//! Opens what is durable: the brain, and beside it this node's journal and notes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use compact_str::CompactString;
use tokio::sync::broadcast::error::RecvError;

use super::read;
use crate::brain::embedded::{self, Embedded};
use crate::brain::redis::{self, Redis};
use crate::brain::{Brain, Change, Error, Guard};
use crate::config::{Config, Promise, Replicas};
use crate::engine::clock::{Clock, System, wall};
use crate::engine::journal::{self, Journal};
use crate::engine::notes::Notes;
use crate::engine::tasks::spawn_root;

/// How often a brain that could not be opened is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// The folder of the notes, inside the journal's: whoever may write there is the same process.
const NOTES: &str = "notes";

/// What one process keeps, and shares.
pub(super) struct Durable {
    pub(super) brain: Arc<dyn Brain>,
    pub(super) is_shared: bool,
    pub(super) journal: Arc<Journal>,
    pub(super) notes: Notes,
}

/// Opens everything. A shared brain that this node's journal knows may be away or empty: then it
/// is tried again and again, and the journal takes what comes. With `rebuild`, an empty one begins
/// again under its old id.
pub(super) async fn open(config: &Config, rebuild: bool) -> anyhow::Result<Durable> {
    let is_shared = is_shared(config);
    let (brain, id) = match known(config)? {
        Some(id) if is_shared && !rebuild => (open_or_wait(config, &id).await?, id),
        _ => {
            let brain = open_now(config, rebuild).await?;
            let health = brain.health().await.context("cannot ask the brain who it is")?;
            for warning in &health.warnings {
                tracing::warn!(brain = %health.brain, "{warning}");
            }
            (brain, health.id.into())
        }
    };
    let journal = open_journal(config, &id)?;
    let notes = journal_dir(config).join(NOTES);
    let notes = Notes::open(&notes, wall()).context("cannot open this node's notes")?;
    Ok(Durable { brain, is_shared, journal, notes })
}

/// Opens the brain that the configuration names, as this node's journal knows it.
///
/// # Errors
/// When it cannot be opened, with what to do about it.
pub async fn brain(config: &Config) -> anyhow::Result<Arc<dyn Brain>> {
    open_now(config, false).await
}

/// Whether several machines may share the brain.
#[must_use]
pub fn is_shared(config: &Config) -> bool {
    config.brain.url.scheme() != "file"
}

async fn open_now(config: &Config, rebuild: bool) -> anyhow::Result<Arc<dyn Brain>> {
    let address = &config.brain.url;
    if is_shared(config) {
        let opened = opener(config, rebuild)?.open().await;
        return opened.with_context(|| format!("cannot open the brain at {address}"));
    }
    let dir = brain_folder(config);
    let options = embedded::Options { shards: config.brain.shards, ..Default::default() };
    let brain = Embedded::open(&dir, &options)
        .with_context(|| format!("cannot open the brain in {}", dir.display()))?;
    Ok(Arc::new(brain))
}

async fn open_or_wait(config: &Config, id: &str) -> anyhow::Result<Arc<dyn Brain>> {
    let opener = opener(config, false)?;
    match opener.open().await {
        Ok(brain) => Ok(brain),
        Err(error) => {
            tracing::error!(%error, id, "starting without the brain: alerts go into the journal until it is there");
            let guard = Arc::new(Guard::closed(error.to_string()));
            spawn_root(keep_trying(guard.clone(), opener));
            Ok(guard)
        }
    }
}

/// Opens the brain when that is possible, and then hands on what it says of changes.
async fn keep_trying(guard: Arc<Guard>, opener: Opener) {
    let clock = System::default();
    let brain = loop {
        clock.sleep(RETRY).await;
        match opener.open().await {
            Ok(brain) => break brain,
            Err(error) => guard.doubt(error.to_string()),
        }
    };
    let mut changes = brain.watch();
    guard.open(brain);
    tracing::info!("the brain is open");
    loop {
        match changes.recv().await {
            Ok(change) => guard.tell(change),
            Err(RecvError::Lagged(_)) => guard.tell(Change::Lagged),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Knows how a Redis is opened.
struct Opener {
    address: redis::Address,
    options: redis::Options,
}

impl Opener {
    async fn open(&self) -> Result<Arc<dyn Brain>, Error> {
        Ok(Arc::new(Redis::open(self.address.clone(), self.options.clone()).await?))
    }
}

fn opener(config: &Config, rebuild: bool) -> anyhow::Result<Opener> {
    let brain = &config.brain;
    let address = redis::Address::parse(brain.url.reveal()).context("cannot read brain.url")?;
    let options = redis::Options {
        prefix: brain.key_prefix.clone(),
        password: read(brain.password.as_ref())?,
        sentinel_password: read(brain.sentinel_password.as_ref())?,
        trusted: brain.ca_file.as_ref().map(std::fs::read).transpose()?,
        shards: brain.shards,
        replicas: match (brain.promise, brain.replicas) {
            (Promise::Fast, _) => redis::Replicas::Exactly(0),
            (Promise::Strict, Replicas::Auto) => redis::Replicas::Auto,
            (Promise::Strict, Replicas::Exactly(count)) => redis::Replicas::Exactly(count),
        },
        expect_id: known(config)?.map(Into::into),
        begins_again: rebuild,
        ..redis::Options::default()
    };
    Ok(Opener { address, options })
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

/// Where this machine's executor keeps its ledger when nothing else is configured.
pub(super) fn executor_folder(config: &Config) -> PathBuf {
    if is_shared(config) {
        return PathBuf::from("./warroom-data/executor");
    }
    brain_folder(config).join("executor")
}

/// The folder of this node's journal.
#[must_use]
pub fn journal_dir(config: &Config) -> PathBuf {
    let inside = || match config.brain.url.scheme() {
        "file" => brain_folder(config).join("journal"),
        _ => PathBuf::from("./warroom-data/journal"),
    };
    config.journal.dir.clone().unwrap_or_else(inside)
}

/// Which brain this node's journal belongs to.
fn known(config: &Config) -> anyhow::Result<Option<CompactString>> {
    let dir = journal_dir(config);
    journal::brain_of(&dir).with_context(|| format!("cannot read the journal in {}", dir.display()))
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
