//! The end of a run: faults stop, sources say the truth once more, and everything must be as a slow
//! and simple model says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use warroom::brain::RowId;
use warroom::domain::alert::Report;
use warroom::domain::ids::{CaseId, Fingerprint};
use warroom::domain::incident::{HeldBy, MemberStatus, Phase, Reason, Slot};

use crate::clock::sleep;
use crate::ledger::member_of;
use crate::node::Cluster;
use crate::outer::Outer;
use crate::plan::{Plan, Say, Step, Tell};
use crate::source;
use crate::world::{Shared, World};

/// How long a run has to come to rest: longer than any wait of the noise rules.
const REST: Duration = Duration::from_secs(130);
/// The largest error of a clock in a plan, and the longest wait that it may have put off.
const SKEW_MAX: Duration = Duration::from_secs(3600 + 120);
/// How late a row may be when nothing goes wrong any more.
const TAKEOVER: TimeDelta = TimeDelta::seconds(5);

/// What runs that differ in what must not matter have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Outcome {
    /// Each alert: whether it is known, fires, is held or has ended.
    pub(crate) alerts: BTreeMap<usize, String>,
    /// The incidents of each group, in the order in which they opened, with where they stand.
    pub(crate) incidents: BTreeMap<String, Vec<Phase>>,
    /// How many runs of a runbook were started for each group.
    pub(crate) runs: BTreeMap<String, usize>,
    /// How many rooms and tickets were opened for each group.
    pub(crate) rooms: BTreeMap<String, usize>,
}

/// Ends all faults, tells the truth, checks everything.
pub(crate) async fn come_to_rest(world: &Shared, cluster: &mut Cluster, plan: &Plan) -> Outcome {
    world.note(format_args!("=== faults end"));
    {
        let mut world = world.lock();
        world.habits.are_bad = false;
        world.habits.brain_away = false;
        world.habits.outside_away = false;
    }
    for at in 0..plan.nodes {
        if let Some(life) = cluster.life(at) {
            life.wake();
            life.set_skew(0);
        }
    }
    settle(cluster, REST).await;
    if plan.has_skew() {
        // A clock that was an hour ahead has put waits off by an hour.
        settle(cluster, SKEW_MAX).await;
    }
    let truth = truth_of(plan);
    let engine = cluster.engine(0);
    for say in truth.values() {
        for what in [Tell::DowntimeEnds, say.what] {
            let reports = vec![source::report(&Say { what, ..*say }, world.time())];
            if !source::deliver(world, std::slice::from_ref(&engine), reports).await {
                world.lock().fail("I1: a healthy system refuses an alert".to_owned());
            }
        }
    }
    settle(cluster, REST).await;
    // An alert that inhibits others may have come after them: they follow when they come again.
    let reports: Vec<Report> =
        truth.values().map(|say| source::report(say, world.time())).collect();
    source::deliver(world, &[engine], reports).await;
    settle(cluster, REST).await;
    say_it_again(world, cluster, &truth, plan).await;
    let now = world.time();
    let mut world = world.lock();
    check_agenda(&mut world, now);
    check_alerts(&mut world, &truth, plan);
    check_outside(&mut world);
    outcome(&world, &truth)
}

async fn settle(cluster: &mut Cluster, wait: Duration) {
    let mut left = wait;
    while left > Duration::ZERO {
        sleep(Duration::from_secs(10)).await;
        cluster.revive().await;
        left = left.saturating_sub(Duration::from_secs(10));
    }
}

/// The last word of the sources about each alert: an end beats its own beginning.
fn truth_of(plan: &Plan) -> BTreeMap<usize, Say> {
    let mut truth: BTreeMap<usize, Say> = BTreeMap::new();
    let says = plan.steps.iter().filter_map(|step| match step {
        Step::Deliver { says, .. } => Some(says),
        _ => None,
    });
    for say in says.flatten() {
        if !matches!(say.what, Tell::Fires | Tell::FiresForGood | Tell::Ends) {
            continue;
        }
        let rank = |say: &Say| (say.since, say.what == Tell::Ends);
        let known = truth.entry(say.alert).or_insert(*say);
        if rank(say) >= rank(known) {
            *known = *say;
        }
    }
    truth
}

/// I2: what is said again changes nothing.
async fn say_it_again(
    world: &Shared,
    cluster: &Cluster,
    truth: &BTreeMap<usize, Say>,
    plan: &Plan,
) {
    let Some(engine) = cluster.engine(0) else { return };
    let now = world.time();
    let reports: Vec<Report> = truth.values().map(|say| source::report(say, now)).collect();
    let answer = source::once(world, &engine, reports).await;
    let reasons = answer.map(|accepted| accepted.reasons).unwrap_or_default();
    let is_nothing = |reason: &Reason| {
        // An end whose case was forgotten meanwhile is remembered anew.
        let is_anew = plan.is_forgetful && *reason == Reason::EndedBeforeFiring;
        is_anew
            || matches!(
                reason,
                Reason::AlreadyFiring | Reason::Kept | Reason::AlreadyResolved | Reason::Already
            )
    };
    let mut world = world.lock();
    if reasons.len() != truth.len() {
        world.fail(format!("I2: {} answers to {} alerts", reasons.len(), truth.len()));
    }
    for (fingerprint, reason) in reasons.iter().filter(|(_, reason)| !is_nothing(reason)) {
        world.fail(format!("I2: saying {fingerprint} again changed it: {reason:?}"));
    }
}

/// I11, I21: every effect that was ordered and has not ended stands on the agenda, nothing else
/// does, and nothing waits.
fn check_agenda(world: &mut World, now: chrono::DateTime<chrono::Utc>) {
    let rows: BTreeSet<_> = world
        .store
        .agenda
        .keys()
        .filter_map(|row| match row {
            RowId::Effect(id) => Some(*id),
            RowId::Timer(..) => None,
        })
        .collect();
    let open: BTreeSet<_> =
        world.ledger.effects.iter().filter(|(_, it)| !it.is_ended).map(|(id, _)| *id).collect();
    if rows != open {
        world.fail(format!("I11: the agenda has {rows:?}, and {open:?} was ordered"));
    }
    let homeless: Vec<RowId> = world
        .store
        .agenda
        .keys()
        .filter(|row| !world.store.cases.contains_key(&row.case()))
        .copied()
        .collect();
    if let Some(row) = homeless.first() {
        world.fail(format!("I11: {row} belongs to no case"));
    }
    let late: Vec<String> = world
        .store
        .agenda
        .iter()
        .filter(|(_, row)| row.due + TAKEOVER < now)
        .map(|(id, row)| format!("I21: {id} was due at {} and waits at {now}", row.due))
        .collect();
    world.failures.extend(late);
}

/// I3, I13: each alert is as its source says, in one case, and people see it if it fires.
fn check_alerts(world: &mut World, truth: &BTreeMap<usize, Say>, plan: &Plan) {
    for (alert, say) in truth {
        let fingerprint = warroom::domain::alert::fingerprint(&source::labels(*alert));
        let Some((case, member)) = member_of(&world.store, fingerprint) else {
            if !plan.is_forgetful {
                world.fail(format!("I1: {fingerprint} is unknown at the end"));
            }
            continue;
        };
        let fires = say.what != Tell::Ends;
        let is_right = match member.status {
            MemberStatus::Firing | MemberStatus::Held(_) => fires,
            MemberStatus::Resolved => !fires,
            MemberStatus::Stale => false,
        };
        let (status, since) = (member.status.clone(), say.since);
        if !is_right {
            world.fail(format!(
                "I2: {fingerprint} is {status:?}, its source says {:?} since {since}",
                say.what
            ));
        }
        if status == MemberStatus::Firing {
            check_seen(world, case, fingerprint);
        }
        check_single(world, case, fingerprint);
    }
}

/// I3: an alert that fires is in an open incident, or in one that something speaks for.
fn check_seen(world: &mut World, case: CaseId, fingerprint: Fingerprint) {
    let Some(stored) = world.store.cases.get(&case) else { return };
    let head = &stored.head;
    let parent = head.parent.and_then(|parent| world.store.cases.get(&parent));
    let ended_by_person = |case: &CaseId| world.ledger.ended_by_people.contains(case);
    let is_seen = match head.phase {
        Phase::Triggered | Phase::Acknowledged if head.parent.is_none() => true,
        Phase::Triggered | Phase::Acknowledged | Phase::Merged => {
            let speaks = parent
                .is_some_and(|parent| parent.head.is_open() || parent.head.phase == Phase::Merged);
            speaks || head.parent.as_ref().is_some_and(ended_by_person)
        }
        Phase::Quiet => head.throttled_until.is_some(),
        Phase::Resolved | Phase::Closed => ended_by_person(&case),
    };
    if !is_seen {
        let why =
            format!("I3: {fingerprint} fires in {case}, {:?} of {:?}", head.phase, head.parent);
        world.fail(why);
    }
}

/// I3: no other case has the alert firing or held.
fn check_single(world: &mut World, case: CaseId, fingerprint: Fingerprint) {
    let others = world.store.cases.iter().filter(|(id, stored)| {
        let member = stored.members.get(&fingerprint);
        **id != case
            && member
                .is_some_and(|it| matches!(it.status, MemberStatus::Firing | MemberStatus::Held(_)))
    });
    let others: Vec<CaseId> = others.map(|(id, _)| *id).collect();
    if !others.is_empty() {
        world.fail(format!("I3: {fingerprint} is in {case} and in {others:?}"));
    }
}

/// I4: what the outside has, at the end: one live room for each open incident that has one, none for
/// those that are over.
fn check_outside(world: &mut World) {
    let mut found = Vec::new();
    for (case, stored) in &world.store.cases {
        for (things, kind) in [(&world.outer.rooms, "room"), (&world.outer.tickets, "ticket")] {
            let live = Outer::live(things, *case);
            if live > 1 {
                found.push(format!("I4: {case} has {live} live {kind}s"));
            }
            if world.ledger.failed_to_turn(*case) {
                continue;
            }
            let slot = if kind == "room" { &stored.head.room } else { &stored.head.ticket };
            if live == 1 && stored.head.phase == Phase::Closed {
                found.push(format!("I4: {case} is closed and its {kind} is live"));
            }
            if live == 0 && stored.head.is_open() && matches!(slot, Slot::There(_)) {
                found.push(format!("I4: {case} is open and its {kind} is not"));
            }
        }
    }
    world.failures.extend(found);
}

fn outcome(world: &World, truth: &BTreeMap<usize, Say>) -> Outcome {
    let mut outcome = Outcome::default();
    let group = |case: &CaseId| world.store.cases.get(case).map(|it| it.head.group.to_string());
    for run in world.outer.runs.keys() {
        *outcome.runs.entry(group(&run.case).unwrap_or_default()).or_default() += 1;
    }
    for thing in world.outer.rooms.values().chain(world.outer.tickets.values()) {
        *outcome.rooms.entry(group(&thing.marker.case).unwrap_or_default()).or_default() += 1;
    }
    for alert in truth.keys() {
        let fingerprint = warroom::domain::alert::fingerprint(&source::labels(*alert));
        let status = member_of(&world.store, fingerprint).map(|(_, member)| match &member.status {
            MemberStatus::Held(HeldBy::Silence { .. }) => "silenced".to_owned(),
            MemberStatus::Held(HeldBy::Inhibition { .. }) => "inhibited".to_owned(),
            other => format!("{other:?}"),
        });
        outcome.alerts.insert(*alert, status.unwrap_or_default());
    }
    let mut opened: Vec<_> =
        world.store.cases.values().filter(|it| it.head.number.is_some()).collect();
    opened.sort_by_key(|it| it.head.number);
    for stored in opened {
        let group = stored.head.group.to_string();
        outcome.incidents.entry(group).or_default().push(stored.head.phase);
    }
    outcome
}
