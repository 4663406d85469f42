//! What finds a case from the outside.

use std::collections::BTreeSet;

use warroom::brain::{Brain, Error, Found, IndexChange, Key};
use warroom::domain::ids::{Fingerprint, Number};

use super::Store;
use super::story::{Story, note, one, print_of};

async fn write(brain: &dyn Brain, story: &mut Story, index: impl IntoIterator<Item = IndexChange>) {
    let mut commit = story.next(vec![note("index")]);
    commit.index = index.into_iter().collect();
    one(brain, commit).await.unwrap();
}

async fn put(brain: &dyn Brain, story: &mut Story, key: &Key) {
    let change = IndexChange::Put(key.clone(), found(story));
    write(brain, story, [change]).await;
}

async fn remove(brain: &dyn Brain, story: &mut Story, key: &Key) {
    let change = IndexChange::Remove(key.clone(), found(story));
    write(brain, story, [change]).await;
}

fn found(story: &Story) -> Found {
    Found { case: story.case, member: None }
}

async fn look(brain: &dyn Brain, key: Key) -> Vec<Found> {
    brain.find(vec![key]).await.unwrap().remove(0)
}

pub(crate) async fn a_single_key_finds_the_newest_put(store: &Store) {
    let brain = &*store.brain;
    let mut a = Story::begun(brain, "a").await;
    let mut b = Story::begun(brain, "b").await;
    let key = Key::Fingerprint(print_of("x"));
    assert_eq!(look(brain, key.clone()).await, []);
    for is_first in [true, false, true] {
        let story = if is_first { &mut a } else { &mut b };
        put(brain, story, &key).await;
        assert_eq!(look(brain, key.clone()).await, [found(story)]);
    }
}

pub(crate) async fn removing_another_value_leaves_the_key(store: &Store) {
    let brain = &*store.brain;
    let mut a = Story::begun(brain, "a").await;
    let mut b = Story::begun(brain, "b").await;
    let key = Key::Room("!room:example.org".into());
    put(brain, &mut a, &key).await;
    put(brain, &mut b, &key).await;
    remove(brain, &mut a, &key).await;
    assert_eq!(look(brain, key.clone()).await, [found(&b)]);
    remove(brain, &mut b, &key).await;
    assert_eq!(look(brain, key).await, []);
}

pub(crate) async fn every_kind_of_key_is_found(store: &Store) {
    let brain = &*store.brain;
    let mut a = Story::begun(brain, "a").await;
    let keys = [
        Key::Fingerprint(Fingerprint(u64::MAX)),
        Key::Number(Number(17)),
        Key::Room("17".into()),
        Key::Ticket("17".into()),
        Key::Ticket("a very long ticket name with blanks, : and \u{fc}".into()),
        Key::Inhibitor(17),
    ];
    for key in &keys {
        put(brain, &mut a, key).await;
    }
    for key in &keys {
        assert_eq!(look(brain, key.clone()).await, [found(&a)], "{key:?}");
    }
    assert_eq!(look(brain, Key::Number(Number(18))).await, []);
    for key in &keys {
        remove(brain, &mut a, key).await;
        assert_eq!(look(brain, key.clone()).await, [], "{key:?}");
    }
}

pub(crate) async fn inhibitors_are_a_set(store: &Store) {
    let brain = &*store.brain;
    let mut a = Story::begun(brain, "a").await;
    let mut b = Story::begun(brain, "b").await;
    let (key, other) = (Key::Inhibitor(7), Key::Inhibitor(8));
    let member = |story: &Story, n| Found { case: story.case, member: Some(Fingerprint(n)) };
    let (a1, a2, b1) = (member(&a, 1), member(&a, 2), member(&b, 1));
    let puts = [a1, a2, a1].map(|found| IndexChange::Put(key.clone(), found));
    write(brain, &mut a, puts.to_vec()).await;
    let puts = vec![IndexChange::Put(key.clone(), b1), IndexChange::Put(other.clone(), b1)];
    write(brain, &mut b, puts).await;
    let set = |found: Vec<Found>| found.into_iter().collect::<BTreeSet<_>>();
    let all = look(brain, key.clone()).await;
    assert_eq!(all.len(), 3);
    assert_eq!(set(all), BTreeSet::from([a1, a2, b1]));
    write(brain, &mut a, vec![IndexChange::Remove(key.clone(), a1)]).await;
    assert_eq!(set(look(brain, key.clone()).await), BTreeSet::from([a2, b1]));
    assert_eq!(look(brain, other).await, [b1]);
    assert_eq!(look(brain, Key::Inhibitor(9)).await, []);
}

pub(crate) async fn the_index_is_written_with_its_commit(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::of(brain, "cms");
    let names: Vec<String> = (0..100).map(|n| format!("alert-{n}")).collect();
    let mut begin = story.begin(names.iter().map(|name| super::story::fired(name)).collect());
    let key = |name: &String| Key::Fingerprint(print_of(name));
    begin.index = names.iter().map(|name| IndexChange::Put(key(name), found(&story))).collect();
    one(brain, begin).await.unwrap();
    let answers = brain.find(names.iter().map(key).collect()).await.unwrap();
    assert!(answers.iter().all(|answer| *answer == [found(&story)]));
    assert_eq!(answers.len(), 100);
}

/// An entry may dangle after a refused commit; it must never be missing.
pub(crate) async fn a_conflict_keeps_what_others_find(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    let key = Key::Number(Number(1));
    put(brain, &mut story, &key).await;
    let mut late = story.clone();
    late.state.head.version = 1;
    let mut commit = late.next(vec![note("late")]);
    commit.index = vec![IndexChange::Remove(key.clone(), found(&story))];
    assert_eq!(one(brain, commit).await, Err(Error::Conflict));
    assert_eq!(look(brain, key).await, [found(&story)]);
}

pub(crate) async fn keys_are_answered_in_order(store: &Store) {
    let brain = &*store.brain;
    let mut a = Story::begun(brain, "a").await;
    let mut b = Story::begun(brain, "b").await;
    let key = |n| Key::Number(Number(n));
    put(brain, &mut a, &key(1)).await;
    put(brain, &mut b, &key(2)).await;
    let answers = brain.find(vec![key(2), key(3), key(1), key(2)]).await.unwrap();
    assert_eq!(answers, [vec![found(&b)], vec![], vec![found(&a)], vec![found(&b)]]);
    assert_eq!(brain.find(Vec::new()).await, Ok(Vec::new()));
}
