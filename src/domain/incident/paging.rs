//! Whom an incident wakes, and when: steps of its escalation, each person's ways, and what ends it.
//!
//! A step is resolved to people when it is paged, from the roster of that moment. One page to one
//! person by one way is one effect, so that what fails is tried again alone and the person's next way
//! follows by timer. The head knows when the next thing happens if nobody does anything:
//! [`super::Head::next_call_at`], which an auditor compares with the clock.

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::course::{say, tell_ops};
use super::decide::{Draft, Reason, TimerSet};
use super::effect::{Effect, PostKey, Target as Place, Timer};
use super::event::Event;
use super::policy::Policy;
use super::state::{CallState, Head, Phase, Planned};
use crate::domain::ids::Number;
use crate::domain::messages;
use crate::domain::oncall::{Call, Contact, Escalation, Missed, Resolved, Target};
use crate::domain::room::Post;

/// The shortest wait between two steps: less wakes everybody for what one person would have taken.
const WAIT_MIN: TimeDelta = TimeDelta::seconds(10);

/// How often it is looked whether a step is for this incident at this hour by now.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// A step may be for this incident now that was not before.
pub(super) fn severity_changed(draft: &mut Draft<'_>) {
    let head = draft.state().head.clone();
    if let (Phase::Triggered, 0, None, Some(number), Some(policy)) =
        (head.phase, head.step, head.parent, head.number, head.policy)
    {
        page_step(draft, number, &policy, 1);
    }
}

/// Pages one step of the escalation policy and sets the wait for an answer.
pub(super) fn page_step(draft: &mut Draft<'_>, number: Number, policy: &Policy, step: u16) {
    let Some(page) = &policy.page else { return };
    match &policy.escalation {
        Some(escalation) => page_resolved(draft, policy, escalation, step),
        None if step > policy.timing.escalate_steps => exhaust(draft),
        None => {
            draft.emit(Event::Escalated { step });
            order_page(draft, (number, page.clone()), step, None);
            set_timer(draft);
        }
    }
}

/// Pages the first step from this one on that wakes anybody now.
fn page_resolved(draft: &mut Draft<'_>, policy: &Policy, escalation: &Escalation, from: u16) {
    if from > escalation.steps_max() {
        return exhaust(draft);
    }
    let (now, severity) = (draft.context.now, draft.state().head.severity.clone());
    let count = u16::try_from(escalation.steps.len()).unwrap_or(u16::MAX);
    let mut missed = Vec::new();
    let mut first = None;
    for number in from..from.saturating_add(count) {
        let Some(step) = escalation.step(number) else { break };
        if !escalation.is_for(step, &severity, now) {
            continue;
        }
        let wait = step.after.unwrap_or(policy.timing.escalate_after).max(WAIT_MIN);
        let mut resolved = draft.context.roster.resolve(&step.page, &severity, now);
        missed.append(&mut resolved.missed);
        first.get_or_insert((number, wait));
        if !resolved.calls.is_empty() || !resolved.rooms.is_empty() {
            resolved.missed = missed;
            return begin_step(draft, number, wait, resolved);
        }
    }
    // Nobody who is named can be reached: whoever stands behind a pager hears of it. Where no step is
    // for such an incident at this hour, its author wanted nobody woken, until the hour changes.
    match first {
        Some((number, wait)) => {
            begin_step(draft, number, wait, Resolved { missed, ..Resolved::default() });
        }
        None if draft.state().head.step > 0 => exhaust(draft),
        None => {
            let is_first = draft.state().head.step_until.is_none();
            let wait = policy.timing.escalate_after.max(WAIT_MIN);
            let wait = if is_first { wait } else { wait.max(LOOK_AGAIN) };
            plan(draft, 0, wait, (Vec::new(), Vec::new()));
            set_timer(draft);
        }
    }
}

fn begin_step(draft: &mut Draft<'_>, step: u16, wait: TimeDelta, resolved: Resolved) {
    let Resolved { calls, rooms, missed } = resolved;
    let is_addressed = !calls.is_empty() || !rooms.is_empty();
    draft.emit(Event::Escalated { step });
    plan(draft, step, wait, (calls, missed));
    let Some(page) = named(&draft.state().head) else { return };
    for room in &rooms {
        let text = messages::page(&draft.state().head);
        let to = Place::Named(room.to_string());
        draft.order(Effect::Post { to, key: PostKey::Line, post: Post::text(text) });
    }
    if is_addressed {
        order_due(draft)
    } else {
        order_page(draft, page, step, None)
    }
    set_timer(draft);
}

fn plan(
    draft: &mut Draft<'_>,
    step: u16,
    wait: TimeDelta,
    (calls, missed): (Vec<Call>, Vec<Missed>),
) {
    let now = draft.context.now;
    let calls = planned(calls, now);
    draft.emit(Event::StepResolved { step, until: now + wait, calls, missed });
}

fn planned(calls: Vec<Call>, now: DateTime<Utc>) -> Vec<Planned> {
    let plan = |call: Call| Planned {
        contact: call.contact,
        due: now + call.after,
        state: CallState::Waiting,
    };
    calls.into_iter().map(plan).collect()
}

/// Orders every call that is due.
fn order_due(draft: &mut Draft<'_>) {
    let (now, step) = (draft.context.now, draft.state().head.step);
    let Some(page) = named(&draft.state().head) else { return };
    let is_due = |call: &&Planned| call.state == CallState::Waiting && call.due <= now;
    let due: Vec<Contact> =
        draft.state().head.calls.iter().filter(is_due).map(|call| call.contact.clone()).collect();
    for contact in due {
        draft.emit(Event::PersonPaged { contact: contact.clone() });
        order_page(draft, page.clone(), step, Some(contact));
    }
}

fn order_page(
    draft: &mut Draft<'_>,
    (number, policy): (Number, CompactString),
    step: u16,
    to: Option<Contact>,
) {
    let head = &draft.state().head;
    let (severity, text) = (head.severity.clone(), messages::page(head));
    draft.order(Effect::Page { number, policy, step, severity, text, to });
}

/// What pages carry: the number, and the policy or, where people were called by name, none.
fn named(head: &Head) -> Option<(Number, CompactString)> {
    let page = head.policy.as_ref()?.page.clone();
    Some((head.number?, page.unwrap_or_default()))
}

fn set_timer(draft: &mut Draft<'_>) {
    let to = draft.state().head.next_call_at().map_or(TimerSet::Cancel, TimerSet::At);
    draft.set(Timer::Escalate, to);
}

/// The next thing is due: a person's next way, the next step, or the end of an acknowledgement.
pub(super) fn ring(draft: &mut Draft<'_>) {
    let head = draft.state().head.clone();
    let (true, Some(number), Some(policy)) = (head.is_open(), head.number, head.policy.clone())
    else {
        return;
    };
    if head.counts.firing == 0 {
        // Held or stale: nobody is woken, and the next look comes later.
        if head.next_call_at().is_some() {
            draft.after(Timer::Escalate, policy.timing.escalate_after.max(WAIT_MIN));
        }
        return;
    }
    order_due(draft);
    let is_over = head.step_until.is_some_and(|until| until <= draft.context.now);
    match head.phase {
        Phase::Triggered if is_over => page_step(draft, number, &policy, head.step + 1),
        Phase::Acknowledged if is_over => go_stale(draft, number, &policy),
        Phase::Triggered
        | Phase::Acknowledged
        | Phase::Quiet
        | Phase::Resolved
        | Phase::Closed
        | Phase::Merged => set_timer(draft),
    }
}

/// Whoever took it has not ended it, nor said again that they have it: those who were paged last are
/// paged again.
fn go_stale(draft: &mut Draft<'_>, number: Number, policy: &Policy) {
    let head = &draft.state().head;
    let (by, step) = (head.acknowledged_by.clone().unwrap_or_default(), head.step.max(1));
    draft.emit(Event::AcknowledgementWentStale { by: by.clone() });
    draft.refresh_card();
    say(draft, messages::acknowledgement_stale(&by));
    page_step(draft, number, policy, step);
}

fn exhaust(draft: &mut Draft<'_>) {
    let head = draft.state().head.clone();
    if head.exhausted {
        return set_timer(draft);
    }
    draft.emit(Event::EscalationExhausted {});
    let text = messages::exhausted(&head);
    say(draft, text.clone());
    tell_ops(draft, text.clone());
    let escalation = head.policy.as_ref().and_then(|policy| policy.escalation.as_ref());
    if let (Some(escalation), Some((number, policy))) = (escalation, named(&head)) {
        for contact in draft.context.roster.everybody(escalation, draft.context.now) {
            draft.emit(Event::PersonPaged { contact: contact.clone() });
            let (policy, text) = (policy.clone(), text.clone());
            let (step, severity) = (head.step, head.severity.clone());
            draft.order(Effect::Page { number, policy, step, severity, text, to: Some(contact) });
        }
    }
    draft.refresh_card();
    set_timer(draft);
}

/// A page was handed over.
pub(super) fn page_done(draft: &mut Draft<'_>, to: Option<&Contact>, receipt: &CompactString) {
    let receipt = receipt.clone();
    draft.emit(match to {
        Some(contact) => Event::PageDelivered { contact: contact.clone(), receipt },
        None => Event::EffectDone { effect: "page".into(), receipt },
    });
}

/// A page reached nobody: somebody must still be woken, by the person's next way or the next step.
pub(super) fn page_failed(draft: &mut Draft<'_>, to: Option<&Contact>, why: &str) {
    say(draft, messages::page_failed(to.map(|to| to.person.as_str()), why));
    let why = why.to_owned();
    draft.emit(match to {
        Some(contact) => Event::PageFailed { contact: contact.clone(), why },
        None => Event::EffectFailed { effect: "page".into(), why },
    });
    draft.refresh_card();
    let head = draft.state().head.clone();
    if head.phase != Phase::Triggered || head.exhausted {
        return;
    }
    let (Some(number), Some(policy)) = (head.number, head.policy.clone()) else { return };
    let next = head.calls.iter().find(|call| {
        let is_theirs = to.is_some_and(|to| to.person == call.contact.person);
        is_theirs && call.state == CallState::Waiting
    });
    if let Some(next) = next.map(|call| call.contact.clone()) {
        draft.emit(Event::PersonPaged { contact: next.clone() });
        if let Some(page) = named(&head) {
            order_page(draft, page, head.step, Some(next));
        }
        set_timer(draft);
    } else if head.calls.iter().all(|call| call.state == CallState::Failed) {
        page_step(draft, number, &policy, head.step + 1);
    }
}

/// Tells those who were paged that it is over.
pub(super) fn stop(draft: &mut Draft<'_>, before: &Head, text: &str) {
    let Some((number, policy)) = named(before) else { return };
    for contact in &before.paged {
        let (policy, text, to) = (policy.clone(), text.to_owned(), Some(contact.clone()));
        draft.order(Effect::StopPage { number, policy, text, to });
    }
    if before.paged.is_empty() && before.step > 0 {
        draft.order(Effect::StopPage { number, policy, text: text.to_owned(), to: None });
    }
}

/// Somebody took it: the calls that wait are not made, and an acknowledgement may have an end.
pub(super) fn taken(draft: &mut Draft<'_>) {
    set_timer(draft);
}

/// Somebody cannot help, or needs others: the next step is paged now.
pub(super) fn escalate(draft: &mut Draft<'_>, by: &CompactString) -> Reason {
    let head = draft.state().head.clone();
    let (true, Some(number), Some(policy)) = (head.is_open(), head.number, head.policy) else {
        return Reason::NotNow(head.phase);
    };
    if policy.page.is_none() || head.exhausted {
        return Reason::Already;
    }
    draft.emit(Event::EscalationHurried { by: by.clone() });
    draft.refresh_card();
    page_step(draft, number, &policy, head.step + 1);
    Reason::Applied
}

/// Somebody wants these people, now, beside whoever the policy wakes.
pub(super) fn call(draft: &mut Draft<'_>, by: &CompactString, whom: &[Target]) -> Reason {
    let head = draft.state().head.clone();
    if !head.is_open() {
        return Reason::NotNow(head.phase);
    }
    let now = draft.context.now;
    let resolved = draft.context.roster.resolve(whom, &head.severity, now);
    let whom: Vec<CompactString> = whom.iter().map(CompactString::from).collect();
    let text = messages::called(by, &whom, &resolved);
    let calls = planned(resolved.calls, now);
    let (by, missed) = (by.clone(), resolved.missed);
    draft.emit(Event::PeopleCalled { by, whom, calls, missed });
    say(draft, text);
    for room in &resolved.rooms {
        let text = messages::page(&draft.state().head);
        let to = Place::Named(room.to_string());
        draft.order(Effect::Post { to, key: PostKey::Line, post: Post::text(text) });
    }
    order_due(draft);
    set_timer(draft);
    Reason::Applied
}
