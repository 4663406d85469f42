//! How the simulated brain writes: the plain store, the planted bug of the run if there is one, and
//! the ledger that checks every write.

use chrono::{DateTime, Utc};
use warroom::brain::{Change, Claimed, Commit, Committed, Error, Item, Lease, RowId};
use warroom::domain::incident::{Class, Effect, MemberStatus, TimerSet};

use crate::mutants::Mutant;
use crate::world::World;

/// What a commit is, in a few words for the trace.
pub(crate) fn label(commit: &Commit) -> String {
    let events: Vec<&'static str> = commit.events.iter().map(|it| name(&it.event)).collect();
    let effects: Vec<&str> = commit.effects.iter().map(|(_, effect)| effect.kind()).collect();
    let timers: Vec<&str> = commit.timers.iter().map(|(timer, _)| timer.name()).collect();
    let settles = commit.settles.map(|(row, _)| format!(" settles {row}")).unwrap_or_default();
    format!("{} @{} {events:?} {effects:?} {timers:?}{settles}", commit.case, commit.expected)
}

fn name(event: &warroom::domain::incident::Event) -> &'static str {
    use warroom::domain::incident::Event;
    match event {
        Event::CaseBegan { .. } => "began",
        Event::AlertFired { .. } => "fired",
        Event::AlertHeld { .. } => "held",
        Event::AlertReleased { .. } => "released",
        Event::AlertsKept { .. } => "kept",
        Event::AlertChanged { .. } => "changed",
        Event::AlertResolved { .. } => "resolved",
        Event::AlertWentStale { .. } => "stale",
        Event::AlertLeft { .. } => "left",
        Event::FlappingStarted { .. } => "flaps",
        Event::FlappingStopped { .. } => "calm",
        Event::IncidentOpened { .. } => "OPENED",
        Event::OpeningThrottled { .. } => "throttled",
        Event::IncidentAcknowledged { .. } => "ACKED",
        Event::IncidentReopened {} => "REOPENED",
        Event::IncidentResolved { .. } => "RESOLVED",
        Event::IncidentClosed {} => "CLOSED",
        Event::IncidentMerged { .. } => "MERGED",
        Event::ChildJoined { .. } => "child joined",
        Event::ChildLeft { .. } => "child left",
        Event::Escalated { .. } => "escalated",
        Event::EscalationExhausted {} => "exhausted",
        Event::RoomOpened { .. } => "room",
        Event::RoomFailed { .. } => "no room",
        Event::TicketOpened { .. } => "ticket",
        Event::TicketFailed { .. } => "no ticket",
        Event::RunStarted { .. } => "run started",
        Event::RunRefused { .. } => "run refused",
        Event::RunOutcomeUnknown { .. } => "run unknown",
        _ => "other",
    }
}

/// Writes one commit, with the planted bug of this run.
pub(crate) fn commit(
    world: &mut World,
    mut commit: Commit,
    now: DateTime<Utc>,
) -> Result<Committed, Error> {
    let is_known = world.store.commands.contains_key(&commit.command);
    let written = commit.clone();
    if !is_known {
        if world.mutant == Some(Mutant::AcknowledgesBeforeAppending) && world.chance.chance(20) {
            return Ok(Committed::default());
        }
        spoil(world, &mut commit);
    }
    let (case, command) = (commit.case, commit.command);
    let answer = world.store.commit(commit);
    if answer == Err(Error::Replaced) {
        world.mark("fault_24: the group has another case by now");
    }
    if is_known || answer.is_err() {
        return answer;
    }
    if world.mutant == Some(Mutant::ForgetsTombstones)
        && let Some(stored) = world.store.cases.get_mut(&case)
    {
        stored.members.retain(|_, member| member.status != MemberStatus::Resolved);
    }
    world.ledger.written(&world.store, &world.outer, &written);
    let (marks, failures) = world.ledger.take_notes();
    marks.into_iter().for_each(|mark| world.mark(mark));
    let at = now.time();
    failures.into_iter().for_each(|why| world.fail(format!("{at} {why} ({command:x})")));
    let version = written.events.last().map_or(written.expected, |it| it.number);
    tell(world, Change::Case(case, version));
    tell(world, Change::Agenda);
    answer
}

/// Breaks the promise of this run's mutant that concerns commits.
fn spoil(world: &World, commit: &mut Commit) {
    match world.mutant {
        Some(Mutant::SettlesWithoutToken) => {
            commit.settles = commit
                .settles
                .and_then(|(row, _)| Some((row, world.store.agenda.get(&row)?.token)));
        }
        Some(Mutant::LosesTells) => {
            commit.effects.retain(|(_, effect)| !matches!(effect, Effect::Tell { .. }));
        }
        Some(Mutant::RingsTooLate) => {
            for (_, set) in &mut commit.timers {
                if let TimerSet::NoLaterThan(due) = *set {
                    *set = TimerSet::At(due);
                }
            }
        }
        Some(Mutant::DropsIndexEntries) => commit.index.clear(),
        Some(Mutant::IgnoresVersions) => {
            commit.expected = world.store.cases.get(&commit.case).map_or(0, |it| it.head.version);
        }
        _ => {}
    }
}

/// Claims what is due, with the planted bug of this run.
pub(crate) fn claim(
    world: &mut World,
    now: DateTime<Utc>,
    max: usize,
    lease: &Lease,
) -> Vec<Claimed> {
    match world.mutant {
        Some(Mutant::ClaimsWhatOthersHold) if world.chance.chance(300) => {
            for row in world.store.agenda.values_mut() {
                if row.token.0 > 0 && matches!(row.item, Item::Effect { .. }) {
                    row.due = row.due.min(now);
                }
            }
        }
        Some(Mutant::NeverTakesOver) => {
            for row in world.store.agenda.values_mut().filter(|row| row.token.0 > 0) {
                row.due = row.due.max(now + chrono::TimeDelta::seconds(1));
            }
        }
        _ => {}
    }
    let mut claimed = world.store.claim(now, max, lease);
    for row in &mut claimed {
        if row.attempt > 1 {
            world.mark("fault_05: a row is taken over");
        }
        if world.mutant == Some(Mutant::HidesAttempts) && is_at_most_once(&row.item) {
            row.attempt = 1;
        }
        if now - row.due > chrono::TimeDelta::hours(1) && matches!(row.row, RowId::Timer(..)) {
            world.mark("fault_27: a timer rings long after it was due");
        }
    }
    claimed
}

fn is_at_most_once(item: &Item) -> bool {
    matches!(item, Item::Effect { effect } if effect.class() == Class::AtMostOnce)
}

/// Tells those who watch; some of them do not hear it.
pub(crate) fn tell(world: &mut World, change: Change) {
    let habits = world.habits;
    if !world.strikes(habits.unheard, "a change that nobody heard of") {
        // Nobody listens while every node is down.
        world.changes.send(change).ok();
    }
}
