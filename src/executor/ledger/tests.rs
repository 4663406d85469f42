use std::collections::BTreeMap;
use std::fs;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;

use super::state::Stand;
use super::{Bad, Ledger};
use crate::domain::ids::{CaseId, EffectId};
use crate::domain::run::{Assignment, Ending, Known, Order, Part, PlanHash};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn assignment(event: u64, target: &str) -> Assignment {
    let run = CaseId { shard: 1, serial: event };
    Assignment {
        key: EffectId { case: run, event, index: 0 },
        run,
        number: event,
        runbook: "restart".into(),
        part: Part::Steps,
        step: 0,
        name: "restart".into(),
        target: target.to_owned(),
        fence: event,
        plan: PlanHash("aa".into()),
        approved: None,
        not_after: now() + TimeDelta::minutes(5),
        actor: "ana".into(),
        timeout: TimeDelta::seconds(5),
        is_dry: false,
        order: Order { kind: "exec".into(), with: BTreeMap::new() },
    }
}

fn done() -> Ending {
    Ending::Done { summary: "well".into(), outputs: BTreeMap::new(), tail: String::new() }
}

#[test]
fn what_was_under_way_is_lost_after_a_crash() {
    let folder = TempDir::new().unwrap();
    let (one, two) = (assignment(1, "a"), assignment(2, "b"));
    {
        let (mut ledger, lost) = Ledger::open(folder.path(), now()).unwrap();
        assert_eq!(lost, []);
        ledger.begin(&one, now()).unwrap();
        ledger.begin(&two, now()).unwrap();
        ledger.end(one.key, Some(&done()), now()).unwrap();
    }
    let (ledger, lost) = Ledger::open(folder.path(), now()).unwrap();
    assert_eq!(lost, [(two.key, two.run)]);
    assert_eq!(ledger.state().entry(two.key).unwrap().stand, Stand::Lost);
    assert_eq!(ledger.state().known(one.key, String::new), Known::Ended { ending: done() });
    drop(ledger);
    let (_, lost) = Ledger::open(folder.path(), now()).unwrap();
    assert_eq!(lost, [], "what was lost is told once");
}

#[test]
fn a_file_cut_at_any_byte_forgets_nothing_that_was_synced() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger");
    let mut ends = Vec::new();
    {
        let (mut ledger, _) = Ledger::open(folder.path(), now()).unwrap();
        for event in 1..=4 {
            ledger.begin(&assignment(event, "a"), now()).unwrap();
            ends.push(fs::metadata(&path).unwrap().len());
        }
    }
    let whole = fs::read(&path).unwrap();
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let (ledger, _) = Ledger::open(folder.path(), now()).unwrap();
        for event in 1..=4_u64 {
            let is_synced = ends[usize::try_from(event).unwrap() - 1] <= cut as u64;
            let is_known = ledger.state().entry(assignment(event, "a").key).is_some();
            assert_eq!(is_known, is_synced, "key {event} with {cut} bytes");
        }
    }
}

#[test]
fn damage_before_the_end_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger");
    {
        let (mut ledger, _) = Ledger::open(folder.path(), now()).unwrap();
        for event in 1..=3 {
            ledger.begin(&assignment(event, "a"), now()).unwrap();
        }
    }
    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    damaged[100] ^= 1;
    fs::write(&path, &damaged).unwrap();
    assert!(matches!(Ledger::open(folder.path(), now()), Err(Bad::Damaged { .. })));
    damaged[96..104].fill(0xff);
    fs::write(&path, &damaged).unwrap();
    assert!(matches!(Ledger::open(folder.path(), now()), Err(Bad::Damaged { .. })));
}

#[test]
fn a_ledger_is_open_once() {
    let folder = TempDir::new().unwrap();
    let _ledger = Ledger::open(folder.path(), now()).unwrap();
    assert!(matches!(Ledger::open(folder.path(), now()), Err(Bad::Taken(_))));
}

#[test]
fn the_clock_does_not_go_back_behind_the_ledger() {
    let folder = TempDir::new().unwrap();
    let (mut ledger, _) = Ledger::open(folder.path(), now()).unwrap();
    ledger.begin(&assignment(1, "a"), now() + TimeDelta::hours(1)).unwrap();
    assert_eq!(ledger.time(now()), now() + TimeDelta::hours(1));
    drop(ledger);
    let (ledger, _) = Ledger::open(folder.path(), now()).unwrap();
    assert_eq!(ledger.time(now()), now() + TimeDelta::hours(1));
}

#[test]
fn a_file_written_anew_keeps_what_could_begin_again() {
    let folder = TempDir::new().unwrap();
    let (mut ledger, _) = Ledger::open(folder.path(), now()).unwrap();
    ledger.begin(&assignment(1, "old"), now()).unwrap();
    ledger.end(assignment(1, "old").key, Some(&done()), now()).unwrap();
    let later = now() + TimeDelta::days(40);
    let mut young = assignment(2, "young");
    young.not_after = later + TimeDelta::minutes(5);
    ledger.begin(&young, later).unwrap();
    ledger.state.forget(later);
    ledger.file.replace(&ledger.state.records()).unwrap();
    ledger.end(young.key, Some(&done()), later).unwrap();
    drop(ledger);
    let (ledger, lost) = Ledger::open(folder.path(), later).unwrap();
    assert_eq!(lost, []);
    assert_eq!(ledger.state().known(assignment(1, "old").key, String::new), Known::Nothing);
    assert_eq!(ledger.state().known(young.key, String::new), Known::Ended { ending: done() });
    assert_eq!(ledger.state().fence(&young).unwrap().fence, 2);
}
