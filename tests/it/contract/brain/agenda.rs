//! The agenda in a commit: births and settlements.

use warroom::brain::{At, Error, Item, RowId, Token};
use warroom::domain::ids::EffectId;
use warroom::domain::incident::Class;

use super::Store;
use super::story::{Story, at, claim, lease, note, one, open_room, post, run, texts, whole};

pub(crate) async fn effects_of_class_a_and_b_are_claimed_at_birth(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let mut commit = story.order(vec![post("a"), open_room(), run()]);
    commit.lease = Some(lease(30));
    let ids: Vec<EffectId> = commit.effects.iter().map(|(id, _)| *id).collect();
    let mut claimed = one(brain, commit).await.unwrap().claimed;
    claimed.sort_by_key(|row| row.row);
    let rows: Vec<RowId> = claimed.iter().map(|row| row.row).collect();
    assert_eq!(rows, [RowId::Effect(ids[0]), RowId::Effect(ids[1])]);
    assert!(claimed.iter().all(|row| row.attempt == 1 && row.due == at(0)));
    assert!(claimed.iter().all(|row| match &row.item {
        Item::Effect { effect } => effect.class() != Class::AtMostOnce,
        Item::Timer { .. } => false,
    }));
    // Class C is claimed like anything else, by whoever comes.
    let others = claim(brain, 1, 40).await;
    assert_eq!(others.iter().map(|row| row.row).collect::<Vec<_>>(), [RowId::Effect(ids[2])]);
    // The birth's lease is a lease: it ends, and the next holder has a larger token.
    let again = claim(brain, 30, 60).await;
    assert_eq!(again.len(), 2);
    for row in again {
        let first = claimed.iter().find(|first| first.row == row.row).unwrap();
        assert!(row.token > first.token && row.attempt == 2);
    }
}

pub(crate) async fn effects_without_a_lease_are_due_at_once(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    story.now = at(7);
    let answer = one(brain, story.order(vec![post("a"), post("b")])).await.unwrap();
    assert_eq!(answer.claimed, []);
    assert_eq!(brain.next_due().await, Ok(Some(at(7))));
    assert_eq!(claim(brain, 6, 60).await, []);
    let mut claimed = claim(brain, 7, 60).await;
    claimed.sort_by_key(|row| row.row);
    assert_eq!(texts(&claimed), ["a", "b"]);
}

pub(crate) async fn a_settled_row_is_gone(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let mut commit = story.order(vec![post("a")]);
    commit.lease = Some(lease(30));
    let row = one(brain, commit).await.unwrap().claimed.remove(0);
    let mut settle = story.next(vec![note("done")]);
    settle.settles = Some((row.row, row.token));
    one(brain, settle).await.unwrap();
    assert_eq!(brain.next_due().await, Ok(None));
    assert_eq!(claim(brain, 1000, 2000).await, []);
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
    let mut twice = story.clone().next(vec![note("done twice")]);
    twice.settles = Some((row.row, row.token));
    assert_eq!(one(brain, twice).await, Err(Error::LeaseLost));
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
}

pub(crate) async fn a_lost_token_settles_nothing(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    one(brain, story.order(vec![post("a")])).await.unwrap();
    let slow = claim(brain, 1, 10).await.remove(0);
    let quick = claim(brain, 10, 20).await.remove(0);
    let mut late = story.clone().order(vec![post("never")]);
    late.settles = Some((slow.row, slow.token));
    assert_eq!(one(brain, late).await, Err(Error::LeaseLost));
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
    assert_eq!(brain.events(story.case, 1, 100).await.unwrap(), story.events);
    let mut settle = story.next(vec![note("done")]);
    settle.settles = Some((quick.row, quick.token));
    one(brain, settle).await.unwrap();
    assert_eq!(claim(brain, 1000, 2000).await, []);
}

pub(crate) async fn a_stranger_to_the_row_settles_nothing(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let commit = story.order(vec![post("a")]);
    let row = RowId::Effect(commit.effects[0].0);
    one(brain, commit).await.unwrap();
    for token in [Token(0), Token(1), Token(u64::from(u32::MAX))] {
        let mut settle = story.clone().next(vec![note("done")]);
        settle.settles = Some((row, token));
        assert_eq!(one(brain, settle).await, Err(Error::LeaseLost), "{token:?}");
    }
    assert_eq!(texts(&claim(brain, 1, 10).await), ["a"]);
}

pub(crate) async fn a_commit_that_conflicts_settles_nothing(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    one(brain, story.order(vec![post("a")])).await.unwrap();
    let row = claim(brain, 1, 10).await.remove(0);
    let mut late = story.clone();
    one(brain, story.next(vec![note("meanwhile")])).await.unwrap();
    let mut settle = late.next(vec![note("done")]);
    settle.settles = Some((row.row, row.token));
    assert_eq!(one(brain, settle).await, Err(Error::Conflict));
    // Load, decide again, and settle: the lease is still held.
    let mut settle = story.next(vec![note("done")]);
    settle.settles = Some((row.row, row.token));
    assert_eq!(one(brain, settle).await, Ok(Default::default()));
}

/// `Tell` hands an input to another case: the row is one case's, the commit another's.
pub(crate) async fn a_row_settles_a_commit_of_another_case(store: &Store) {
    let brain = &*store.brain;
    let shards = brain.shards();
    let mut sender = Story::begun(brain, "sender").await;
    one(brain, sender.order(vec![post("hello")])).await.unwrap();
    let row = claim(brain, 1, 10).await.remove(0);
    // Only inside one shard: a brain may keep each shard on a machine of its own.
    let receiver = (0..).map(|n| format!("receiver-{n}")).find(|group| {
        warroom::domain::ids::GroupKey(group.as_str().into()).shard(shards) == sender.case.shard
    });
    let mut receiver = Story::begun(brain, &receiver.unwrap()).await;
    let mut settle = receiver.next(vec![note("hello")]);
    settle.settles = Some((row.row, row.token));
    assert_eq!(one(brain, settle).await, Ok(Default::default()));
    assert_eq!(claim(brain, 1000, 2000).await, []);
    assert_eq!(whole(brain, At::Case(receiver.case)).await, Some(receiver.loaded()));
}
