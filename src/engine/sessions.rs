//! Sessions of the console as documents of the brain, so that every replica knows them and a restart
//! signs nobody out.
//!
//! It never sees what a browser holds, only a digest of it, and refuses to judge whether the person
//! behind a session may still come in. While the brain is away it goes on with what it knows: people
//! need the console most when things are broken.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::Engine;
use super::queries::away;
use super::views::Refusal;
use crate::brain::{Error, Kind};

/// Sessions at once: a thousand people with two browsers. Beyond it the one that was unused longest
/// ends, so that nobody can fill the brain by signing in.
const SESSIONS_MAX: usize = 2000;
/// How often the time of use is written at most: a write for every request would load the brain, and
/// the idle time is counted in hours.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(5);
/// How old the knowledge of this process may be: a word of a change can get lost.
const REREAD_EVERY: Duration = Duration::from_secs(30);

/// One session, as stored under the digest of what the browser holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The person, or the nameless operator's name.
    pub name: CompactString,
    /// How they signed in: `link`, `token` or `oidc`.
    pub way: CompactString,
    /// A digest of what the configuration held to let them in; when that changes, the session ends.
    pub proof: String,
    /// When they signed in.
    pub began_at: DateTime<Utc>,
    /// When it was used last, five minutes late at most.
    pub seen_at: DateTime<Utc>,
}

/// When sessions end by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// Without any use.
    pub idle: TimeDelta,
    /// However much it is used.
    pub age: TimeDelta,
}

impl Default for Ends {
    /// A working day with its night, and a week.
    fn default() -> Self {
        Self { idle: TimeDelta::hours(12), age: TimeDelta::days(7) }
    }
}

impl Session {
    /// Whether its time has come.
    #[must_use]
    pub fn is_over(&self, ends: Ends, now: DateTime<Utc>) -> bool {
        now - self.began_at >= ends.age || now - self.seen_at >= ends.idle
    }
}

type Rows = BTreeMap<CompactString, (u64, Session)>;

/// What this process knows of the sessions.
#[derive(Debug, Default)]
pub(super) struct Known {
    rows: ArcSwap<Rows>,
    /// Somebody said that they changed.
    is_stale: AtomicBool,
    /// The uptime in milliseconds up to which what is known is young enough.
    fresh_until: AtomicU64,
    /// Held by whoever reads them.
    reading: Mutex<()>,
}

impl Known {
    /// What is known is to be read again before it is used.
    pub(super) fn forget(&self) {
        self.is_stale.store(true, Ordering::Release);
    }

    fn is_fresh(&self, uptime: Duration) -> bool {
        !self.is_stale.load(Ordering::Acquire)
            && millis(uptime) < self.fresh_until.load(Ordering::Acquire)
    }
}

impl Engine {
    /// The session with this key. None: there is none, or its time has come.
    pub async fn peek_session(&self, key: &str, ends: Ends) -> Option<Session> {
        self.live_session(key, ends).await.map(|(_, session)| session)
    }

    /// The same, and counts it as used.
    pub async fn session(&self, key: &str, ends: Ends) -> Option<Session> {
        let (version, session) = self.live_session(key, ends).await?;
        let now = self.clock.now();
        if now - session.seen_at >= TOUCH_EVERY {
            let seen = Session { seen_at: now, ..session.clone() };
            // A conflict means that another request was quicker, and nobody waits for a brain that
            // is away: the next request tries again.
            if let Err(error) = self.write_session(key, version, Some(&seen)).await {
                tracing::debug!(%error, "the use of a session was not noted");
            }
        }
        Some(session)
    }

    async fn live_session(&self, key: &str, ends: Ends) -> Option<(u64, Session)> {
        self.known_sessions().await;
        let found = self.sessions.rows.load().get(key).cloned()?;
        (!found.1.is_over(ends, self.clock.now())).then_some(found)
    }

    /// Begins a session. Those whose time has come go, and the least used ones when there are too many.
    ///
    /// # Errors
    /// When the brain is away: a session that only one process knew would come and go.
    pub async fn begin_session(
        &self,
        key: &str,
        session: &Session,
        ends: Ends,
    ) -> Result<(), Refusal> {
        self.read_sessions().await.map_err(away)?;
        let rows = self.sessions.rows.load_full();
        let now = self.clock.now();
        let (over, mut alive): (Vec<_>, Vec<_>) =
            rows.iter().partition(|(_, (_, known))| known.is_over(ends, now));
        alive.sort_by_key(|(_, (_, known))| known.seen_at);
        let too_many = (alive.len() + 1).saturating_sub(SESSIONS_MAX);
        for (old, (version, _)) in over.into_iter().chain(alive.into_iter().take(too_many)) {
            self.write_session(old, *version, None).await.or_else(unless_changed).map_err(away)?;
        }
        self.write_session(key, 0, Some(session)).await.map_err(away)
    }

    /// Ends the sessions that `is_meant` picks, by their key and content; gives their number.
    ///
    /// # Errors
    /// When the brain is away: they go on until it is back, and are to be ended again.
    pub async fn end_sessions(
        &self,
        is_meant: impl Fn(&str, &Session) -> bool + Send + Sync,
    ) -> Result<usize, Refusal> {
        let mut ended = 0;
        // A session that is used in between has a new version: it is looked at again.
        for _ in 0..3 {
            self.read_sessions().await.map_err(away)?;
            let rows = self.sessions.rows.load_full();
            let meant: Vec<_> = rows.iter().filter(|(key, row)| is_meant(key, &row.1)).collect();
            if meant.is_empty() {
                break;
            }
            for (key, (version, _)) in meant {
                match self.write_session(key, *version, None).await {
                    Ok(()) => ended += 1,
                    Err(error) => unless_changed(error).map_err(away)?,
                }
            }
        }
        Ok(ended)
    }

    async fn known_sessions(&self) {
        if self.sessions.is_fresh(self.clock.uptime()) {
            return;
        }
        if let Err(error) = self.read_sessions().await {
            tracing::debug!(%error, "cannot read the sessions: going on with those that are known");
        }
    }

    async fn read_sessions(&self) -> Result<(), Error> {
        let _reading = self.sessions.reading.lock().await;
        // Before the reading: what changes meanwhile is read again.
        self.sessions.is_stale.store(false, Ordering::Release);
        let until = millis(self.clock.uptime() + REREAD_EVERY);
        self.sessions.fresh_until.store(until, Ordering::Release);
        let documents = self.brain.documents(Kind::Session).await?;
        let rows = documents.into_iter().filter_map(|document| {
            let session = serde_json::from_value(document.body).ok()?;
            Some((document.id, (document.version, session)))
        });
        self.sessions.rows.store(Arc::new(rows.collect()));
        Ok(())
    }

    async fn write_session(
        &self,
        key: &str,
        version: u64,
        session: Option<&Session>,
    ) -> Result<(), Error> {
        let body = session.map(serde_json::to_value).transpose();
        let body = body.map_err(|error| Error::Unusable(error.to_string()))?;
        let written = self.brain.put(Kind::Session, key.into(), version, body).await;
        self.sessions.forget();
        written.map(drop)
    }
}

/// Somebody else was quicker, which is as good.
fn unless_changed(error: Error) -> Result<(), Error> {
    if error == Error::Conflict { Ok(()) } else { Err(error) }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
