//! The state of a run, and how facts change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::fact::{Fact, How, Request};
use super::order::Part;
use crate::domain::ids::EffectId;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nobody has been asked, and nothing has begun.
    Requested,
    /// People are asked whether it may start.
    Asking,
    /// It waits for its target.
    Claiming,
    /// A step is under way.
    Running,
    /// Nobody knows how a step ended: a person decides.
    Stuck,
    /// It is over.
    Over(How),
}

/// A run, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// How it came about.
    pub request: Arc<Request>,
    /// Where it stands.
    pub phase: Phase,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Until when people may agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asking_until: Option<DateTime<Utc>>,
    /// Who has agreed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approved_by: BTreeSet<CompactString>,
    /// Its fence, while and after its target was its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
    /// The list that is worked through.
    pub part: Part,
    /// The step that is under way, or was last.
    #[serde(default)]
    pub step: u16,
    /// The key of the assignment that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<EffectId>,
    /// Since when the check that is under way sees what it wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_since: Option<DateTime<Utc>>,
    /// Somebody asked it to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_asked: Option<CompactString>,
    /// Why it is being taken back, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_why: Option<String>,
    /// What became of each step that was reached, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Reached>,
    /// What steps gave, as later steps call it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, String>,
    /// Why it ended as it did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Its list.
    pub part: Part,
    /// Its place in the list.
    pub step: u16,
    /// When it began, last.
    pub began_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// How often it was tried.
    pub tries: u8,
    /// How it stands.
    pub mark: Mark,
    /// What is known of it, in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub word: String,
    /// Its last lines, where it failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tail: String,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It is under way.
    Running,
    /// It was done.
    Done,
    /// It failed.
    Failed,
    /// It was left out.
    Skipped,
    /// Nobody knows.
    Unknown,
}

impl Run {
    /// The number that people know it by.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.request.number
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over(_))
    }

    /// A run that was asked for just now; none for any other fact.
    #[must_use]
    pub fn begin(fact: &Fact, at: DateTime<Utc>) -> Option<Self> {
        let Fact::RunRequested { request } = fact else { return None };
        Some(Self {
            request: Arc::new((**request).clone()),
            phase: Phase::Requested,
            asked_at: at,
            started_at: None,
            ended_at: None,
            asking_until: None,
            approved_by: BTreeSet::new(),
            fence: None,
            part: Part::Steps,
            step: 0,
            key: None,
            good_since: None,
            stop_asked: None,
            undo_why: None,
            steps: Vec::new(),
            outputs: BTreeMap::new(),
            why: String::new(),
        })
    }

    /// Applies one fact.
    pub fn evolve(&mut self, fact: &Fact, at: DateTime<Utc>) {
        match fact {
            Fact::RunRequested { .. } => {}
            Fact::ApprovalAsked { until } => {
                self.phase = Phase::Asking;
                self.asking_until = Some(*until);
            }
            Fact::Approved { by, .. } => {
                self.approved_by.insert(by.clone());
            }
            Fact::Denied { .. } => {}
            Fact::RunStarted { fence } => {
                self.phase = Phase::Running;
                self.fence = Some(*fence);
                self.started_at.get_or_insert(at);
            }
            Fact::StepStarted { part, step, key } => self.step_started((*part, *step), *key, at),
            Fact::StepSkipped { part, step } => {
                self.reach((*part, *step), at);
                self.mark(Mark::Skipped, String::new(), at);
            }
            Fact::StepAccepted { .. } => {}
            Fact::StepDoubted { why, .. } => self.say(why.clone()),
            Fact::StepDone { part, step, summary, outputs } => {
                self.mark(Mark::Done, summary.clone(), at);
                self.key = None;
                self.take((*part, *step), outputs);
            }
            Fact::StepFailed { why, tail, .. } => {
                self.mark(Mark::Failed, why.clone(), at);
                self.key = None;
                if let Some(last) = self.steps.last_mut() {
                    last.tail.clone_from(tail);
                }
            }
            Fact::StepOutcomeUnknown { why, .. } => {
                self.phase = Phase::Stuck;
                self.mark(Mark::Unknown, why.clone(), at);
            }
            Fact::CheckTurned { is_good, seen, .. } => {
                self.good_since = is_good.then_some(at);
                self.say(seen.clone());
            }
            Fact::UndoStarted { why, .. } => {
                self.part = Part::Undo;
                // Its target was let go when it ended.
                self.phase = if self.is_over() { Phase::Claiming } else { Phase::Running };
                self.undo_why = Some(why.clone());
                self.ended_at = None;
            }
            Fact::StopAsked { by } => self.stop_asked = Some(by.clone()),
            Fact::Continued { .. } => self.phase = Phase::Running,
            Fact::RunEnded { how, why } => {
                self.phase = Phase::Over(*how);
                self.ended_at = Some(at);
                self.why.clone_from(why);
                self.key = None;
            }
        }
    }

    fn step_started(&mut self, place: (Part, u16), key: Option<EffectId>, at: DateTime<Utc>) {
        self.reach(place, at);
        self.key = key;
        self.good_since = None;
        self.phase = Phase::Running;
    }

    /// Begins a step, or begins it again.
    fn reach(&mut self, (part, step): (Part, u16), at: DateTime<Utc>) {
        (self.part, self.step) = (part, step);
        let again = self.steps.last_mut().filter(|last| (last.part, last.step) == (part, step));
        if let Some(last) = again {
            last.tries = last.tries.saturating_add(1);
            (last.mark, last.began_at, last.ended_at) = (Mark::Running, at, None);
            return;
        }
        self.steps.push(Reached {
            part,
            step,
            began_at: at,
            ended_at: None,
            tries: 1,
            mark: Mark::Running,
            word: String::new(),
            tail: String::new(),
        });
    }

    fn mark(&mut self, mark: Mark, word: String, at: DateTime<Utc>) {
        if let Some(last) = self.steps.last_mut() {
            (last.mark, last.word, last.ended_at) = (mark, word, Some(at));
        }
    }

    fn say(&mut self, word: String) {
        if let Some(last) = self.steps.last_mut() {
            last.word = word;
        }
    }

    fn take(&mut self, (part, step): (Part, u16), outputs: &BTreeMap<CompactString, String>) {
        let plan = self.request.plan.clone();
        let Some(planned) = plan.part(part).get(usize::from(step)) else { return };
        for (name, value) in outputs {
            self.outputs.insert(format!("steps.{}.{name}", planned.name), value.clone());
        }
    }
}
