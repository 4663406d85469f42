//! Reads happenings from what is written into the brain.

use std::sync::Arc;

use compact_str::CompactString;

use super::record::{Alert, Happening, Record, Why};
use super::stand_ins::Gauges;
use crate::brain::{Commit, Document, Kind, Witness};
use crate::domain::ids::Number;
use crate::domain::incident::{Effect, Event, Head, RunMode};
use crate::domain::noise::silence::Silence;
use crate::domain::room::{Author, Entry};
use crate::domain::run::{Fact, Mode, Request, Work};
use crate::domain::runbook::Values;
use crate::engine::clock::Clock;

/// What stands before a room's name in the name of its log.
const ROOM: &str = "room/";
/// What the ids of typed lines and their answers begin with: those are noted where they are typed.
const SAID: &str = "say/";

/// Sees every commit of a rehearsal.
#[derive(Debug)]
pub(super) struct Eyes {
    pub(super) record: Arc<Record>,
    pub(super) gauges: Arc<Gauges>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Witness for Eyes {
    fn committed(&self, commit: &Commit) {
        for stored in &commit.events {
            if let Event::Run { fact: Fact::RunRequested { request } } = &stored.event
                && let Some((query, is)) = &request.plan.healthy
            {
                self.gauges.know(query.fill(&Values::new()).unwrap_or_default(), *is);
            }
            if let Some(what) = happening(&commit.head, &stored.event) {
                self.record.note(stored.at, what);
            }
        }
        for (_, effect) in &commit.effects {
            match (effect, commit.head.number) {
                (Effect::Graph { query, .. }, Some(number)) => {
                    let query = query.clone();
                    self.record.note(commit.now, Happening::Graph { number, query });
                }
                (Effect::Work { work: Work::Look { watch, .. } }, _) => {
                    self.gauges.know(watch.query.clone(), watch.is)
                }
                _ => {}
            }
        }
    }

    fn put(&self, kind: Kind, document: &Document) {
        if kind != Kind::Silence {
            return;
        }
        let now = self.clock.now();
        let silence = serde_json::from_value::<Silence>(document.body.clone()).ok();
        if let Some(silence) = silence.filter(|silence| silence.ends_at > now) {
            let (id, comment, until) = (silence.id, silence.comment, silence.ends_at);
            self.record.note(now, Happening::Silenced { id, comment, until });
        }
    }

    fn appended(&self, log: &str, body: &[u8]) {
        let Some(room) = log.strip_prefix(ROOM) else { return };
        let Ok(entry) = serde_json::from_slice::<Entry>(body) else { return };
        if entry.by == Author::Warroom && !entry.id.starts_with(SAID) {
            let (room, is_edit) = (CompactString::from(room), entry.slot.is_some());
            let what = Happening::Post { room, text: entry.post.text, is_edit };
            self.record.note(self.clock.now(), what);
        }
    }
}

fn happening(head: &Head, event: &Event) -> Option<Happening> {
    if let Event::Run { fact } = event {
        return run_happening(head, fact);
    }
    let rule = || head.policy.as_ref().map(|policy| policy.rule.clone());
    Some(match event {
        Event::IncidentOpened { number, policy, parent } => {
            if parent.is_some() {
                let rule = Some(policy.rule.clone());
                return Some(Happening::Held { alert: None, rule, why: Why::Storm });
            }
            let (rule, title) = (policy.rule.clone(), policy.title.clone());
            let severity = policy.severity.clone();
            Happening::Opened { number: *number, rule, title, severity }
        }
        Event::AlertHeld { fingerprint, alert, by, .. } => {
            let alert = Some(Alert { fingerprint: *fingerprint, alert: alert.clone() });
            Happening::Held { alert, rule: rule(), why: Why::Held(by.clone()) }
        }
        Event::OpeningThrottled { limit, until } => {
            let why = Why::Throttle { limit: limit.clone(), until: *until };
            Happening::Held { alert: None, rule: rule(), why }
        }
        Event::FlappingStarted { .. } => {
            Happening::Held { alert: None, rule: rule(), why: Why::Flapping }
        }
        Event::EffectFailed { effect, why } => {
            Happening::Failed { effect: effect.clone(), why: why.clone() }
        }
        Event::PageFailed { why, .. } => failed("page", why),
        Event::RoomFailed { why } => failed("open_room", why),
        Event::TicketFailed { why } => failed("open_ticket", why),
        Event::RunRefused { why } | Event::RunOutcomeUnknown { why } => failed("start_run", why),
        Event::Escalated { step } => {
            let policy = head.policy.as_ref().and_then(|policy| policy.page.clone())?;
            Happening::Escalated { number: head.number?, policy, step: *step }
        }
        other => return phase_happening(head.number?, other),
    })
}

fn phase_happening(number: Number, event: &Event) -> Option<Happening> {
    match event {
        Event::IncidentReopened {} => Some(Happening::Reopened { number }),
        Event::IncidentAcknowledged { by } => {
            Some(Happening::Acknowledged { number, by: by.clone() })
        }
        Event::IncidentResolved { cause } => {
            Some(Happening::Resolved { number, cause: cause.clone() })
        }
        Event::IncidentClosed {} => Some(Happening::Closed { number }),
        _ => None,
    }
}

fn failed(effect: &str, why: &str) -> Happening {
    Happening::Failed { effect: effect.into(), why: why.to_owned() }
}

fn run_happening(head: &Head, fact: &Fact) -> Option<Happening> {
    if let Fact::RunRequested { request } = fact {
        return Some(requested(request));
    }
    let request = &head.run.as_ref()?.request;
    let (run, runbook) = (request.number, request.plan.runbook.clone());
    match fact {
        Fact::ApprovalAsked { until } => Some(Happening::Asked { run, runbook, until: *until }),
        Fact::Approved { by, .. } => Some(Happening::Approved { run, runbook, by: by.clone() }),
        Fact::RunStarted { .. } => Some(Happening::Started { run, runbook }),
        Fact::RunEnded { how, why } => {
            Some(Happening::Ended { run, runbook, how: *how, why: why.clone() })
        }
        _ => None,
    }
}

fn requested(request: &Request) -> Happening {
    Happening::Run {
        run: request.number,
        number: request.incident.map(|patient| patient.number),
        runbook: request.plan.runbook.clone(),
        mode: match request.mode {
            Mode::Watch => RunMode::Watch,
            Mode::Suggest => RunMode::Suggest,
            Mode::Approve => RunMode::Approve,
            Mode::Auto => RunMode::Auto,
        },
        parameters: request.plan.params.clone(),
    }
}
