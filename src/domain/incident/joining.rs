//! Incidents that speak for others: the umbrella of a storm, and what a person merged.

use std::sync::Arc;

use super::course::{open, reopen, tell_ops};
use super::decide::{Draft, Reason};
use super::effect::Effect;
use super::event::Event;
use super::evolve::child_key;
use super::input::Input;
use super::policy::Policy;
use super::state::MemberStatus;
use crate::domain::ids::{CaseId, Number};
use crate::domain::messages;

/// Makes this case the umbrella of a storm.
pub(super) fn open_umbrella(draft: &mut Draft<'_>, number: Number, policy: &Arc<Policy>) {
    if draft.state().head.is_open() {
        draft.because(Reason::Already);
        return;
    }
    open(draft, number, policy, None);
    let text = messages::storm_began(&draft.state().head);
    tell_ops(draft, text);
}

/// Another incident joins: a storm's, or one that a person merged into this one.
pub(super) fn child_joins(draft: &mut Draft<'_>, child: CaseId, number: Number, title: &str) {
    let head = &draft.state().head;
    if !head.is_open() {
        // Nobody would speak for the child here: it speaks for itself again.
        let phase = head.phase;
        draft.emit(Event::ChildRefused { child });
        draft.order(Effect::Tell { case: child, input: Box::new(Input::ParentResolved {}) });
        draft.because(Reason::NotNow(phase));
        return;
    }
    let key = child_key(child);
    if draft.state().members.contains_key(&key) {
        draft.because(Reason::Already);
        return;
    }
    draft.emit_on(key, Event::ChildJoined { child, number, title: title.to_owned() });
    draft.refresh_card();
    draft.because(Reason::Applied);
}

/// A joined incident is over.
pub(super) fn child_leaves(draft: &mut Draft<'_>, child: CaseId) {
    let key = child_key(child);
    let is_here =
        draft.state().members.get(&key).is_some_and(|member| member.status == MemberStatus::Firing);
    if !is_here {
        draft.because(Reason::Already);
        return;
    }
    draft.emit_on(key, Event::ChildLeft { child });
    draft.refresh_card();
    draft.because(Reason::Applied);
}

/// The incident that spoke for this one no longer does.
pub(super) fn parent_resolved(draft: &mut Draft<'_>) {
    let head = &draft.state().head;
    if head.parent.is_none() || head.counts.firing == 0 {
        draft.because(Reason::Already);
        return;
    }
    reopen(draft);
}
