//! Sends checkpoints of the audit log outside, from time to time and at the end.
//!
//! Whoever can write the brain can cut the log's end off; where the checkpoints went they cannot
//! reach. Each process sends its own: two of the same chain agree, and one keeper that is down costs
//! nothing.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use compact_str::{CompactString, format_compact};

use crate::adapters::http;
use crate::adapters::signature::Signed;
use crate::config::Config;
use crate::domain::trail::Checkpoint;
use crate::engine::Engine;
use crate::engine::clock::{self, Clock};

/// How long the last one may take at the end: supervisors kill soon after.
const LAST_MAX: Duration = Duration::from_secs(2);

/// Where checkpoints go.
pub struct Checkpoints {
    engine: Arc<Engine>,
    every: Duration,
    file: Option<PathBuf>,
    webhook: Option<Signed>,
    /// The hash that was sent last: one that is outside already is not sent again.
    sent: tokio::sync::Mutex<CompactString>,
}

impl Checkpoints {
    /// Where the configuration says that they go.
    ///
    /// # Errors
    /// When the webhook's secret cannot be read, or the machine has no trust store.
    pub fn of(config: &Config, engine: &Arc<Engine>) -> anyhow::Result<Self> {
        let audit = &config.audit;
        let webhook = match &audit.checkpoint_webhook {
            Some(outpost) => {
                let secret = super::read(outpost.secret.as_ref())
                    .context("audit.checkpoint_webhook.secret")?;
                Some(Signed::new(http::client()?, outpost.url.clone(), secret, clock::wall))
            }
            None => None,
        };
        Ok(Self {
            engine: engine.clone(),
            every: audit.checkpoint_every.to_std().context("audit.checkpoint_every")?,
            file: audit.checkpoint_file.clone(),
            webhook,
            sent: tokio::sync::Mutex::default(),
        })
    }

    /// Sends them for ever; returns at once where there is nowhere to send them.
    pub async fn keep(self: Arc<Self>) {
        let clock = clock::System::default();
        while self.file.is_some() || self.webhook.is_some() {
            clock.sleep(self.every).await;
            self.send().await;
        }
    }

    /// Sends the last one.
    pub async fn last(&self) {
        if tokio::time::timeout(LAST_MAX, self.send()).await.is_err() {
            tracing::warn!("the last checkpoint of the audit log was not sent in time");
        }
    }

    /// Sends one, if there is anything new. What fails is tried again with the next.
    async fn send(&self) {
        if self.file.is_none() && self.webhook.is_none() {
            return;
        }
        let mut sent = self.sent.lock().await;
        let mark = match self.engine.trail().checkpoint().await {
            Ok(Some(mark)) if mark.hash != *sent => mark,
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "the audit log has no checkpoint now");
                return;
            }
        };
        match self.deliver(&mark).await {
            Ok(()) => *sent = mark.hash,
            Err(error) => tracing::warn!("a checkpoint of the audit log was not sent: {error:#}"),
        }
    }

    async fn deliver(&self, mark: &Checkpoint) -> anyhow::Result<()> {
        if let Some(path) = self.file.clone() {
            let line = serde_json::to_string(mark)? + "\n";
            tokio::task::spawn_blocking(move || append(&path, &line)).await??;
        }
        if let Some(webhook) = &self.webhook {
            let id = format_compact!("checkpoint-{}", mark.seq);
            let answer = webhook.post(&id, mark).await;
            answer.map_err(|failure| anyhow::anyhow!("the webhook: {failure}"))?;
        }
        Ok(())
    }
}

fn append(path: &Path, line: &str) -> anyhow::Result<()> {
    let place = || format!("cannot append to {}", path.display());
    let mut file =
        std::fs::OpenOptions::new().create(true).append(true).open(path).with_context(place)?;
    file.write_all(line.as_bytes()).with_context(place)?;
    file.sync_data().with_context(place)
}
