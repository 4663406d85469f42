//! What reports about alerts mean for an incident.

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::course::tell_rooms;
use super::decide::{Draft, Reason, TimerSet};
use super::effect::Timer;
use super::event::{Event, HeldBy};
use super::evolve::note_hash;
use super::input::{Ruling, Sighting};
use super::policy::Moment;
use super::state::{Incident, Member, MemberStatus, Phase};
use crate::domain::alert::What;
use crate::domain::ids::Fingerprint;
use crate::domain::messages;

/// Whether this sighting would bring a member to life, firing or held, or let a held one fire.
pub(super) fn lives_anew(state: &Incident, sighting: &Sighting) -> bool {
    let member = state.members.get(&sighting.fingerprint);
    let is_held_by = |by: &HeldBy| {
        member
            .is_some_and(|member| matches!(&member.status, MemberStatus::Held(held) if held == by))
    };
    let fires = match &sighting.report.what {
        What::Firing { .. } => sighting.ruling == Ruling::Pass,
        What::DowntimeStarted | What::FlappingStarted => false,
        What::DowntimeEnded => return is_held_by(&HeldBy::Downtime),
        What::FlappingStopped => return is_held_by(&HeldBy::SourceFlapping),
        What::Resolved { .. } | What::Acknowledged { .. } | What::Noted { .. } => return false,
    };
    match member.map(|member| (&member.status, member.starts_at)) {
        None | Some((MemberStatus::Stale, _)) => true,
        Some((MemberStatus::Firing, _)) => false,
        // What the source holds, only the source lets go.
        Some((MemberStatus::Held(HeldBy::Downtime | HeldBy::SourceFlapping), _)) => false,
        Some((MemberStatus::Held(_), _)) => fires,
        Some((MemberStatus::Resolved, ended)) => sighting.report.alert.starts_at > ended,
    }
}

/// Applies everything that one delivery says about this group.
pub(super) fn reported(draft: &mut Draft<'_>, sightings: &[Sighting]) {
    for sighting in sightings {
        let reason = sighted(draft, sighting);
        draft.decision.reasons.push((Some(sighting.fingerprint), reason));
    }
}

/// Applies what the noise rules say now of the held alerts, and looks again later.
pub(super) fn reconsidered(draft: &mut Draft<'_>, sightings: &[Sighting]) {
    reported(draft, sightings);
    for sighting in sightings {
        if let Ruling::Held(by) = &sighting.ruling {
            look_again(draft, by);
        }
    }
}

/// Lets alerts go that live in another case now.
pub(super) fn moved(draft: &mut Draft<'_>, fingerprints: &[Fingerprint]) {
    for fingerprint in fingerprints.iter().copied() {
        let member = draft.state().members.get(&fingerprint);
        if member.is_some_and(|member| member.status != MemberStatus::Resolved) {
            draft.emit_on(fingerprint, Event::AlertLeft { fingerprint });
        }
    }
}

fn sighted(draft: &mut Draft<'_>, sighting: &Sighting) -> Reason {
    let alert = &sighting.report.alert;
    match &sighting.report.what {
        What::Firing { expires_at } => match &sighting.ruling {
            // The rule was copied when the incident opened: that it has gone changes nothing here.
            Ruling::Held(HeldBy::NoRule) if has_its_own_rule(&draft.state().head) => {
                draft.trigger = Some(alert.clone());
                fires(draft, sighting, *expires_at)
            }
            Ruling::Pass => {
                draft.trigger = Some(alert.clone());
                fires(draft, sighting, *expires_at)
            }
            Ruling::Held(by) => is_held(draft, sighting, *expires_at, by),
        },
        What::Resolved { ended_at } => ends(draft, sighting, *ended_at),
        What::Acknowledged { by, .. } => acknowledge(draft, by),
        What::DowntimeStarted => hold_at_source(draft, sighting, &HeldBy::Downtime),
        What::FlappingStarted => hold_at_source(draft, sighting, &HeldBy::SourceFlapping),
        What::DowntimeEnded => release(draft, sighting, &HeldBy::Downtime),
        What::FlappingStopped => release(draft, sighting, &HeldBy::SourceFlapping),
        What::Noted { by, text } => {
            let text = messages::source_note(alert, text);
            if draft.state().head.last_note == note_hash(by, &text) {
                return Reason::Already;
            }
            draft.emit(Event::NoteAdded { by: by.clone(), text });
            Reason::Applied
        }
    }
}

/// Whether the incident goes on as it opened, whatever the rules say by now.
fn has_its_own_rule(head: &super::Head) -> bool {
    match head.phase {
        Phase::Triggered | Phase::Acknowledged | Phase::Resolved | Phase::Merged => true,
        Phase::Quiet | Phase::Closed => false,
    }
}

fn fires(draft: &mut Draft<'_>, sighting: &Sighting, expires_at: Option<DateTime<Utc>>) -> Reason {
    let fingerprint = sighting.fingerprint;
    let alert = &sighting.report.alert;
    let Some(member) = draft.state().members.get(&fingerprint) else {
        return fire(draft, sighting, expires_at);
    };
    match &member.status {
        // What the source holds, only the source lets go.
        MemberStatus::Held(HeldBy::Downtime | HeldBy::SourceFlapping) => {
            keep(draft, sighting, expires_at)
        }
        MemberStatus::Held(_) => {
            keep(draft, sighting, expires_at);
            draft.emit_on(fingerprint, Event::AlertReleased { fingerprint });
            Reason::Released
        }
        MemberStatus::Firing => keep(draft, sighting, expires_at),
        MemberStatus::Stale => fire(draft, sighting, expires_at),
        MemberStatus::Resolved if alert.starts_at > member.starts_at => {
            fire(draft, sighting, expires_at)
        }
        MemberStatus::Resolved => Reason::OlderThanItsEnd,
    }
}

fn fire(draft: &mut Draft<'_>, sighting: &Sighting, expires_at: Option<DateTime<Utc>>) -> Reason {
    let (fingerprint, alert) = (sighting.fingerprint, sighting.report.alert.clone());
    draft.emit_on(fingerprint, Event::AlertFired { fingerprint, alert, expires_at });
    watch_expiry(draft, expires_at);
    if watch_flapping(draft, sighting) { Reason::Flapping } else { Reason::Fired }
}

fn is_held(
    draft: &mut Draft<'_>,
    sighting: &Sighting,
    expires_at: Option<DateTime<Utc>>,
    by: &HeldBy,
) -> Reason {
    let fingerprint = sighting.fingerprint;
    let alert = &sighting.report.alert;
    let mut expires_at = expires_at;
    if let Some(member) = draft.state().members.get(&fingerprint) {
        match &member.status {
            MemberStatus::Held(old) if old == by => return keep(draft, sighting, expires_at),
            MemberStatus::Resolved if alert.starts_at <= member.starts_at => {
                return Reason::OlderThanItsEnd;
            }
            MemberStatus::Held(HeldBy::Downtime | HeldBy::SourceFlapping) => {
                return keep(draft, sighting, expires_at);
            }
            MemberStatus::Firing | MemberStatus::Held(_) => {
                expires_at = longer(member.expires_at, expires_at);
            }
            MemberStatus::Resolved | MemberStatus::Stale => {}
        }
    }
    let event = Event::AlertHeld { fingerprint, alert: alert.clone(), expires_at, by: by.clone() };
    draft.emit_on(fingerprint, event);
    watch_expiry(draft, expires_at);
    look_again(draft, by);
    Reason::Held(by.clone())
}

/// A firing alert was reported again: its content may be new, its expiry moves seldom.
fn keep(draft: &mut Draft<'_>, sighting: &Sighting, expires_at: Option<DateTime<Utc>>) -> Reason {
    let fingerprint = sighting.fingerprint;
    let alert = &sighting.report.alert;
    let Some(member) = draft.state().members.get(&fingerprint) else {
        return Reason::AlreadyFiring;
    };
    let is_changed = member.content_hash != alert.content_hash();
    // A newer beginning is kept too: the end of the earlier one must not end this one. A source that
    // names no beginning has a new one in each report, which must not be an event each time.
    let begins_anew = !alert.is_start_unnamed && alert.starts_at > member.starts_at;
    let is_moved = is_worth_writing(member.expires_at, expires_at, draft.context.settings.grace());
    if is_moved {
        let until = vec![(fingerprint, expires_at)];
        draft.emit_on(fingerprint, Event::AlertsKept { until });
    }
    if is_changed || begins_anew {
        draft.emit_on(fingerprint, Event::AlertChanged { fingerprint, alert: alert.clone() });
    }
    if is_changed && draft.state().head.is_open() {
        draft.refresh_card();
    }
    match (is_changed, is_moved || begins_anew) {
        (true, _) => Reason::Changed,
        (false, true) => Reason::Kept,
        (false, false) => Reason::AlreadyFiring,
    }
}

/// Whether what a source vouches for now must be written. An alert outlives its source's word by the
/// grace, so that only a word which reaches beyond that makes a difference: one event in each grace
/// at most, whatever the source's rhythm is.
fn is_worth_writing(
    known: Option<DateTime<Utc>>,
    new: Option<DateTime<Utc>>,
    grace: TimeDelta,
) -> bool {
    known.is_some_and(|known| new.is_none_or(|new| new > known + grace))
}

/// The longer of two words: several sources may report one alert, and none takes back another's.
fn longer(known: Option<DateTime<Utc>>, new: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    known.and_then(|known| new.map(|new| new.max(known)))
}

fn ends(draft: &mut Draft<'_>, sighting: &Sighting, ended_at: DateTime<Utc>) -> Reason {
    let fingerprint = sighting.fingerprint;
    let alert = &sighting.report.alert;
    let starts_at = alert.starts_at;
    let member = draft.state().members.get(&fingerprint);
    let (known, reason) = match member.map(|member| (&member.status, member.starts_at)) {
        None => (false, Reason::EndedBeforeFiring),
        Some((MemberStatus::Resolved, known)) if known >= starts_at => {
            return Reason::AlreadyResolved;
        }
        Some((_, known)) if known > starts_at => return Reason::EndOfEarlierFiring,
        Some((MemberStatus::Resolved, _)) => (true, Reason::EndedBeforeFiring),
        Some(_) => (true, Reason::Resolved),
    };
    let alert = (!known).then(|| alert.clone());
    draft.emit_on(fingerprint, Event::AlertResolved { fingerprint, starts_at, ended_at, alert });
    if watch_flapping(draft, sighting) { Reason::Flapping } else { reason }
}

/// The source says that an alert fires and that it holds it, known before or not.
fn hold_at_source(draft: &mut Draft<'_>, sighting: &Sighting, by: &HeldBy) -> Reason {
    let fingerprint = sighting.fingerprint;
    let alert = &sighting.report.alert;
    match draft.state().members.get(&fingerprint).map(|member| (&member.status, member.starts_at)) {
        Some((MemberStatus::Held(held), _)) if held == by => return Reason::Already,
        Some((MemberStatus::Resolved, ended)) if alert.starts_at <= ended => {
            return Reason::OlderThanItsEnd;
        }
        None
        | Some((
            MemberStatus::Firing
            | MemberStatus::Held(_)
            | MemberStatus::Resolved
            | MemberStatus::Stale,
            _,
        )) => {}
    }
    let (alert, held) = (alert.clone(), by.clone());
    draft.emit_on(fingerprint, Event::AlertHeld { fingerprint, alert, expires_at: None, by: held });
    Reason::Held(by.clone())
}

fn release(draft: &mut Draft<'_>, sighting: &Sighting, by: &HeldBy) -> Reason {
    let fingerprint = sighting.fingerprint;
    let is_held = draft
        .state()
        .members
        .get(&fingerprint)
        .is_some_and(|member| matches!(&member.status, MemberStatus::Held(held) if held == by));
    if !is_held {
        return Reason::Already;
    }
    draft.emit_on(fingerprint, Event::AlertReleased { fingerprint });
    Reason::Released
}

/// Takes the incident in somebody's name.
pub(super) fn acknowledge(draft: &mut Draft<'_>, by: &CompactString) -> Reason {
    let head = &draft.state().head;
    match head.phase {
        Phase::Triggered => {}
        // Whoever says again that they have it keeps it from going stale.
        Phase::Acknowledged
            if head.acknowledged_by.as_ref() != Some(by) || head.step_until.is_some() => {}
        Phase::Acknowledged => return Reason::Already,
        phase @ (Phase::Quiet | Phase::Resolved | Phase::Closed | Phase::Merged) => {
            return Reason::NotNow(phase);
        }
    }
    draft.emit(Event::IncidentAcknowledged { by: by.clone() });
    if draft.state().head.lead.is_none() {
        draft.emit(Event::LeadChanged { lead: by.clone(), by: by.clone() });
    }
    super::paging::taken(draft);
    draft.refresh_card();
    tell_rooms(draft, Moment::Acknowledged);
    Reason::Applied
}

fn watch_expiry(draft: &mut Draft<'_>, expires_at: Option<DateTime<Utc>>) {
    if let Some(until) = expires_at {
        let due = until + draft.context.settings.grace();
        draft.set(Timer::Expiry, TimerSet::NoLaterThan(due));
    }
}

/// Sets the time when what holds an alert may have gone.
fn look_again(draft: &mut Draft<'_>, by: &HeldBy) {
    let soon = draft.context.now + draft.context.settings.reconsider_every;
    let is_live = draft.state().head.phase != Phase::Closed;
    let due = match by {
        // A silence that is taken back makes the engine look at once, but only at cases that are
        // not over: the others look every now and then, and at its end in any case.
        HeldBy::Silence { until: Some(until), .. } if *until > draft.context.now => {
            if is_live {
                *until
            } else {
                soon.min(*until)
            }
        }
        HeldBy::Silence { .. } | HeldBy::Inhibition { .. } => soon,
        // Only new rules, or the source itself, can change these.
        HeldBy::NoRule | HeldBy::Downtime | HeldBy::SourceFlapping => return,
    };
    draft.set(Timer::Reconsider, TimerSet::NoLaterThan(due));
}

/// Counts a change; says whether the alert flaps now.
fn watch_flapping(draft: &mut Draft<'_>, sighting: &Sighting) -> bool {
    let fingerprint = sighting.fingerprint;
    let Some(member) = draft.state().members.get(&fingerprint) else { return false };
    let changes = changes_within(member, draft.context.settings.flap_window, draft.context.now);
    let is_flapping = member.flapping;
    if !is_flapping && changes >= draft.context.settings.flap_high {
        draft.emit_on(fingerprint, Event::FlappingStarted { fingerprint, changes });
    }
    if is_flapping || changes >= draft.context.settings.flap_high {
        let due = draft.context.now + draft.context.settings.flap_window / 2;
        draft.set(Timer::Calm, TimerSet::NoLaterThan(due));
        return true;
    }
    false
}

/// How often a member changed inside the flapping window.
pub(super) fn changes_within(member: &Member, window: TimeDelta, now: DateTime<Utc>) -> u32 {
    let inside = member.changes.iter().filter(|at| now - **at <= window).count();
    u32::try_from(inside).unwrap_or(u32::MAX)
}
