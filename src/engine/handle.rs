//! The one door between inputs and the brain: load, decide, commit, again on conflict.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::sync::{Mutex, MutexGuard};

use super::Engine;
use super::dispatch::LEASED_MAX;
use super::index::begins_something;
use crate::brain::{At, Commit, Committed, Error, Lease, Loaded, RowId, Rows, Token};
use crate::domain::alert::{Alert, What};
use crate::domain::ids::{CaseId, EffectId, Fingerprint, Fnv, GroupKey, Number};
use crate::domain::incident::{
    Context, Decision, Head, Input, Opening, Phase, Reason, Sighting, Verdict, decide,
};

/// How often a decision is made again after a conflict: with stripes inside a process, conflicts
/// come from other replicas only, and so many in a row mean that something is wrong.
const TRIES_MAX: usize = 20;
/// How many locks there are: many more than cases in one delivery, so that deliveries seldom meet.
const STRIPES: usize = 8192;
/// Effects of a decision without events are numbered from here, so that their ids never meet those
/// of the decision that wrote the last event. Only the card is drawn without an event, and at most
/// once a version: two such decisions at one version order the same.
const WITHOUT_EVENTS: usize = 0x8000;

/// One input with the case that it is for.
#[derive(Debug, Clone)]
pub(super) struct Job {
    /// The case, or the group that has or gets one.
    pub(super) at: At,
    /// Which members the decision needs to see.
    pub(super) rows: Rows,
    /// What happened.
    pub(super) input: Input,
    /// The agenda row that this input comes from.
    pub(super) settles: Option<(RowId, Token)>,
    /// The group's current case is over: begin a new one in its place.
    pub(super) begins_anew: bool,
    /// Cases that are known to be over for this input.
    pub(super) over: Vec<CaseId>,
}

impl Job {
    /// A job for a case that exists.
    pub(super) fn on(case: CaseId, rows: Rows, input: Input) -> Self {
        Self {
            at: At::Case(case),
            rows,
            input,
            settles: None,
            begins_anew: false,
            over: Vec::new(),
        }
    }

    fn stripe(&self) -> usize {
        let hash = match &self.at {
            // A storm begins while the locks of its cause are held: no other job may have this one.
            At::Group(group) if *group == GroupKey::storm() => return STRIPES,
            At::Case(case) => case.serial,
            At::Group(group) => Fnv::default().with(group.0.as_bytes()).finish(),
        };
        usize::try_from(hash).unwrap_or_default() % STRIPES
    }
}

/// What became of a job.
#[derive(Debug, Clone)]
pub(super) enum Handled {
    /// It was decided and, if there was anything to write, written.
    Done { case: CaseId, head: Arc<Head>, reasons: Vec<(Option<Fingerprint>, Reason)> },
    /// The case is over for good: begin a new one for the group.
    Superseded { case: CaseId },
    /// Nothing has opened this case yet, and today's rules send some of these alerts elsewhere.
    Misplaced { case: CaseId, group: GroupKey },
    /// There is no such case.
    Missing,
    /// The agenda row is no longer ours: somebody else has answered it.
    LeaseLost,
}

/// Locks inside this process, so that conflicts are left to replicas.
#[derive(Debug)]
pub(super) struct Stripes(Vec<Mutex<()>>);

impl Default for Stripes {
    fn default() -> Self {
        Self((0..=STRIPES).map(|_| Mutex::new(())).collect())
    }
}

impl Stripes {
    /// Locks everything that these jobs touch, always in the same order.
    async fn lock(&self, jobs: &[Job]) -> Vec<MutexGuard<'_, ()>> {
        let wanted: BTreeSet<usize> = jobs.iter().map(Job::stripe).collect();
        let mut guards = Vec::with_capacity(wanted.len());
        for stripe in wanted {
            if let Some(lock) = self.0.get(stripe) {
                guards.push(lock.lock().await);
            }
        }
        guards
    }
}

/// What one try of a job came to.
enum Step {
    Write(Box<Commit>, Handled),
    Answer(Handled),
    NeedsOpening(Arc<Alert>),
}

impl Engine {
    /// Handles one job.
    pub(super) async fn handle(self: &Arc<Self>, job: Job) -> Result<Handled, Error> {
        let mut answers = self.handle_all(vec![job]).await;
        answers.pop().unwrap_or_else(|| Err(Error::Unusable("the engine lost a job".into())))
    }

    /// Handles jobs for different cases together: one load, one commit. Answers in their order.
    pub(super) async fn handle_all(
        self: &Arc<Self>,
        jobs: Vec<Job>,
    ) -> Vec<Result<Handled, Error>> {
        let _guards = self.stripes.lock(&jobs).await;
        self.try_until_done(&jobs).await
    }

    /// Tries until every job is answered; those that conflicted see what the others have written.
    async fn try_until_done(self: &Arc<Self>, jobs: &[Job]) -> Vec<Result<Handled, Error>> {
        let mut answers: Vec<Option<Result<Handled, Error>>> = vec![None; jobs.len()];
        for _ in 0..TRIES_MAX {
            let open: Vec<(usize, &Job)> = jobs
                .iter()
                .enumerate()
                .filter(|(at, _)| answers.get(*at).is_some_and(Option::is_none))
                .collect();
            if open.is_empty() {
                break;
            }
            for (at, answer) in self.try_once(&open).await {
                let answer = match (answer, jobs.get(at).map(|job| &job.at)) {
                    // Another process has begun a new case for the group since this one was found.
                    (Err(Error::Replaced), Some(At::Case(case))) => {
                        Ok(Handled::Superseded { case: *case })
                    }
                    (answer, _) => answer,
                };
                let is_final = !matches!(answer, Err(Error::Conflict | Error::Replaced));
                if let (true, Some(slot)) = (is_final, answers.get_mut(at)) {
                    *slot = Some(answer.map_err(|error| self.note_error(error)));
                } else {
                    self.meters.conflicts.inc();
                }
            }
        }
        answers.into_iter().map(|answer| answer.unwrap_or(Err(Error::Conflict))).collect()
    }

    async fn try_once(
        self: &Arc<Self>,
        jobs: &[(usize, &Job)],
    ) -> Vec<(usize, Result<Handled, Error>)> {
        let questions = jobs.iter().map(|(_, job)| (job.at.clone(), job.rows.clone())).collect();
        let start = self.clock.uptime();
        let loaded = match self.brain.load(questions).await {
            Ok(loaded) => loaded,
            Err(error) => return jobs.iter().map(|(at, _)| (*at, Err(error.clone()))).collect(),
        };
        self.meters.load_seconds.observe((self.clock.uptime() - start).as_secs_f64());
        let now = self.clock.now();
        let pairs: Vec<(usize, &Job, Option<&Loaded>)> = jobs
            .iter()
            .zip(&loaded)
            .map(|((at, job), loaded)| (*at, *job, loaded.as_ref()))
            .collect();
        let steps =
            join_all(pairs.iter().map(|(_, job, loaded)| self.step(job, *loaded, now))).await;
        let mut answers = Vec::with_capacity(jobs.len());
        let (mut commits, mut waiting) = (Vec::new(), Vec::new());
        for ((at, _, _), step) in pairs.iter().zip(steps) {
            match step {
                Ok(Step::Write(commit, handled)) => {
                    commits.push(*commit);
                    waiting.push((*at, handled));
                }
                Ok(Step::Answer(handled)) => answers.push((*at, Ok(handled))),
                Ok(Step::NeedsOpening(_)) => answers.push((*at, Err(Error::Conflict))),
                Err(error) => answers.push((*at, Err(error))),
            }
        }
        answers.extend(self.write(commits, waiting).await);
        answers
    }

    async fn write(
        self: &Arc<Self>,
        commits: Vec<Commit>,
        waiting: Vec<(usize, Handled)>,
    ) -> Vec<(usize, Result<Handled, Error>)> {
        if commits.is_empty() {
            return Vec::new();
        }
        let forgotten: Vec<Option<Number>> =
            commits.iter().map(|commit| commit.head.number.filter(|_| commit.forget)).collect();
        let has_timers = commits.iter().any(|commit| !commit.timers.is_empty());
        let start = self.clock.uptime();
        let leased_at = start;
        let results = self.brain.commit(commits).await;
        self.meters.commit_seconds.observe((self.clock.uptime() - start).as_secs_f64());
        if has_timers {
            self.wake.notify_one();
        }
        waiting
            .into_iter()
            .zip(results.into_iter().zip(forgotten))
            .map(|((at, handled), (result, forgotten))| match result {
                Ok(Committed { claimed }) => {
                    self.start_all(claimed, leased_at);
                    if let Some(number) = forgotten {
                        let engine = self.clone();
                        self.tasks
                            .finish("room", async move { engine.rooms.discard(number).await });
                    }
                    (at, Ok(handled))
                }
                Err(Error::LeaseLost) => (at, Ok(Handled::LeaseLost)),
                Err(error) => (at, Err(error)),
            })
            .collect()
    }

    /// Decides; asks for an opening and decides again when the incident wants one.
    async fn step(
        self: &Arc<Self>,
        job: &Job,
        loaded: Option<&Loaded>,
        now: DateTime<Utc>,
    ) -> Result<Step, Error> {
        let first = self.decide_once(job, loaded, now, None);
        let Step::NeedsOpening(alert) = first else { return Ok(first) };
        let opening = self.opening(&alert, now).await?;
        Ok(self.decide_once(job, loaded, now, Some(&opening)))
    }

    fn decide_once(
        &self,
        job: &Job,
        loaded: Option<&Loaded>,
        now: DateTime<Utc>,
        opening: Option<&Opening>,
    ) -> Step {
        // Somebody else may have begun the new case already, or the group's case may come back.
        let replaced = loaded.filter(|loaded| job.begins_anew && self.is_over(job, loaded, now));
        let current = loaded.filter(|_| replaced.is_none());
        let (case, group) = match (&job.at, current) {
            (_, Some(current)) => (current.case, &current.incident.head.group),
            (At::Group(group), None) => (self.new_case(group), group),
            (At::Case(_), None) => return Step::Answer(Handled::Missing),
        };
        if let Some(group) = current.and_then(|loaded| self.misplaced(job, &loaded.incident.head)) {
            return Step::Answer(Handled::Misplaced { case, group });
        }
        let (settings, roster) = (&self.options.settings, &*self.roster.load());
        let context = Context { now, case, group, settings, roster, opening };
        self.meters.decisions.get_or_create(&super::meters::Kind { kind: job.input.kind() }).inc();
        match decide(current.map(|loaded| &loaded.incident), &job.input, context) {
            Verdict::Superseded => Step::Answer(Handled::Superseded { case }),
            Verdict::NeedsOpening(alert) => Step::NeedsOpening(alert),
            Verdict::Decided(decision) => {
                let replaces = replaced.map(|loaded| loaded.case);
                self.write_up(job, (case, current, replaces), decision, now)
            }
        }
    }

    /// Whether this case is over for good for what the job brings.
    fn is_over(&self, job: &Job, loaded: &Loaded, now: DateTime<Utc>) -> bool {
        let (case, head) = (loaded.case, &loaded.incident.head);
        if head.phase == Phase::Closed && job.over.contains(&case) {
            return true;
        }
        let group = &head.group;
        let (settings, roster) = (&self.options.settings, &*self.roster.load());
        let context = Context { now, case, group, settings, roster, opening: None };
        decide(Some(&loaded.incident), &job.input, context) == Verdict::Superseded
    }

    /// The group of a case that would open for alerts which belong to other groups by now: rules
    /// have changed since it began to hold them.
    fn misplaced(&self, job: &Job, head: &Head) -> Option<GroupKey> {
        let Input::Reported { sightings } = &job.input else { return None };
        if head.phase != Phase::Quiet {
            return None;
        }
        let book = self.book.load();
        let leaves = |it: &Sighting| {
            matches!(it.report.what, What::Firing { .. })
                && book.rules.route(&it.report.alert.labels).group != head.group
        };
        sightings.iter().any(leaves).then(|| head.group.clone())
    }

    /// Turns a decision into the commit that makes it true.
    fn write_up(
        &self,
        job: &Job,
        (case, current, replaces): (CaseId, Option<&Loaded>, Option<CaseId>),
        decision: Decision,
        now: DateTime<Utc>,
    ) -> Step {
        let index = self.index_changes(job, case, current, &decision);
        let is_current = job.begins_anew || begins_something(job, current, &decision.events);
        let Decision { state, events, mut touched, effects, timers, reasons, forget } = decision;
        let head = Arc::new(state.head);
        let handled = Handled::Done { case, head: head.clone(), reasons };
        let is_empty = events.is_empty() && effects.is_empty() && timers.is_empty() && !forget;
        if is_empty && job.settles.is_none() && index.is_empty() {
            return Step::Answer(handled);
        }
        let expected = current.map_or(0, |loaded| loaded.incident.head.version);
        let first = events.first().map_or(expected, |stored| stored.number);
        let base = if events.is_empty() { WITHOUT_EVENTS } else { 0 };
        let effects = effects
            .into_iter()
            .enumerate()
            .map(|(place, effect)| {
                let index = u16::try_from(base + place).unwrap_or(u16::MAX);
                (EffectId { case, event: first, index }, effect)
            })
            .collect();
        touched.sort_unstable();
        touched.dedup();
        let members = touched
            .into_iter()
            .filter_map(|fingerprint| Some((fingerprint, state.members.get(&fingerprint)?.clone())))
            .collect();
        let commit = Commit {
            command: self.clock.random(),
            case,
            expected,
            replaces,
            is_current,
            head,
            members,
            events,
            effects,
            timers: timers.into_iter().map(|set| (set.timer, set.to)).collect(),
            settles: job.settles,
            index,
            forget,
            now,
            lease: self.lease(now).filter(|_| self.lanes.in_flight() < LEASED_MAX),
        };
        Step::Write(Box::new(commit), handled)
    }

    /// The lease that this process asks for now.
    pub(super) fn lease(&self, now: DateTime<Utc>) -> Option<Lease> {
        let length = chrono::TimeDelta::from_std(self.options.lease).ok()?;
        Some(Lease { holder: self.options.holder.clone(), until: now + length })
    }

    fn new_case(&self, group: &GroupKey) -> CaseId {
        let [high, low]: [u64; 2] = halves(self.clock.random());
        CaseId { shard: group.shard(self.brain.shards()), serial: high ^ low }
    }

    /// Keeps the gauge of the brain true, and passes the error on.
    fn note_error(&self, error: Error) -> Error {
        if matches!(error, Error::Away(_) | Error::Unusable(_)) {
            self.meters.brain_up.set(0);
        }
        error
    }
}

fn halves(random: u128) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = random.to_be_bytes();
    [u64::from_be_bytes([a, b, c, d, e, f, g, h]), u64::from_be_bytes(rest)]
}
