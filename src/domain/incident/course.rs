//! The course of an incident: when it opens, re-opens, resolves and closes, and what it orders then.

use std::sync::Arc;

use chrono::TimeDelta;
use compact_str::CompactString;

use super::decide::{Draft, Opening, Reason, TimerSet};
use super::effect::{Effect, PostKey, Target, Timer};
use super::event::{Cause, Event, HeldBy};
use super::input::Input;
use super::policy::{Moment, Policy};
use super::state::{Phase, Slot};
use crate::domain::alert::Alert;
use crate::domain::dashboard::{Request, Span};
use crate::domain::ids::{CaseId, GroupKey, Number};
use crate::domain::messages;
use crate::domain::room::{OPS, Post};

/// How long a room without a `close_after` waits for the graph of before and after.
const LAST_GRAPH: TimeDelta = TimeDelta::seconds(30);

/// Opens, re-opens, resolves or forgets, as the members now ask for. Gives the alert that wants an
/// incident opened when the engine has not said yet whether it may.
pub(super) fn conclude(draft: &mut Draft<'_>) -> Option<Arc<Alert>> {
    let head = &draft.state().head;
    let counts = head.counts;
    let is_clear = counts.firing + counts.held + counts.stale + counts.flapping == 0;
    match head.phase {
        Phase::Quiet if counts.firing > 0 => return conclude_quiet(draft),
        Phase::Quiet if is_clear || counts.firing + counts.held == 0 => {
            if has_ended(draft) {
                draft.after(Timer::Forget, draft.context.settings.keep_quiet);
            }
        }
        // An umbrella is clear before its first child joins: only an end may end an incident.
        Phase::Triggered | Phase::Acknowledged if is_clear && has_ended(draft) => {
            resolve(draft, &Cause::AlertsCleared);
        }
        Phase::Triggered | Phase::Acknowledged => {
            if member_changed(draft) {
                draft.refresh_card();
            }
            tell_of_holds(draft);
            remind_parent(draft);
        }
        Phase::Resolved | Phase::Closed if has_fired(draft) => reopen(draft),
        Phase::Merged if is_clear => leave_parent(draft),
        Phase::Merged => remind_parent(draft),
        Phase::Quiet | Phase::Resolved | Phase::Closed => {}
    }
    None
}

fn conclude_quiet(draft: &mut Draft<'_>) -> Option<Arc<Alert>> {
    let is_waiting = draft
        .state()
        .head
        .throttled_until
        .is_some_and(|until| until > draft.context.now && !has_fired(draft));
    if is_waiting {
        return None;
    }
    match draft.context.opening {
        None => return draft.trigger.clone(),
        Some(Opening::Granted { number, policy }) => open(draft, *number, policy, None),
        Some(Opening::InStorm { number, policy, umbrella }) => {
            open(draft, *number, policy, Some(*umbrella));
        }
        Some(Opening::Throttled { limit, until }) => {
            let (limit, until) = (limit.clone(), *until);
            draft.emit(Event::OpeningThrottled { limit, until });
            draft.set(Timer::Reconsider, TimerSet::NoLaterThan(until));
            draft.because(Reason::Throttled);
        }
        Some(Opening::NoRule) => draft.because(Reason::Held(HeldBy::NoRule)),
    }
    None
}

fn has_fired(draft: &Draft<'_>) -> bool {
    has_event(draft, |event| {
        matches!(
            event,
            Event::AlertFired { .. } | Event::AlertReleased { .. } | Event::ChildJoined { .. }
        )
    })
}

fn has_ended(draft: &Draft<'_>) -> bool {
    has_event(draft, |event| {
        matches!(
            event,
            Event::AlertResolved { .. }
                | Event::AlertWentStale { .. }
                | Event::AlertLeft { .. }
                | Event::FlappingStopped { .. }
                | Event::ChildLeft { .. }
        )
    })
}

fn member_changed(draft: &Draft<'_>) -> bool {
    let is_held = |event: &Event| matches!(event, Event::AlertHeld { .. });
    has_fired(draft) || has_ended(draft) || has_event(draft, is_held)
}

/// Says in the room when everything that fires is held from now on, which stops the pages, and when
/// it no longer is.
fn tell_of_holds(draft: &mut Draft<'_>) {
    let head = draft.state().head.clone();
    let held = draft.decision.events.iter().rev().find_map(|stored| {
        let Event::AlertHeld { by, .. } = &stored.event else { return None };
        Some(by.clone())
    });
    let is_released = has_event(draft, |event| matches!(event, Event::AlertReleased { .. }));
    match (draft.fired_before, head.counts.firing, held) {
        (1.., 0, Some(by)) => say(draft, messages::all_held(&by)),
        (0, 1.., _) if is_released => say(draft, messages::held_no_longer(&head)),
        _ => {}
    }
}

fn has_event(draft: &Draft<'_>, is: impl Fn(&Event) -> bool) -> bool {
    draft.decision.events.iter().any(|stored| is(&stored.event))
}

/// Opens, with everything that the rule asks for, or as the child of a storm.
pub(super) fn open(
    draft: &mut Draft<'_>,
    number: Number,
    policy: &Arc<Policy>,
    parent: Option<CaseId>,
) {
    draft.emit(Event::IncidentOpened { number, policy: policy.clone(), parent });
    draft.set(Timer::Forget, TimerSet::Cancel);
    draft.because(Reason::Opened);
    if let Some(umbrella) = parent {
        let (child, title) = (draft.context.case, policy.title.clone());
        let input = Box::new(Input::ChildJoins { child, number, title });
        draft.order(Effect::Tell { case: umbrella, input });
        return;
    }
    page_first_step(draft);
    order_room_and_ticket(draft);
    tell_rooms(draft, Moment::Opened);
    if let Some(run) = &policy.run {
        let (runbook, labels) = (run.runbook.clone(), policy.labels.clone());
        let (mode, critical) = (run.mode, run.critical);
        draft.order(Effect::StartRun { number, runbook, mode, labels, critical });
    }
}

/// Pages come first among the effects: nothing that is slow stands before them.
fn page_first_step(draft: &mut Draft<'_>) {
    let head = &draft.state().head;
    let (Some(number), Some(policy)) = (head.number, head.policy.clone()) else { return };
    if policy.page.is_some() {
        super::paging::page_step(draft, number, &policy, 1);
    }
}

fn order_room_and_ticket(draft: &mut Draft<'_>) {
    let head = draft.state().head.clone();
    let (Some(number), Some(policy)) = (head.number, head.policy) else { return };
    if let (Slot::Pending, Some(room)) = (&head.room, &policy.room) {
        let (name, topic) = (room.name.clone(), policy.title.clone());
        let invite = draft.context.roster.guests(&room.invite, draft.context.now);
        draft.order(Effect::OpenRoom { number, name, topic, invite });
    }
    if let (Slot::Pending, Some(ticket)) = (&head.ticket, &policy.ticket) {
        draft.order(Effect::OpenTicket {
            number,
            tracker: ticket.tracker.clone(),
            title: policy.title.clone(),
            body: messages::ticket_body(&policy),
            labels: ticket.labels.clone(),
        });
    }
}

/// It is back: the same room, the same ticket, a new page.
pub(super) fn reopen(draft: &mut Draft<'_>) {
    let before = draft.state().head.clone();
    draft.emit(Event::IncidentReopened {});
    draft.set(Timer::Close, TimerSet::Cancel);
    draft.set(Timer::Forget, TimerSet::Cancel);
    page_first_step(draft);
    let was_closed = matches!(before.phase, Phase::Closed | Phase::Merged);
    if let (true, Slot::There(room)) = (was_closed, &before.room) {
        draft.order(Effect::ReopenRoom { room: room.clone() });
    }
    if let (true, Slot::There(ticket)) = (was_closed, &before.ticket) {
        let comment = messages::came_back(&before);
        draft.order(Effect::ReopenTicket { ticket: ticket.clone(), comment });
    }
    // What had failed, or was never asked for in a storm, is asked for now.
    if before.room != draft.state().head.room || before.ticket != draft.state().head.ticket {
        order_room_and_ticket(draft);
    }
    draft.refresh_card();
    say(draft, messages::came_back(&before));
    tell_rooms(draft, Moment::Reopened);
}

/// The problem is over: stop the pages, say so, close now or later.
pub(super) fn resolve(draft: &mut Draft<'_>, cause: &Cause) {
    let head = draft.state().head.clone();
    draft.emit(Event::IncidentResolved { cause: cause.clone() });
    draft.set(Timer::Escalate, TimerSet::Cancel);
    super::run::lapse(draft);
    let (Some(number), Some(policy)) = (head.number, head.policy.clone()) else { return };
    let text = messages::over(number, &policy, cause, head.counts.firing);
    super::paging::stop(draft, &head, &text);
    say(draft, text);
    tell_rooms(draft, Moment::Resolved);
    if draft.state().head.group == GroupKey::storm() {
        let text = messages::storm_ended(&draft.state().head);
        tell_ops(draft, text);
    }
    tell_parent(draft);
    let wait = policy.timing.close_after;
    let is_drawing = order_last_graph(draft, &policy);
    if wait > TimeDelta::zero() || is_drawing {
        draft.refresh_card();
        draft.after(Timer::Close, if is_drawing { wait.max(LAST_GRAPH) } else { wait });
    } else {
        close(draft);
    }
}

/// The first graph of the rule once more, over the whole incident: before and after. The room stays
/// open for it; says whether there is one.
fn order_last_graph(draft: &mut Draft<'_>, policy: &Policy) -> bool {
    let room = draft.state().head.room.clone();
    let (Slot::There(room), Some(first)) = (room, policy.graphs.first()) else { return false };
    // What cannot be read was said when the room opened.
    let Ok(request) = Request::read(first) else { return false };
    let request = Request { span: Some(Span::Incident), ..request };
    draft.order(Effect::Graph { room, query: request.to_string() });
    true
}

/// Closes room and ticket; after a long while the case is forgotten.
pub(super) fn close(draft: &mut Draft<'_>) {
    draft.emit(Event::IncidentClosed {});
    let head = draft.state().head.clone();
    close_outside(draft, &head);
    draft.set(Timer::Card, TimerSet::Cancel);
    draft.after(Timer::Forget, draft.context.settings.keep_closed);
    if head.counts.held > 0 {
        // A person closed it over a held alert, which is still to be let go.
        let soon = draft.context.now + draft.context.settings.reconsider_every;
        draft.set(Timer::Reconsider, TimerSet::NoLaterThan(soon));
    }
}

/// Closes what is there; what is still pending closes when it comes.
pub(super) fn close_outside(draft: &mut Draft<'_>, head: &super::Head) {
    if let Slot::There(room) = &head.room {
        draft.order(card(head, room));
        draft.order(Effect::CloseRoom { room: room.clone() });
    }
    if let Slot::There(ticket) = &head.ticket {
        let comment = messages::ticket_closed(head);
        draft.order(Effect::CloseTicket { ticket: ticket.clone(), comment });
    }
}

fn leave_parent(draft: &mut Draft<'_>) {
    draft.emit(Event::IncidentResolved { cause: Cause::Parent });
    tell_parent(draft);
    draft.emit(Event::IncidentClosed {});
    draft.after(Timer::Forget, draft.context.settings.keep_closed);
}

/// Something fires in an incident that another one speaks for. If that one is over, it says so, and
/// this one speaks for itself again.
fn remind_parent(draft: &mut Draft<'_>) {
    let head = &draft.state().head;
    let (Some(parent), Some(number), Some(policy)) = (head.parent, head.number, &head.policy)
    else {
        return;
    };
    if has_fired(draft) {
        let (child, title) = (draft.context.case, policy.title.clone());
        let input = Box::new(Input::ChildJoins { child, number, title });
        draft.order(Effect::Tell { case: parent, input });
    }
}

fn tell_parent(draft: &mut Draft<'_>) {
    if let Some(parent) = draft.state().head.parent {
        let input = Box::new(Input::ChildLeaves { child: draft.context.case });
        draft.order(Effect::Tell { case: parent, input });
    }
}

/// A line in the incident's own room, where there is one.
pub(super) fn say(draft: &mut Draft<'_>, text: String) {
    if let Slot::There(room) = &draft.state().head.room {
        let to = Target::Room(room.clone());
        draft.order(Effect::Post { to, key: PostKey::Line, post: Post::text(text) });
    }
}

/// A line in the ops room, for what no room of the incident can say.
pub(super) fn tell_ops(draft: &mut Draft<'_>, text: String) {
    let to = Target::Named(OPS.to_owned());
    draft.order(Effect::Post { to, key: PostKey::Line, post: Post::text(text) });
}

/// The card as it should look now.
pub(super) fn card(head: &super::Head, room: &CompactString) -> Effect {
    let to = Target::Room(room.clone());
    Effect::Post { to, key: PostKey::Card, post: messages::card(head) }
}

/// Tells the rooms that wanted to hear of this moment.
pub(super) fn tell_rooms(draft: &mut Draft<'_>, moment: Moment) {
    let head = draft.state().head.clone();
    let Some(policy) = &head.policy else { return };
    if head.parent.is_some() {
        return;
    }
    for notify in policy.notify.iter().filter(|notify| notify.on.contains(&moment)) {
        let to = Target::Named(notify.room.clone());
        let post = Post::text(messages::notice(&head, moment));
        draft.order(Effect::Post { to, key: PostKey::Line, post });
    }
}
