//! The engine's background rounds: held alerts looked at again, silences read again, heartbeats
//! watched, the journal replayed into a brain that came back.
//!
//! Each round is harmless when it is repeated, and each replica may do it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use super::handle::{Handled, Job};
use super::ingest::routed;
use super::journal::Journal;
use super::views::Refusal;
use crate::brain::{At, Change, Error, Kind, Loaded, RowId, Rows, Token};
use crate::domain::alert::{Report, What};
use crate::domain::ids::{CaseId, Fingerprint};
use crate::domain::incident::{Head, Input, Member, MemberStatus, Phase, Ruling, Sighting};

/// How many cases a round looks at together.
const ROUND_CASES: usize = 256;
/// How often everything that may have been missed is looked at.
const ROUND_EVERY: Duration = Duration::from_secs(15);
/// How often heartbeats are looked at: a missing one is noticed at most so much later.
const BEATS_EVERY: Duration = Duration::from_secs(5);
/// An entry of the journal that is older than this was left behind by its delivery.
const REPLAY_AGE: TimeDelta = TimeDelta::seconds(5);
/// How often a brain that is away is tried.
const REPLAY_EVERY: Duration = Duration::from_secs(1);

impl Engine {
    /// The held alerts of a case with today's rulings. Those that new rules send to a group of
    /// their own are moved there first.
    async fn sightings_that_stay(
        self: &Arc<Self>,
        case: CaseId,
        look: Look,
    ) -> Result<Vec<Sighting>, Error> {
        let mut loaded = self.brain.load(vec![(At::Case(case), Rows::All)]).await?;
        let Some(loaded) = loaded.pop().flatten() else { return Ok(Vec::new()) };
        let head = &loaded.incident.head;
        let book = self.book.load_full();
        let sightings = self.look_again(&loaded, look).await?;
        let (stay, leave): (Vec<_>, Vec<_>) = sightings.into_iter().partition(|sighting| {
            head.number.is_some()
                || book.rules.route(&sighting.report.alert.labels).group == head.group
        });
        if !leave.is_empty() {
            self.move_held(case, leave).await?;
        }
        Ok(stay)
    }

    async fn look_again(&self, loaded: &Loaded, look: Look) -> Result<Vec<Sighting>, Error> {
        let head = &loaded.incident.head;
        let waiting: Vec<(&Fingerprint, &Member)> = loaded
            .incident
            .members
            .iter()
            .filter(|(_, member)| look.includes(head, member))
            .collect();
        let contents =
            self.contents(loaded.case, waiting.iter().copied()).await.map_err(as_error)?;
        let reports = waiting
            .into_iter()
            .filter_map(|(fingerprint, member)| {
                let (alert, _) = contents.get(fingerprint)?;
                let what = What::Firing { expires_at: member.expires_at };
                Some((*fingerprint, Report { alert: alert.clone(), what }))
            })
            .collect();
        let book = self.book.load_full();
        let sightings = self.sightings(reports, self.clock.now()).await?;
        // An incident that has opened lives under the policy that it opened with, whatever became
        // of the rule: to hold its alerts would silence it.
        let has_opened = head.policy.is_some();
        Ok(sightings
            .into_iter()
            .map(|sighting| {
                let has_owner =
                    has_opened || book.rules.route(&sighting.report.alert.labels).owner.is_some();
                routed(sighting, has_owner)
            })
            .collect())
    }

    /// Looks at every alert that fires, held or not: after silences or rules have changed.
    pub(super) async fn reconsider_all(self: &Arc<Self>) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.brain.live(after, ROUND_CASES).await?;
            for (case, head) in &page.cases {
                // What a person closed is not silenced, and its held alerts have a timer.
                let is_over = head.phase == Phase::Closed;
                if !is_over && head.counts.held + head.counts.firing > 0 {
                    self.reconsider(*case, Look::Firing, None).await?;
                }
            }
            let Some(next) = page.next else { return Ok(()) };
            after = Some(next);
        }
    }

    /// Looks at the alerts of one case again, and settles the row that asked for it.
    pub(super) async fn reconsider(
        self: &Arc<Self>,
        case: CaseId,
        look: Look,
        settles: Option<(RowId, Token)>,
    ) -> Result<(), Error> {
        let mut sightings = self.sightings_that_stay(case, look).await?;
        if self.reconsidered(case, sightings.clone(), settles).await? {
            return Ok(());
        }
        // What was held in an incident that is over for good begins a new one.
        sightings.retain(|sighting| sighting.ruling == Ruling::Pass);
        self.move_held(case, sightings).await?;
        let stay = self.sightings_that_stay(case, look).await?;
        self.reconsidered(case, stay, settles).await.map(|_| ())
    }

    /// Decides about alerts that were looked at again; says whether their case could.
    async fn reconsidered(
        self: &Arc<Self>,
        case: CaseId,
        sightings: Vec<Sighting>,
        settles: Option<(RowId, Token)>,
    ) -> Result<bool, Error> {
        if sightings.is_empty() && settles.is_none() {
            return Ok(true);
        }
        let rows = Rows::Some(sightings.iter().map(|sighting| sighting.fingerprint).collect());
        let job = Job { settles, ..Job::on(case, rows, Input::Reconsidered { sightings }) };
        Ok(!matches!(self.handle(job).await?, Handled::Superseded { .. }))
    }

    /// Follows changes of documents, and looks at everything from time to time.
    pub(super) async fn follow_changes(self: Arc<Self>) {
        use tokio::sync::broadcast::error::RecvError;
        let mut changes = self.brain.watch();
        loop {
            let is_silence = tokio::select! {
                biased;
                change = changes.recv() => match change {
                    Ok(Change::Document(Kind::Session)) => {
                        self.sessions.forget();
                        false
                    }
                    Ok(Change::Document(Kind::Grant)) => {
                        self.look_at_grants().await;
                        false
                    }
                    Ok(Change::Document(Kind::Override)) => {
                        self.look_at_overrides().await;
                        false
                    }
                    Ok(Change::Document(Kind::Silence) | Change::Lagged) => true,
                    Ok(Change::Document(_) | Change::Case(..) | Change::Agenda | Change::Log(..)) => false,
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return,
                },
                () = self.clock.sleep(ROUND_EVERY) => {
                    self.look_at_overrides().await;
                    self.look_at_grants().await;
                    true
                }
            };
            if is_silence && let Err(error) = self.refresh_silences().await {
                tracing::debug!(%error, "cannot read the silences");
            }
        }
    }

    /// Replays into the brain what the journal holds and the brain may not.
    pub(super) async fn replay_journal(self: Arc<Self>) {
        let Some(journal) = self.journal.clone() else { return };
        loop {
            // Younger entries are most likely being handled by their own delivery.
            let settled = self.clock.now() - REPLAY_AGE;
            if let Err(why) = self.replay_older(&journal, settled).await {
                tracing::debug!(why, "the journal waits for the brain");
            }
            self.clock.sleep(REPLAY_EVERY).await;
        }
    }

    async fn replay_older(
        self: &Arc<Self>,
        journal: &Journal,
        settled: DateTime<Utc>,
    ) -> Result<(), String> {
        if journal.stats().backlog == 0 {
            return Ok(());
        }
        let mut entries = journal.unapplied().map_err(|error| error.to_string())?;
        while let Some(entry) = entries.next().await {
            let entry = entry.map_err(|error| error.to_string())?;
            if entry.received_at >= settled {
                return Ok(());
            }
            self.take(entry.reports).await.map_err(|error| error.to_string())?;
            journal.applied(entry.sequence);
        }
        Ok(())
    }

    /// Turns heartbeats that stay away into alerts.
    pub(super) async fn watch_beats(self: Arc<Self>) {
        loop {
            if let Err(error) = self.look_at_beats().await {
                tracing::debug!(%error, "cannot look at the heartbeats");
            }
            self.clock.sleep(BEATS_EVERY).await;
        }
    }
}

/// Which members are looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Those that something holds back, and those whose incident waits to open.
    Waiting,
    /// Those that fire, too: a new silence may hold them.
    Firing,
}

impl Look {
    fn includes(self, head: &Head, member: &Member) -> bool {
        match member.status {
            MemberStatus::Held(_) => true,
            MemberStatus::Firing => self == Self::Firing || head.phase == Phase::Quiet,
            MemberStatus::Resolved | MemberStatus::Stale => false,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn as_error(refusal: Refusal) -> Error {
    Error::Away(refusal.to_string())
}
