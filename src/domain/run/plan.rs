//! What a run is going to do: a runbook with every place filled that can be.
//!
//! A plan is what people approve and what executors are held to, by its hash. It refuses to change:
//! a runbook that is edited later changes no run.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::order::PlanHash;
use crate::domain::alert::Labels;
use crate::domain::duration;
use crate::domain::runbook::{
    Action, Approve, Blank, Blanks, Is, Runbook, Step, Text, Undo, Values, Verb, When,
};

/// Loops unrolled, a run has no more steps than this: more do not fit one message.
const STEPS_MAX: usize = 200;

/// Everything that a run will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The runbook.
    pub runbook: CompactString,
    /// What it does, in one line.
    pub summary: String,
    /// What it works on: one run at a time.
    pub target: String,
    /// The change of what runs, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Changing>,
    /// The values that were filled in.
    pub params: Values,
    /// The remedy.
    pub steps: Vec<Planned>,
    /// What takes it back; none: nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Vec<Planned>>,
    /// How long after its end it may be taken back.
    #[serde(with = "duration::text")]
    pub undo_within: TimeDelta,
    /// Who must agree, where somebody must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<Approve>,
    /// It never starts by itself: a person with a second factor agrees first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    /// It was asked for in a freeze, for which one person more agrees than otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frozen: bool,
    /// What must hold of the fleet before it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy: Option<(Text, Is)>,
    /// So many runs on one target in such a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// The pause after a run on the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Pause>,
    /// How many of the fleet may be worked on at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u32>,
    /// The runbook to try when this one does not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<CompactString>,
}

/// A rate: so many in so long a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In which time.
    #[serde(with = "duration::text")]
    pub period: TimeDelta,
}

/// A pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pause(#[serde(with = "duration::text")] pub TimeDelta);

/// A change of what runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changing {
    /// `deploy` or `rollback`.
    pub verb: CompactString,
    /// The service, as people type it.
    pub service: CompactString,
    /// The service, as people call it.
    pub title: String,
    /// Where.
    pub environment: CompactString,
    /// Which version, where one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// What people see, and what later steps call it.
    pub name: CompactString,
    /// What it does.
    pub deed: Deed,
    /// When it has taken too long.
    #[serde(with = "duration::text")]
    pub timeout: TimeDelta,
    /// How often it is tried again when it failed.
    #[serde(default)]
    pub retries: u8,
    /// Doing it twice is as good as doing it once.
    #[serde(default)]
    pub is_repeatable: bool,
    /// It is left out unless this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// The executors that may carry it out; empty: any.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub executor: CompactString,
    /// What later steps may use, each with its pattern.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, String>,
}

/// What a planned step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub enum Deed {
    /// Has an executor do something. Places that are left take outputs of earlier steps.
    Call { kind: CompactString, with: Blanks },
    /// Waits.
    Wait {
        #[serde(with = "duration::text")]
        length: TimeDelta,
    },
    /// Looks whether it helped.
    Check {
        query: Text,
        is: Is,
        #[serde(with = "duration::text")]
        hold: TimeDelta,
        #[serde(with = "duration::text")]
        within: TimeDelta,
    },
    /// Asks the people in the room to go on.
    Ask { text: Text },
    /// Says something.
    Note { text: Text },
    /// Wakes whoever is on call for the incident.
    Page { text: Text },
}

/// What a plan is made from, beside its runbook.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// What a person typed, by name.
    pub typed: &'a Values,
    /// The labels of the incident. Data.
    pub labels: &'a Labels,
    /// Where, for a change of what runs.
    pub environment: Option<&'a str>,
}

impl Plan {
    /// The plan of a runbook.
    ///
    /// # Errors
    /// With what is missing or does not fit, in one line.
    pub fn make(runbook: &Runbook, wish: Wish<'_>) -> Result<Self, String> {
        let mut params = runbook.values(wish.typed, wish.labels)?;
        let change = changing(runbook, wish.environment, &params)?;
        if let Some(change) = &change {
            params.insert("environment".to_owned(), change.environment.to_string());
        }
        if let Some(environment) = params.get("environment") {
            runbook.in_environment(&params, environment)?;
        }
        let target = runbook.target.fill(&params)?;
        let undo = match &runbook.undo {
            Undo::Unknown | Undo::Irreversible => None,
            Undo::Steps(steps) => Some(unrolled(steps, &params)?),
        };
        let limits = &runbook.limits;
        let plan = Self {
            runbook: runbook.name.clone(),
            summary: runbook.summary.clone(),
            target,
            change,
            steps: unrolled(&runbook.steps, &params)?,
            undo,
            undo_within: runbook.undo_within,
            approve: runbook.approve.clone(),
            critical: false,
            frozen: false,
            healthy: limits.healthy.as_ref().map(|(query, is)| (query.with(&params), *is)),
            rate: limits.runs.map(|it| Rate { count: it.count, period: it.period }),
            cooldown: limits.cooldown.map(Pause),
            at_once: at_once(runbook),
            next: runbook.next.clone(),
            params,
        };
        Ok(if runbook.critical { plan.critical() } else { plan })
    }

    /// The same plan, which a person with a second factor must agree to.
    #[must_use]
    pub fn critical(self) -> Self {
        let approve = self.approve.unwrap_or_else(Approve::by_anybody);
        let approve = Some(Approve { second_factor: true, ..approve });
        Self { approve, critical: true, ..self }
    }

    /// The same plan, asked for in a freeze: one person more must agree to it.
    #[must_use]
    pub fn frozen(self) -> Self {
        let approve = match self.approve {
            Some(approve) => Approve { quorum: approve.quorum.saturating_add(1), ..approve },
            None => Approve::by_anybody(),
        };
        Self { approve: Some(approve), frozen: true, ..self }
    }

    /// Whether it never begins without people, whatever its rule says.
    #[must_use]
    pub fn always_asks(&self) -> bool {
        self.critical || self.frozen
    }

    /// The service that it works on, where it names one.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        let changed = self.change.as_ref().map(|change| change.service.as_str());
        changed.or_else(|| self.params.get("service").map(String::as_str))
    }

    /// The environment that it works in, where it names one.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        let changed = self.change.as_ref().map(|change| change.environment.as_str());
        changed.or_else(|| self.params.get("environment").map(String::as_str))
    }

    /// The hash of the plan's canonical JSON: its maps are sorted, its fields stand in one order.
    #[must_use]
    pub fn hash(&self) -> PlanHash {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let digest = Sha256::digest(&json);
        PlanHash(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
    }

    /// The steps of one part.
    #[must_use]
    pub fn part(&self, part: super::Part) -> &[Planned] {
        match part {
            super::Part::Steps => &self.steps,
            super::Part::Undo => self.undo.as_deref().unwrap_or_default(),
        }
    }

    /// The command that asks for the same again.
    #[must_use]
    pub fn command(&self) -> String {
        let mut command = format!("run {}", self.runbook);
        for (name, value) in self.params.iter().filter(|(name, _)| *name != "environment") {
            command.push_str(&format!(" {name}={value:?}"));
        }
        command
    }
}

/// The share of the fleet, in members: one may always be worked on.
fn at_once(runbook: &Runbook) -> Option<u32> {
    let share = runbook.limits.max_share?;
    let fleet = runbook.inventory.values().map(Vec::len).max()?;
    let fleet = u32::try_from(fleet).unwrap_or(u32::MAX);
    Some((fleet.saturating_mul(u32::from(share.0)) / 100).max(1))
}

fn changing(
    runbook: &Runbook,
    environment: Option<&str>,
    params: &Values,
) -> Result<Option<Changing>, String> {
    let Some(change) = &runbook.change else { return Ok(None) };
    let known = change.environments.join(", ");
    let wanted = environment.ok_or_else(|| format!("say where, one of: {known}"))?;
    if !change.environments.iter().any(|it| it == wanted) {
        return Err(format!("{} has no environment {wanted:?}, but: {known}", change.title));
    }
    let verb = match change.verb {
        Verb::Deploy => "deploy",
        Verb::Rollback => "rollback",
    };
    Ok(Some(Changing {
        verb: verb.into(),
        service: change.service.clone(),
        title: change.title.clone(),
        environment: wanted.into(),
        version: params.get("version").cloned(),
    }))
}

/// Loops become one step for each of their items, one after the other.
fn unrolled(steps: &[Step], params: &Values) -> Result<Vec<Planned>, String> {
    let mut planned = Vec::new();
    for step in steps {
        let Some(items) = &step.for_each else {
            planned.push(one(step, step.name.clone(), params));
            continue;
        };
        for item in items {
            let mut values = params.clone();
            values.insert("item".to_owned(), item.clone());
            planned.push(one(step, format!("{} {item}", step.name).into(), &values));
        }
    }
    if planned.len() > STEPS_MAX {
        return Err(format!("it has {} steps, {STEPS_MAX} at most are run", planned.len()));
    }
    Ok(planned)
}

fn one(step: &Step, name: CompactString, values: &Values) -> Planned {
    let deed = match &step.action {
        Action::Call { kind, with } => {
            let fill = |(name, blank): (&CompactString, &Blank)| (name.clone(), blank.with(values));
            Deed::Call { kind: kind.clone(), with: with.iter().map(fill).collect() }
        }
        Action::Wait(length) => Deed::Wait { length: *length },
        Action::Check(check) => Deed::Check {
            query: check.query.with(values),
            is: check.is,
            hold: check.hold,
            within: check.within,
        },
        Action::Ask(text) => Deed::Ask { text: text.with(values) },
        Action::Note(text) => Deed::Note { text: text.with(values) },
        Action::Page(text) => Deed::Page { text: text.with(values) },
    };
    let when = step.when.as_ref();
    Planned {
        name,
        deed,
        timeout: step.timeout,
        retries: step.retries,
        is_repeatable: step.is_repeatable,
        when: when.map(|when| When { value: when.value.with(values), is: when.is.clone() }),
        executor: step.executor.clone(),
        outputs: step
            .outputs
            .iter()
            .map(|(name, pattern)| (name.clone(), pattern.as_str().to_owned()))
            .collect(),
    }
}
