//! The auditor: each open escalation must have a living next step.
//!
//! It asks nothing of the agenda: an incident's head says when its next call is due, and one that stays
//! overdue for longer than a wait while it is looked at is dead, whatever the agenda holds. It asks the
//! case, which decides as if the timer had rung; that is harmless where the timer rings as well.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use super::handle::Job;
use super::meters::State;
use crate::brain::{At, Error, Key, Rows};
use crate::domain::ids::{CaseId, Number};
use crate::domain::incident::{Head, Input, Phase, Timer};
use crate::domain::messages;

/// How often the auditor looks.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// So late a call may be before it counts as dead: leases and restarts take seconds.
const LATE: TimeDelta = TimeDelta::seconds(60);
/// Numbers that are looked at in one question.
const STEP: u64 = 250;
/// Incidents that are looked at, the newest: whoever has more open at once reads none of them.
const LOOKED_MAX: u64 = 20_000;

/// Where an escalation stands, in the order of the meters.
const STATES: [&str; 6] = ["waiting", "taken", "held", "exhausted", "nobody", "dead"];

impl Engine {
    pub(super) async fn audit_escalations(self: Arc<Self>) {
        let mut overdue = Overdue::default();
        loop {
            self.clock.sleep(LOOK_EVERY).await;
            if let Err(error) = self.audit_once(&mut overdue).await {
                tracing::debug!(%error, "escalations will be audited later");
            }
        }
    }

    async fn audit_once(self: &Arc<Self>, overdue: &mut Overdue) -> Result<(), Error> {
        let before = std::mem::take(overdue);
        let mut states: BTreeMap<&'static str, i64> = STATES.map(|state| (state, 0)).into();
        let last = self.brain.last_number().await?.0;
        let (mut next, floor) = (last, last.saturating_sub(LOOKED_MAX));
        while next > floor {
            let first = next.saturating_sub(STEP).max(floor);
            for (case, head) in self.heads(first + 1, next).await? {
                let now = self.clock.now();
                let late = late_since(&head, before.get(&case), now);
                let Some(state) = standing(&head, late, now) else { continue };
                overdue.extend(late.map(|late| (case, late)));
                *states.entry(state).or_default() += 1;
                if state == "dead" {
                    self.revive(case, &head).await?;
                }
            }
            next = first;
        }
        for (state, count) in states {
            self.meters.escalations.get_or_create(&State { state }).set(count);
        }
        Ok(())
    }

    async fn heads(&self, first: u64, last: u64) -> Result<Vec<(CaseId, Head)>, Error> {
        let keys = (first..=last).map(|number| Key::Number(Number(number))).collect();
        let found = self.brain.find(keys).await?;
        let questions = found
            .iter()
            .filter_map(|found| Some((At::Case(found.first()?.case), Rows::Some(Vec::new()))));
        let loaded = self.brain.load(questions.collect()).await?.into_iter().flatten();
        Ok(loaded.map(|loaded| (loaded.case, loaded.incident.head)).collect())
    }

    async fn revive(self: &Arc<Self>, case: CaseId, head: &Head) -> Result<(), Error> {
        tracing::error!(%case, number = ?head.number, due = ?head.next_call_at(), "an escalation was dead: it goes on now");
        let input = Input::Due { timer: Timer::Escalate };
        self.handle(Job::on(case, Rows::Some(Vec::new()), input)).await?;
        let id = self.new_id("auditor");
        self.tell_ops(&id, messages::oncall::escalation_was_dead(head)).await;
        Ok(())
    }
}

/// Cases whose next call is overdue: when it was due, and when that was first seen.
type Overdue = BTreeMap<CaseId, (DateTime<Utc>, DateTime<Utc>)>;

/// Since when the call that is due is seen to be overdue. A hold lets a call wait without moving it, so
/// that only what stays overdue says anything.
fn late_since(
    head: &Head,
    before: Option<&(DateTime<Utc>, DateTime<Utc>)>,
    now: DateTime<Utc>,
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let due = head.next_call_at().filter(|due| *due + LATE < now && head.counts.firing > 0)?;
    Some(*before.filter(|(same, _)| *same == due).unwrap_or(&(due, now)))
}

/// Where an escalation stands; none for an incident that is not open or for which another speaks.
fn standing(
    head: &Head,
    late: Option<(DateTime<Utc>, DateTime<Utc>)>,
    now: DateTime<Utc>,
) -> Option<&'static str> {
    if !head.is_open() || head.parent.is_some() {
        return None;
    }
    // What was held is looked at again after one wait, which may be as long as this.
    let wait = head.policy.as_ref().map_or(TimeDelta::zero(), |it| it.timing.escalate_after);
    let is_late = late.is_some_and(|(_, since)| since + wait + LATE < now);
    let is_paged = head.policy.as_ref().is_some_and(|policy| policy.page.is_some());
    Some(match head.phase {
        _ if head.counts.firing == 0 => "held",
        _ if is_late => "dead",
        Phase::Acknowledged => "taken",
        _ if head.exhausted => "exhausted",
        _ if is_paged && head.next_call_at().is_some() => "waiting",
        // It is paged, and yet nothing is to come: it was opened before heads knew their next call.
        _ => "nobody",
    })
}
