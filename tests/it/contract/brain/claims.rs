//! Claims and leases: who may work on what is due, and for how long.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use warroom::brain::{Error, Item, RowId};
use warroom::domain::ids::EffectId;
use warroom::domain::incident::{Timer, TimerSet};

use super::Store;
use super::story::{Story, at, claim, lease, one, open_room, post, run, texts};

pub(crate) async fn what_is_due_is_claimed_once_and_earliest_first(store: &Store) {
    let brain = &*store.brain;
    for (seconds, text) in [(30, "third"), (10, "first"), (20, "second"), (90, "not yet")] {
        let mut story = Story::begun(brain, text).await;
        story.now = at(seconds);
        one(brain, story.order(vec![post(text)])).await.unwrap();
    }
    let claimed = claim(brain, 60, 120).await;
    assert_eq!(texts(&claimed), ["first", "second", "third"]);
    assert_eq!(claimed.iter().map(|row| row.due).collect::<Vec<_>>(), [at(10), at(20), at(30)]);
    assert!(claimed.iter().all(|row| row.attempt == 1));
    assert_eq!(claim(brain, 60, 120).await, []);
    assert_eq!(texts(&claim(brain, 90, 120).await), ["not yet"]);
}

pub(crate) async fn no_more_than_asked_for_is_claimed(store: &Store) {
    let brain = &*store.brain;
    for n in 0..10 {
        let mut story = Story::begun(brain, &format!("group-{n}")).await;
        story.now = at(n);
        one(brain, story.order(vec![post(&n.to_string())])).await.unwrap();
    }
    assert_eq!(brain.claim(at(60), 0, lease(90)).await, Ok(Vec::new()));
    let first = brain.claim(at(60), 4, lease(90)).await.unwrap();
    assert_eq!(texts(&first), ["0", "1", "2", "3"]);
    assert_eq!(brain.claim(at(60), 100, lease(90)).await.unwrap().len(), 6);
}

pub(crate) async fn rivals_never_claim_the_same_row(store: &Store) {
    let brain = &*store.brain;
    for n in 0..40 {
        let mut story = Story::begun(brain, &format!("group-{n}")).await;
        one(brain, story.order(vec![post("x")])).await.unwrap();
    }
    let rivals = (0..20).map(|_| brain.claim(at(1), 3, lease(60)));
    let claimed: Vec<_> = join_all(rivals).await.into_iter().flat_map(Result::unwrap).collect();
    let rows: BTreeSet<RowId> = claimed.iter().map(|row| row.row).collect();
    let tokens: BTreeSet<_> = claimed.iter().map(|row| (row.row.case().shard, row.token)).collect();
    assert_eq!((claimed.len(), rows.len(), tokens.len()), (40, 40, 40));
}

pub(crate) async fn a_lease_that_ends_is_claimed_again_with_a_larger_token(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    one(brain, story.order(vec![post("x")])).await.unwrap();
    let mut last = claim(brain, 1, 10).await.remove(0);
    assert_eq!(claim(brain, 9, 20).await, []);
    for attempt in 2..5 {
        let now = i64::from(attempt) * 10;
        let next = claim(brain, now, now + 10).await.remove(0);
        assert_eq!((next.attempt, next.due, next.row), (attempt, at(0), last.row));
        assert!(next.token > last.token);
        assert_eq!(next.item, last.item);
        last = next;
    }
}

pub(crate) async fn a_lease_can_be_renewed(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    one(brain, story.order(vec![post("x")])).await.unwrap();
    let row = claim(brain, 1, 10).await.remove(0);
    assert_eq!(brain.renew(row.row, row.token, lease(50)).await, Ok(()));
    assert_eq!(claim(brain, 30, 60).await, []);
    assert_eq!(brain.next_due().await, Ok(Some(at(50))));
    // A lease that has ended is still its holder's while nobody else has taken the row.
    assert_eq!(brain.renew(row.row, row.token, lease(90)).await, Ok(()));
    let mut settle = story.next(Vec::new());
    settle.settles = Some((row.row, row.token));
    assert_eq!(one(brain, settle).await, Ok(Default::default()));
}

pub(crate) async fn a_lost_lease_is_not_renewed(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    one(brain, story.order(vec![post("x")])).await.unwrap();
    let slow = claim(brain, 1, 10).await.remove(0);
    let quick = claim(brain, 10, 20).await.remove(0);
    assert_eq!(brain.renew(slow.row, slow.token, lease(99)).await, Err(Error::LeaseLost));
    assert_eq!(brain.postpone(slow.row, slow.token, at(99)).await, Err(Error::LeaseLost));
    assert_eq!(brain.next_due().await, Ok(Some(at(20))));
    assert_eq!(brain.renew(quick.row, quick.token, lease(30)).await, Ok(()));
    let unknown = RowId::Effect(EffectId { case: story.case, event: 99, index: 0 });
    assert_eq!(brain.renew(unknown, quick.token, lease(30)).await, Err(Error::LeaseLost));
    assert_eq!(brain.postpone(unknown, quick.token, at(30)).await, Err(Error::LeaseLost));
}

pub(crate) async fn a_row_given_back_is_due_again_later(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    one(brain, story.order(vec![post("x")])).await.unwrap();
    let first = claim(brain, 1, 10).await.remove(0);
    assert_eq!(brain.postpone(first.row, first.token, at(40)).await, Ok(()));
    assert_eq!(brain.next_due().await, Ok(Some(at(40))));
    assert_eq!(claim(brain, 39, 60).await, []);
    assert_eq!(brain.renew(first.row, first.token, lease(99)).await, Err(Error::LeaseLost));
    let mut settle = story.clone().next(Vec::new());
    settle.settles = Some((first.row, first.token));
    assert_eq!(one(brain, settle).await, Err(Error::LeaseLost));
    let second = claim(brain, 40, 60).await.remove(0);
    assert_eq!((second.attempt, second.row), (2, first.row));
    assert!(second.token > first.token);
}

pub(crate) async fn the_next_due_time_counts_leases(store: &Store) {
    let brain = &*store.brain;
    assert_eq!(brain.next_due().await, Ok(None));
    let mut story = Story::begun(brain, "cms").await;
    let mut commit = story.order(vec![post("x")]);
    commit.timers = vec![(Timer::Expiry, TimerSet::At(at(70)))];
    one(brain, commit).await.unwrap();
    assert_eq!(brain.next_due().await, Ok(Some(at(0))));
    let row = claim(brain, 1, 50).await.remove(0);
    assert_eq!(brain.next_due().await, Ok(Some(at(50))));
    let mut settle = story.next(Vec::new());
    settle.settles = Some((row.row, row.token));
    one(brain, settle).await.unwrap();
    assert_eq!(brain.next_due().await, Ok(Some(at(70))));
}

pub(crate) async fn an_effect_survives_its_claim_unchanged(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let effects = vec![post("x \u{1f525} \"quoted\"\n"), open_room(), run()];
    let commit = story.order(effects);
    let wanted: BTreeSet<_> = commit.effects.iter().map(|(id, _)| RowId::Effect(*id)).collect();
    let items: Vec<Item> =
        commit.effects.iter().map(|(_, effect)| Item::Effect { effect: effect.clone() }).collect();
    one(brain, commit).await.unwrap();
    let mut claimed = claim(brain, 0, 10).await;
    claimed.sort_by_key(|row| row.row);
    assert_eq!(claimed.iter().map(|row| row.row).collect::<BTreeSet<_>>(), wanted);
    assert_eq!(claimed.into_iter().map(|row| row.item).collect::<Vec<_>>(), items);
}
