//! Whose a target is: one run works on it at a time, and a person may keep it for a while.
//!
//! A lock is a document that is never deleted: its version is the fence, which only grows. Whoever
//! takes it writes over the version that they saw free.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};

use crate::brain::{At, Document, Error, Kind, Limit, Permit, Rows};
use crate::domain::access::{Action, Verdict, Via};
use crate::domain::ids::CaseId;
use crate::domain::messages;
use crate::domain::run::{How, Mode, Phase, Run};
use crate::engine::Engine;
use crate::engine::queries::away;
use crate::engine::views::Refusal;

/// So many runs that rules start may begin in the window below, all rules together: the error budget
/// that they share. More at once is no repair, it is the outage.
const BUDGET: u32 = 10;
/// The window of the budget.
const BUDGET_WINDOW: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// An alert that comes back this soon after a fix that seemed to help was not fixed: the same fix is
/// not tried again by itself.
const RETURN_WITHIN: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// A lock as stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Lock {
    #[serde(default)]
    holder: Option<Holder>,
    /// The last run that had it, until the next one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Last>,
}

impl Lock {
    fn of(document: Option<&Document>) -> Self {
        let body = document.map(|it| it.body.clone());
        body.and_then(|body| serde_json::from_value(body).ok()).unwrap_or_default()
    }
}

/// How the last run on a target ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Last {
    number: u64,
    runbook: CompactString,
    helped: bool,
    at: DateTime<Utc>,
}

/// Who has something for themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Holder {
    /// A run, by its number, or a person.
    #[schemars(with = "String")]
    pub by: CompactString,
    /// The case of the run, where it is one.
    #[schemars(with = "Option<String>")]
    pub run: Option<CaseId>,
    /// Why.
    pub why: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when; none: until it is let go.
    pub until: Option<DateTime<Utc>>,
}

impl Engine {
    /// Makes a run's target its own: gives the fence, or why it may not start now.
    pub(super) async fn claim_target(
        self: &Arc<Self>,
        case: CaseId,
        run: &Run,
    ) -> Result<Result<u64, String>, Error> {
        let target = run.request.plan.target.as_str();
        let locks = self.brain.documents(Kind::Lock).await?;
        // Asked again after a crash: it has what it wants.
        let own = locks.iter().find(|it| it.id == target && holds(it, case));
        if let Some(own) = own {
            return Ok(Ok(own.version));
        }
        if let Some(why) = self.held_back(run, &locks).await? {
            return Ok(Err(why));
        }
        let known = locks.iter().find(|it| it.id == target);
        let holder = Holder {
            by: format_compact!("run {}", run.number()),
            run: Some(case),
            why: run.request.plan.runbook.to_string(),
            since: self.clock.now(),
            until: None,
        };
        let last = Lock::of(known).last;
        let lock = Lock { holder: Some(holder), last };
        match self.put_lock(target, known.map_or(0, |it| it.version), lock).await {
            Ok(fence) => Ok(Ok(fence)),
            // Somebody was faster by a moment.
            Err(Error::Conflict) => Ok(Err(format!("another run has just begun on {target}"))),
            Err(error) => Err(error),
        }
    }

    /// Lets a run's target go; what it no longer has stays.
    pub(super) async fn release_target(&self, case: CaseId, run: &Run) -> Result<(), Error> {
        let target = run.request.plan.target.as_str();
        let locks = self.brain.documents(Kind::Lock).await?;
        let Some(own) = locks.iter().find(|it| it.id == target && holds(it, case)) else {
            return Ok(());
        };
        let helped = run.phase == Phase::Over(How::Succeeded);
        let (number, runbook) = (run.number(), run.request.plan.runbook.clone());
        let last = Some(Last { number, runbook, helped, at: self.clock.now() });
        match self.put_lock(target, own.version, Lock { holder: None, last }).await {
            Ok(_) | Err(Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn put_lock(&self, id: &str, version: u64, lock: Lock) -> Result<u64, Error> {
        let body =
            serde_json::to_value(lock).map_err(|error| Error::Unusable(error.to_string()))?;
        self.brain.put(Kind::Lock, id.into(), version, Some(body)).await
    }

    /// Why a run may not start now; none: it may.
    async fn held_back(&self, run: &Run, locks: &[Document]) -> Result<Option<String>, Error> {
        if let Some(why) = self.braked(run).await? {
            return Ok(Some(why));
        }
        if let Some(why) = self.held_by_freeze(&run.request.plan).await? {
            return Ok(Some(why));
        }
        for place in places(run) {
            let lock = locks.iter().find(|it| it.id == place.as_str());
            if let Some(holder) = self.holder_of(lock).await? {
                let since = holder.since.format("%H:%M UTC");
                let (by, why) = (&holder.by, &holder.why);
                return Ok(Some(format!("{place} is locked by {by} since {since}: {why}")));
            }
        }
        if let Some(most) = run.request.plan.at_once {
            let under_way = self.under_way(locks, &run.request.plan.runbook).await?;
            if under_way >= most {
                let text = format!("{under_way} of its fleet are being worked on, {most} may be");
                return Ok(Some(text));
            }
        }
        if let Some(why) = self.came_back(run, locks) {
            return Ok(Some(why));
        }
        if let Some(why) = self.unwanted(run).await? {
            return Ok(Some(why));
        }
        self.refresh_grants().await?;
        if let Some(gone) = run.approved_by.iter().find(|by| !self.may_still_approve(by, run)) {
            return Ok(Some(format!("{gone} may no longer approve it")));
        }
        if let Some((query, is)) = &run.request.plan.healthy {
            let query = query.fill(&run.outputs).unwrap_or_default();
            match self.numbers(&query).await {
                Ok(all) if !all.is_empty() && all.iter().all(|it| is.holds(*it)) => {}
                Ok(_) => return Ok(Some("the rest of the fleet is not healthy".to_owned())),
                Err(why) => return Ok(Some(format!("nobody knows how the fleet is: {why}"))),
            }
        }
        self.too_often(run).await
    }

    /// Whether the same fix seemed to help just now, and a rule wants it again.
    fn came_back(&self, run: &Run, locks: &[Document]) -> Option<String> {
        let plan = &run.request.plan;
        let is_by_itself = run.request.is_rule && run.request.mode == Mode::Auto;
        let lock = locks.iter().find(|it| it.id == plan.target.as_str());
        let last = Lock::of(lock).last.filter(|_| is_by_itself)?;
        let is_again = last.helped
            && last.runbook == plan.runbook
            && self.clock.now() - last.at < RETURN_WITHIN;
        is_again.then(|| messages::run::came_back(last.number, last.at))
    }

    /// How many targets runs of this runbook have now.
    async fn under_way(&self, locks: &[Document], runbook: &str) -> Result<u32, Error> {
        let mut count = 0;
        for lock in locks {
            let holder = self.holder_of(Some(lock)).await?;
            count += u32::from(holder.is_some_and(|it| it.run.is_some() && it.why == runbook));
        }
        Ok(count)
    }

    /// Who has a place now: a run that is over and a time that has passed hold nothing.
    async fn holder_of(&self, lock: Option<&Document>) -> Result<Option<Holder>, Error> {
        let Some(holder) = Lock::of(lock).holder else { return Ok(None) };
        if holder.until.is_some_and(|until| until <= self.clock.now()) {
            return Ok(None);
        }
        let Some(case) = holder.run else { return Ok(Some(holder)) };
        let is_over = self.run_at(case).await?.is_none_or(|run| run.is_over());
        Ok(Some(holder).filter(|_| !is_over))
    }

    /// Whether what it is to mend is over, or everything is ablaze: rules repair one thing.
    async fn unwanted(&self, run: &Run) -> Result<Option<String>, Error> {
        let Some(patient) = run.request.incident else { return Ok(None) };
        let question = (At::Case(patient.case), Rows::Some(Vec::new()));
        let loaded = self.brain.load(vec![question]).await?.pop().flatten();
        if loaded.is_none_or(|loaded| !loaded.incident.head.is_open()) {
            return Ok(Some(format!("incident #{} is over", patient.number)));
        }
        if run.request.is_rule && run.request.mode == Mode::Auto {
            let storm = self.storm().await.map_err(|error| Error::Away(error.to_string()))?;
            if storm.is_some() {
                return Ok(Some("there is a storm: rules start nothing until it is over".into()));
            }
        }
        Ok(None)
    }

    /// Whether the limits of the runbook, and those that all rules share, admit one more.
    async fn too_often(&self, run: &Run) -> Result<Option<String>, Error> {
        let plan = &run.request.plan;
        let place = format_compact!("{}/{}", plan.runbook, plan.target);
        let rate = plan.rate.map(|rate| Limit {
            key: format_compact!("run/rate/{place}"),
            burst: rate.count,
            period: rate.period,
        });
        let pause = plan.cooldown.map(|pause| Limit {
            key: format_compact!("run/cooldown/{place}"),
            burst: 1,
            period: pause.0,
        });
        let budget = (run.request.is_rule && run.request.mode == Mode::Auto).then(|| Limit {
            key: CompactString::const_new("run/budget"),
            burst: BUDGET,
            period: BUDGET_WINDOW,
        });
        let limits: Vec<Limit> = [rate, pause, budget].into_iter().flatten().collect();
        if limits.is_empty() {
            return Ok(None);
        }
        Ok(match self.brain.take(limits, self.clock.now()).await? {
            (Permit::Granted, _) => None,
            (Permit::Refused(until), limit) => {
                let at = until.format("%H:%M:%S UTC");
                Some(format!("it ran often enough ({limit}): not before {at}"))
            }
        })
    }

    /// Whether somebody who agreed still may: they must at the moment when it starts.
    fn may_still_approve(&self, by: &str, run: &Run) -> bool {
        let directory = self.directory();
        let Some(actor) = directory.actor(by, Via::Console) else {
            // Who has no name in the configuration was the operator, who may everything.
            return by == crate::domain::access::OPERATOR;
        };
        let resource = run.request.plan.runbook.as_str();
        let environment = run.request.plan.environment().unwrap_or_default();
        let action = Action { verb: "approve", resource, environment, changes: true };
        let verdict = directory.rights.may(&actor, &action, self.clock.now());
        matches!(verdict, Verdict::Allowed { .. })
    }

    /// Keeps a place for a person.
    ///
    /// # Errors
    /// When somebody else has it, or the brain is away.
    pub async fn lock(&self, place: &str, holder: Holder) -> Result<(), Refusal> {
        let locks = self.brain.documents(Kind::Lock).await.map_err(away)?;
        let known = locks.iter().find(|it| it.id == place);
        if let Some(other) = self.holder_of(known).await.map_err(away)? {
            let (by, why) = (&other.by, &other.why);
            let since = other.since.format("%Y-%m-%d %H:%M UTC");
            let text = format!("{place} is locked by {by} since {since}: {why}");
            return Err(Refusal::Conflict(text));
        }
        let version = known.map_or(0, |it| it.version);
        let lock = Lock { holder: Some(holder), ..Lock::of(known) };
        self.put_lock(place, version, lock).await.map(drop).map_err(away)
    }

    /// Lets a place go, whoever keeps it, but never a run's. Gives who had it.
    ///
    /// # Errors
    /// When nobody has it, a run works on it, or the brain is away.
    pub async fn unlock(&self, place: &str) -> Result<Holder, Refusal> {
        let locks = self.brain.documents(Kind::Lock).await.map_err(away)?;
        let known = locks.iter().find(|it| it.id == place);
        let holder = self.holder_of(known).await.map_err(away)?;
        let (Some(known), Some(holder)) = (known, holder) else {
            return Err(Refusal::NotFound(format!("{place} is not locked")));
        };
        if holder.run.is_some() {
            let by = &holder.by;
            return Err(Refusal::Conflict(format!("{by} works on {place}: stop it first")));
        }
        let lock = Lock { holder: None, ..Lock::of(Some(known)) };
        self.put_lock(place, known.version, lock).await.map_err(away)?;
        Ok(holder)
    }

    /// What is locked now, by place.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn locks(&self) -> Result<Vec<(CompactString, Holder)>, Refusal> {
        let mut held = Vec::new();
        for lock in self.brain.documents(Kind::Lock).await.map_err(away)? {
            let holder = self.holder_of(Some(&lock)).await.map_err(away)?;
            held.extend(holder.map(|holder| (lock.id, holder)));
        }
        Ok(held)
    }
}

fn holds(lock: &Document, case: CaseId) -> bool {
    Lock::of(Some(lock)).holder.is_some_and(|holder| holder.run == Some(case))
}

/// The places that must be free: the target, and what people call it when they lock it.
fn places(run: &Run) -> Vec<CompactString> {
    let plan = &run.request.plan;
    let mut places = vec![CompactString::from(plan.target.as_str())];
    if let Some(service) = plan.service().map(CompactString::from) {
        if let Some(change) = &plan.change {
            places.push(format_compact!("{service}/{}", change.environment));
        }
        places.push(service);
    }
    places
}
