//! How a run begins: a number, and a case of its own.
//!
//! The number is the place of an entry in the log of all runs, which is written once for each
//! request: whoever asks again with the same key finds the same run.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};

use crate::adapters::failure::Failure;
use crate::brain::{At, Error, Rows};
use crate::domain::alert::Labels;
use crate::domain::ids::{CaseId, GroupKey};
use crate::domain::incident::{Effect, Input, Receipt, RunMode};
use crate::domain::messages;
use crate::domain::run::{self, Mode, Patient, Plan, Policy, Request, Wish};
use crate::domain::runbook::Values;
use crate::domain::trail::{Record, Verdict};
use crate::engine::Engine;
use crate::engine::handle::{Handled, Job};
use crate::engine::outside::Order;
use crate::engine::queries::away;
use crate::engine::views::Refusal;

/// The log of all runs: each entry names the group of a run, and its number is the run's.
pub(super) const LOG: CompactString = CompactString::const_new("runs");

/// A run that somebody asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The same request again has the same key.
    pub key: CompactString,
    /// The runbook.
    pub runbook: CompactString,
    /// What was typed, by parameter.
    pub typed: Values,
    /// Where, for a change of what runs.
    pub environment: Option<CompactString>,
    /// The labels of the incident. Untrusted.
    pub labels: Labels,
    /// Who asks: a person, or a rule.
    pub by: CompactString,
    /// How far it may go by itself; none: as far as the runbook lets a person's request go.
    pub mode: Option<Mode>,
    /// A person with a second factor agrees first, whatever its runbook says.
    pub critical: bool,
    /// The incident that it is to mend.
    pub incident: Option<Patient>,
    /// The room where it was asked for.
    pub room: Option<CompactString>,
}

impl Engine {
    /// Begins a run, or finds the one of the same request. Gives its number.
    ///
    /// # Errors
    /// When there is no such runbook, a parameter does not fit, or the brain is away.
    pub async fn begin_run(self: &Arc<Self>, wanted: Wanted) -> Result<u64, Refusal> {
        if self.equipment.load().executors.is_none() {
            let why = "nothing was run: there is no executor here that could carry it out";
            return Err(Refusal::Conflict(why.to_owned()));
        }
        let plan = self.plan_of(&wanted)?;
        let freeze = self.frozen(&plan).await.map_err(away)?;
        let plan = match &freeze {
            Some(freeze) if freeze.policy == Policy::Approve => plan.frozen(),
            Some(_) | None => plan,
        };
        let group = group_of(&wanted.key);
        let body = group.0.as_bytes().to_vec();
        let number = self.brain.append(LOG, wanted.key.clone(), body).await.map_err(away)?;
        let is_rule = wanted.mode.is_some();
        let asked = if plan.approve.is_some() { Mode::Approve } else { Mode::Auto };
        let request = Request {
            number,
            by: wanted.by,
            is_rule,
            mode: match wanted.mode.unwrap_or(asked) {
                Mode::Auto if plan.always_asks() => Mode::Approve,
                mode => mode,
            },
            hash: plan.hash(),
            plan: Arc::new(plan),
            incident: wanted.incident,
            room: wanted.room,
        };
        let heard = run::Input::Requested { request: Box::new(request) };
        self.handle(on(At::Group(group.clone()), heard)).await.map_err(away)?;
        if let Some(freeze) = freeze.filter(|freeze| freeze.policy == Policy::Refuse) {
            let heard = run::Input::Held { why: messages::freeze::refused(&freeze) };
            self.handle(on(At::Group(group), heard)).await.map_err(away)?;
        }
        Ok(number)
    }

    /// What a request would do, with every place filled.
    ///
    /// # Errors
    /// When there is no such runbook, or a parameter does not fit.
    pub fn plan_of(&self, wanted: &Wanted) -> Result<Plan, Refusal> {
        let known = self.equipment.load();
        let Some(runbook) = known.book.get(&wanted.runbook) else {
            let name = &wanted.runbook;
            return Err(Refusal::NotFound(format!("there is no runbook {name:?}")));
        };
        let environment = wanted.environment.as_deref();
        let wish = Wish { typed: &wanted.typed, labels: &wanted.labels, environment };
        let plan = Plan::make(runbook, wish);
        let plan = plan.map_err(|why| Refusal::Invalid(format!("nothing was run: {why}")))?;
        Ok(if wanted.critical { plan.critical() } else { plan })
    }

    /// Begins the run that an incident's rule asks for.
    pub(in crate::engine) async fn begin_for_incident(
        self: &Arc<Self>,
        order: Order,
    ) -> Result<Receipt, Failure> {
        let Effect::StartRun { number, runbook, mode, labels, critical } = order.effect else {
            return Err(Failure::missing("this order starts no run"));
        };
        let wanted = Wanted {
            key: format_compact!("{}", order.id),
            by: format_compact!("the rule of incident {number}"),
            runbook,
            typed: Values::new(),
            environment: None,
            labels,
            mode: Some(mode_of(mode)),
            critical,
            incident: Some(Patient { case: order.id.case, number }),
            room: None,
        };
        self.note_wish(order.id.case, &wanted).await.map_err(|error| Failure::Retry {
            why: format!("the run cannot be written into the audit log: {error}"),
            after: None,
        })?;
        match self.begin_run(wanted).await {
            Ok(run) => Ok(Receipt { id: format_compact!("{run}"), at: None }),
            Err(Refusal::Unavailable(why)) => Err(Failure::Retry { why, after: None }),
            Err(refusal) => Err(Failure::Refused { why: refusal.to_string() }),
        }
    }

    /// Writes down what a rule asks for, once however often it is tried.
    async fn note_wish(&self, case: CaseId, wanted: &Wanted) -> Result<(), Error> {
        let loaded = self.brain.load(vec![(At::Case(case), Rows::Some(Vec::new()))]).await?;
        let policy = loaded.into_iter().flatten().find_map(|it| it.incident.head.policy.clone());
        let rule = policy.map(|policy| policy.rule.clone());
        let by = rule.as_ref().map(|it| format!("{}:{}", it.file, it.line)).unwrap_or_default();
        let who = rule.map_or_else(|| wanted.by.clone(), |it| format_compact!("rule {}", it.name));
        let mode = wanted.mode.map_or("", Mode::word);
        let record = Record {
            who,
            resource: wanted.runbook.clone(),
            line: format!("run {} mode={mode}", wanted.runbook),
            verdict: Verdict::Allowed,
            by,
            incident: wanted.incident.map(|patient| patient.number.0),
            key: wanted.key.clone(),
            ..Record::by_itself("rule", "run")
        };
        self.trail().write(record).await.map(drop)
    }

    /// The case of a run, by its number.
    pub(super) async fn case_of_run(
        &self,
        number: u64,
    ) -> Result<(CaseId, Arc<run::Run>), Refusal> {
        let gone = || Refusal::NotFound(format!("there is no run {number}"));
        let logged = self.brain.read(LOG, number, 1).await.map_err(away)?;
        let logged = logged.into_iter().next().filter(|it| it.number == number).ok_or_else(gone)?;
        let group = GroupKey(String::from_utf8_lossy(&logged.body).into_owned().into());
        let question = (At::Group(group), Rows::Some(Vec::new()));
        let loaded = self.brain.load(vec![question]).await.map_err(away)?.pop().flatten();
        let loaded = loaded.ok_or_else(gone)?;
        let run = loaded.incident.head.run.clone().ok_or_else(gone)?;
        Ok((loaded.case, run))
    }

    /// Hands something that happened to a run.
    pub(super) async fn tell_run(
        self: &Arc<Self>,
        case: CaseId,
        heard: run::Input,
    ) -> Result<Handled, Refusal> {
        self.handle(on(At::Case(case), heard)).await.map_err(away)
    }
}

pub(super) fn on(at: At, heard: run::Input) -> Job {
    let input = Input::Run { heard };
    let rows = Rows::Some(Vec::new());
    Job { at, rows, input, settles: None, begins_anew: false, over: Vec::new() }
}

/// One group for each request: a run has no case before it, and none after it.
fn group_of(key: &str) -> GroupKey {
    GroupKey(format_compact!("~run/{key}"))
}

fn mode_of(mode: RunMode) -> Mode {
    match mode {
        RunMode::Watch => Mode::Watch,
        RunMode::Suggest => Mode::Suggest,
        RunMode::Approve => Mode::Approve,
        RunMode::Auto => Mode::Auto,
    }
}
