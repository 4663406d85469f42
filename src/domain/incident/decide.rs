//! What an incident does about an input: the decision, as a value.
//!
//! It refuses to act: effects and timers are rows for the brain, written with the events.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::effect::{Effect, Timer};
use super::event::{Event, HeldBy, Stored};
use super::input::Input;
use super::policy::Policy;
use super::state::{Incident, Phase};
use super::{course, joining, outcome, reports};
use crate::domain::alert::Alert;
use crate::domain::ids::{CaseId, Fingerprint, GroupKey, Number};
use crate::domain::oncall::Roster;
use crate::domain::run;

/// What holds for all incidents: from the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long an alert lives after its last report, where its source has to repeat itself.
    pub resolve_timeout: TimeDelta,
    /// How often held alerts are looked at again.
    pub reconsider_every: TimeDelta,
    /// The window in which changes between firing and resolved are counted.
    pub flap_window: TimeDelta,
    /// So many changes inside the window make an alert flap.
    pub flap_high: u32,
    /// With no more changes than this inside the window it has calmed.
    pub flap_low: u32,
    /// How long a moment's changes wait to become one edit of the card.
    pub card_delay: TimeDelta,
    /// How long a closed incident is kept.
    pub keep_closed: TimeDelta,
    /// How long a quiet case without firing alerts is kept.
    pub keep_quiet: TimeDelta,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resolve_timeout: TimeDelta::minutes(5),
            reconsider_every: TimeDelta::minutes(1),
            flap_window: TimeDelta::minutes(30),
            flap_high: 6,
            flap_low: 2,
            card_delay: TimeDelta::seconds(1),
            keep_closed: TimeDelta::days(90),
            keep_quiet: TimeDelta::days(1),
        }
    }
}

impl Settings {
    /// How long an alert outlives its source's word. A word that is kept is written once in so long
    /// at most, so that what is stored may be so much older than what the source said last.
    #[must_use]
    pub fn grace(&self) -> TimeDelta {
        self.resolve_timeout / 2
    }
}

/// What surrounds a decision.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The time of the decision.
    pub now: DateTime<Utc>,
    /// The case that decides; its id goes into what it tells others.
    pub case: CaseId,
    /// Its group, for a case that begins.
    pub group: &'a GroupKey,
    /// What holds for all incidents.
    pub settings: &'a Settings,
    /// Who is on call and how people are reached, at this time.
    pub roster: &'a Roster,
    /// The answer to [`Verdict::NeedsOpening`], when this is the second try.
    pub opening: Option<&'a Opening>,
}

/// What the engine found out about opening an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// It may open.
    Granted { number: Number, policy: Arc<Policy> },
    /// It may open, inside this storm: the umbrella speaks for it.
    InStorm { number: Number, policy: Arc<Policy>, umbrella: CaseId },
    /// A throttle holds it back.
    Throttled { limit: CompactString, until: DateTime<Utc> },
    /// No rule wants it any more: the alerts are held as unrouted.
    NoRule,
}

/// The answer to an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This is to be done.
    Decided(Decision),
    /// An incident wants to open because of this alert: ask again with a [`Context::opening`].
    NeedsOpening(Arc<Alert>),
    /// This case is over for good: the reports belong to a new case of their group.
    Superseded,
}

/// Everything that one input changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The state afterwards: the head, and the members that were looked at.
    pub state: Incident,
    /// The new facts, numbered.
    pub events: Vec<Stored>,
    /// Members whose rows changed.
    pub touched: Vec<Fingerprint>,
    /// Orders to the outside.
    pub effects: Vec<Effect>,
    /// Waits to set or cancel.
    pub timers: Vec<SetTimer>,
    /// Why, for each sighting or for the input as a whole.
    pub reasons: Vec<(Option<Fingerprint>, Reason)>,
    /// The case has been over for long enough: delete every row of it.
    pub forget: bool,
}

impl Decision {
    /// Whether there is anything to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.effects.is_empty() && self.timers.is_empty() && !self.forget
    }
}

/// One change of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetTimer {
    /// Which.
    pub timer: Timer,
    /// To what.
    pub to: TimerSet,
}

/// How a timer changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerSet {
    /// It rings at this time, whatever was set before.
    At(DateTime<Utc>),
    /// It rings at this time at the latest: an earlier setting stays.
    NoLaterThan(DateTime<Utc>),
    /// It does not ring.
    Cancel,
}

/// Why something was decided, or nothing was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The alert fires now.
    Fired,
    /// The alert is held back.
    Held(HeldBy),
    /// What held it back has gone.
    Released,
    /// It is still firing; its expiry was moved.
    Kept,
    /// It is still firing; nothing to write.
    AlreadyFiring,
    /// It has new annotations.
    Changed,
    /// It ended.
    Resolved,
    /// It had ended before.
    AlreadyResolved,
    /// Its end came before its beginning; remembered.
    EndedBeforeFiring,
    /// This firing is not newer than an end that was already reported.
    OlderThanItsEnd,
    /// This end belongs to an earlier firing.
    EndOfEarlierFiring,
    /// It went stale.
    WentStale,
    /// It changes too often.
    Flapping,
    /// The incident opened.
    Opened,
    /// A throttle held the opening back.
    Throttled,
    /// The input was applied.
    Applied,
    /// The input does not fit the phase; nothing changed.
    NotNow(Phase),
    /// The input was applied before; nothing changed.
    Already,
    /// What the run that this case is makes of it.
    Run(run::Answer),
}

/// A decision in the making: the state evolves with each event, so that later sightings of one
/// delivery see the earlier ones.
pub(super) struct Draft<'a> {
    pub(super) context: Context<'a>,
    pub(super) decision: Decision,
    /// The last alert seen firing with nothing holding it back: what an opening is about.
    pub(super) trigger: Option<Arc<Alert>>,
    /// How many members fired before this input.
    pub(super) fired_before: u32,
}

impl<'a> Draft<'a> {
    fn new(state: Option<&Incident>, context: Context<'a>) -> Self {
        let state = state.cloned();
        let is_new = state.is_none();
        let state = state.unwrap_or_else(|| Incident::begin(context.group.clone(), context.now));
        let fired_before = state.head.counts.firing;
        let mut draft = Self {
            context,
            decision: Decision {
                state,
                events: Vec::new(),
                touched: Vec::new(),
                effects: Vec::new(),
                timers: Vec::new(),
                reasons: Vec::new(),
                forget: false,
            },
            trigger: None,
            fired_before,
        };
        if is_new {
            draft.emit(Event::CaseBegan { group: context.group.clone() });
        }
        draft
    }

    pub(super) fn state(&self) -> &Incident {
        &self.decision.state
    }

    /// The number of this decision's first event, which its effects are named after.
    pub(super) fn first_event(&self) -> u64 {
        let first = self.decision.events.first().map(|stored| stored.number);
        first.unwrap_or(self.decision.state.head.version + 1)
    }

    pub(super) fn emit(&mut self, event: Event) {
        let number = self.decision.state.head.version + 1;
        let stored = Stored { number, at: self.context.now, event };
        self.decision.state.evolve(&stored);
        self.decision.events.push(stored);
    }

    /// A fact about one member.
    pub(super) fn emit_on(&mut self, fingerprint: Fingerprint, event: Event) {
        self.emit(event);
        if self.decision.touched.last() != Some(&fingerprint) {
            self.decision.touched.push(fingerprint);
        }
    }

    pub(super) fn order(&mut self, effect: Effect) {
        self.decision.effects.push(effect);
    }

    pub(super) fn set(&mut self, timer: Timer, to: TimerSet) {
        self.decision
            .timers
            .retain(|set| set.timer != timer || matches!(to, TimerSet::NoLaterThan(_)));
        self.decision.timers.push(SetTimer { timer, to });
    }

    pub(super) fn after(&mut self, timer: Timer, wait: TimeDelta) {
        self.set(timer, TimerSet::At(self.context.now + wait));
    }

    pub(super) fn because(&mut self, reason: Reason) {
        self.decision.reasons.push((None, reason));
    }

    /// The card shows something old: edit it soon. Nobody edits a card in a room that is closed.
    pub(super) fn refresh_card(&mut self) {
        if matches!(self.state().head.phase, Phase::Closed | Phase::Merged) {
            return;
        }
        let due = self.context.now + self.context.settings.card_delay;
        self.set(Timer::Card, TimerSet::NoLaterThan(due));
    }
}

/// Decides what one input means for a case. `state` is `None` for a case that does not exist yet.
///
/// The state must hold the members that the input concerns: those of its sightings; all of them
/// for the timers [`Timer::Expiry`], [`Timer::Calm`] and [`Timer::Forget`].
#[must_use]
pub fn decide(state: Option<&Incident>, input: &Input, context: Context<'_>) -> Verdict {
    if is_superseded(state, input, &context) {
        return Verdict::Superseded;
    }
    let mut draft = Draft::new(state, context);
    match input {
        Input::Reported { sightings } => reports::reported(&mut draft, sightings),
        Input::Reconsidered { sightings } => reports::reconsidered(&mut draft, sightings),
        Input::Moved { fingerprints } => reports::moved(&mut draft, fingerprints),
        Input::Due { timer } => outcome::due(&mut draft, *timer),
        Input::Ended { effect, outcome } => outcome::ended(&mut draft, effect, outcome),
        Input::Asked { by, command } => outcome::asked(&mut draft, by, command),
        Input::StormBegan { number, policy } => {
            joining::open_umbrella(&mut draft, *number, policy);
        }
        Input::ChildJoins { child, number, title } => {
            joining::child_joins(&mut draft, *child, *number, title);
        }
        Input::ChildLeaves { child } => joining::child_leaves(&mut draft, *child),
        Input::ParentResolved {} => joining::parent_resolved(&mut draft),
        Input::RunTold { run, number, word } => super::run::told(&mut draft, (*run, *number), word),
        Input::Run { heard } => super::run::hear(&mut draft, heard),
    }
    if draft.state().head.run.is_some() {
        return Verdict::Decided(draft.decision);
    }
    match course::conclude(&mut draft) {
        Some(alert) => Verdict::NeedsOpening(alert),
        None => Verdict::Decided(draft.decision),
    }
}

/// Whether the case is closed, its re-open window is over, and something comes to life: what is held
/// now would be let go in an incident that is over.
fn is_superseded(state: Option<&Incident>, input: &Input, context: &Context<'_>) -> bool {
    let Some(state) = state else { return false };
    let head = &state.head;
    let (Phase::Closed, Some(resolved_at), Some(policy)) =
        (head.phase, head.resolved_at, &head.policy)
    else {
        return false;
    };
    match input {
        Input::StormBegan { .. } => true,
        Input::Reported { sightings } | Input::Reconsidered { sightings } => {
            // A joined incident does not come back by itself: what spoke for it is over.
            let is_over =
                head.parent.is_some() || context.now - resolved_at > policy.timing.reopen_within;
            is_over && sightings.iter().any(|sighting| reports::lives_anew(state, sighting))
        }
        Input::Moved { .. }
        | Input::Due { .. }
        | Input::Ended { .. }
        | Input::Asked { .. }
        | Input::ChildJoins { .. }
        | Input::ChildLeaves { .. }
        | Input::ParentResolved {}
        | Input::RunTold { .. }
        | Input::Run { .. } => false,
    }
}
