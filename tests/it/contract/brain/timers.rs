//! Timers: one for each case and kind.

use warroom::brain::{Claimed, Error, Item, RowId};
use warroom::domain::incident::{Timer, TimerSet};

use super::Store;
use super::story::{Story, at, claim, one};

async fn set(store: &Store, story: &mut Story, timer: Timer, to: TimerSet) {
    let mut commit = story.next(Vec::new());
    commit.timers = vec![(timer, to)];
    one(&*store.brain, commit).await.unwrap();
}

async fn settle(store: &Store, story: &mut Story, row: &Claimed) -> Result<(), Error> {
    let mut commit = story.next(Vec::new());
    commit.settles = Some((row.row, row.token));
    one(&*store.brain, commit).await.map(|_| ())
}

pub(crate) async fn a_timer_rings_at_its_time(store: &Store) {
    let mut story = Story::begun(&*store.brain, "cms").await;
    set(store, &mut story, Timer::Escalate, TimerSet::At(at(20))).await;
    assert_eq!(store.brain.next_due().await, Ok(Some(at(20))));
    assert_eq!(claim(&*store.brain, 19, 60).await, []);
    let rung = claim(&*store.brain, 20, 60).await.remove(0);
    assert_eq!(rung.row, RowId::Timer(story.case, Timer::Escalate));
    assert_eq!(rung.item, Item::Timer { timer: Timer::Escalate });
    assert_eq!((rung.due, rung.attempt), (at(20), 1));
    assert_eq!(settle(store, &mut story, &rung).await, Ok(()));
    assert_eq!(store.brain.next_due().await, Ok(None));
}

pub(crate) async fn a_timer_set_again_rings_only_at_the_new_time(store: &Store) {
    let mut story = Story::begun(&*store.brain, "cms").await;
    for (to, wanted) in [(20, 20), (50, 50), (30, 30)] {
        set(store, &mut story, Timer::Close, TimerSet::At(at(to))).await;
        assert_eq!(store.brain.next_due().await, Ok(Some(at(wanted))));
    }
    assert_eq!(claim(&*store.brain, 29, 60).await, []);
    assert_eq!(claim(&*store.brain, 99, 100).await.len(), 1);
}

pub(crate) async fn no_later_than_keeps_the_earlier_setting(store: &Store) {
    let mut story = Story::begun(&*store.brain, "cms").await;
    for (to, wanted) in [(40, 40), (60, 40), (20, 20), (30, 20)] {
        set(store, &mut story, Timer::Card, TimerSet::NoLaterThan(at(to))).await;
        assert_eq!(store.brain.next_due().await, Ok(Some(at(wanted))), "set to {to}");
    }
    assert_eq!(claim(&*store.brain, 99, 100).await.len(), 1);
}

pub(crate) async fn a_cancelled_timer_does_not_ring(store: &Store) {
    let mut story = Story::begun(&*store.brain, "cms").await;
    set(store, &mut story, Timer::Close, TimerSet::Cancel).await;
    set(store, &mut story, Timer::Close, TimerSet::At(at(10))).await;
    set(store, &mut story, Timer::Close, TimerSet::Cancel).await;
    assert_eq!(store.brain.next_due().await, Ok(None));
    set(store, &mut story, Timer::Close, TimerSet::At(at(10))).await;
    let rung = claim(&*store.brain, 10, 60).await.remove(0);
    set(store, &mut story, Timer::Close, TimerSet::Cancel).await;
    assert_eq!(settle(store, &mut story, &rung).await, Err(Error::LeaseLost));
    assert_eq!(claim(&*store.brain, 999, 9999).await, []);
}

pub(crate) async fn a_timer_set_by_the_commit_that_settles_it_stands(store: &Store) {
    for (serial, to) in [TimerSet::At(at(70)), TimerSet::NoLaterThan(at(70))].iter().enumerate() {
        let mut story = Story::begun(&*store.brain, &format!("group-{serial}")).await;
        set(store, &mut story, Timer::Expiry, TimerSet::At(at(20))).await;
        let rung = claim(&*store.brain, 20, 60).await.remove(0);
        let mut commit = story.next(Vec::new());
        commit.settles = Some((rung.row, rung.token));
        commit.timers = vec![(Timer::Expiry, *to)];
        one(&*store.brain, commit).await.unwrap();
        assert_eq!(store.brain.next_due().await, Ok(Some(at(70))));
        assert_eq!(claim(&*store.brain, 69, 80).await, []);
        let again = claim(&*store.brain, 70, 80).await.remove(0);
        assert_eq!((again.row, again.due, again.attempt), (rung.row, at(70), 1));
        assert!(again.token > rung.token);
        settle(store, &mut story, &again).await.unwrap();
    }
}

/// Whether the old holder may still settle is the brain's affair; that the timer rings is not.
pub(crate) async fn a_timer_set_while_it_is_claimed_still_rings(store: &Store) {
    let mut story = Story::begun(&*store.brain, "cms").await;
    set(store, &mut story, Timer::Expiry, TimerSet::At(at(20))).await;
    let old = claim(&*store.brain, 20, 40).await.remove(0);
    set(store, &mut story, Timer::Expiry, TimerSet::At(at(70))).await;
    let answer = settle(store, &mut story.clone(), &old).await;
    assert!(matches!(answer, Ok(()) | Err(Error::LeaseLost)), "{answer:?}");
    assert_eq!(claim(&*store.brain, 69, 80).await, []);
    let new = claim(&*store.brain, 70, 80).await.remove(0);
    assert_eq!(new.row, old.row);
    assert!(new.token > old.token);
}

pub(crate) async fn no_later_than_while_it_is_claimed_still_rings(store: &Store) {
    let mut story = Story::begun(&*store.brain, "cms").await;
    set(store, &mut story, Timer::Expiry, TimerSet::At(at(20))).await;
    let old = claim(&*store.brain, 20, 40).await.remove(0);
    set(store, &mut story, Timer::Expiry, TimerSet::NoLaterThan(at(70))).await;
    let answer = settle(store, &mut story.clone(), &old).await;
    assert!(matches!(answer, Ok(()) | Err(Error::LeaseLost)), "{answer:?}");
    let new = claim(&*store.brain, 70, 80).await.remove(0);
    assert_eq!(new.row, old.row);
    assert!(new.token > old.token);
}

pub(crate) async fn each_case_and_kind_has_its_own_timer(store: &Store) {
    let mut a = Story::begun(&*store.brain, "a").await;
    let mut b = Story::begun(&*store.brain, "b").await;
    set(store, &mut a, Timer::Card, TimerSet::At(at(1))).await;
    set(store, &mut b, Timer::Card, TimerSet::At(at(2))).await;
    set(store, &mut a, Timer::Close, TimerSet::At(at(3))).await;
    let rows: Vec<RowId> =
        claim(&*store.brain, 9, 60).await.into_iter().map(|claimed| claimed.row).collect();
    let wanted = [(a.case, Timer::Card), (b.case, Timer::Card), (a.case, Timer::Close)];
    assert_eq!(rows, wanted.map(|(case, timer)| RowId::Timer(case, timer)));
}
