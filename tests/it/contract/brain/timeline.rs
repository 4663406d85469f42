//! Events, live cases, numbers, changes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use warroom::brain::{At, Change, Kind, Page};
use warroom::domain::ids::{CaseId, Number};
use warroom::domain::incident::{Cause, Event, Timer, TimerSet};

use super::Store;
use super::story::{Story, at, ended, fired, note, one, opened, whole};

pub(crate) async fn events_are_paged_from_any_number(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    for size in [1, 5, 2, 9, 1] {
        let notes = (0..size).map(|n| note(&format!("{size}.{n}"))).collect();
        one(brain, story.next(notes)).await.unwrap();
    }
    let all = &story.events;
    for from in 0..=all.len() + 2 {
        for max in [0, 1, 3, 100] {
            let wanted: Vec<_> =
                all.iter().filter(|s| s.number >= from as u64).take(max).cloned().collect();
            let found = brain.events(story.case, from as u64, max).await.unwrap();
            assert_eq!(found, wanted, "from {from}, at most {max}");
        }
    }
    let stranger = Story::of(brain, "stranger");
    assert_eq!(brain.events(stranger.case, 1, 10).await, Ok(Vec::new()));
}

pub(crate) async fn events_are_found_by_their_numbers(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::begun(brain, "cms").await;
    one(brain, story.next((0..20).map(|n| note(&n.to_string())).collect())).await.unwrap();
    one(brain, story.next(vec![note("x")])).await.unwrap();
    let found = brain.events_at(story.case, vec![1, 7, 8, 22, 23, 90]).await.unwrap();
    let numbers: Vec<u64> = found.iter().map(|stored| stored.number).collect();
    assert_eq!(numbers, [1, 7, 8, 22, 23]);
    assert!(found.iter().all(|stored| story.events.contains(stored)));
    assert_eq!(brain.events_at(story.case, Vec::new()).await, Ok(Vec::new()));
}

pub(crate) async fn a_large_commit_is_read_back_whole(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::of(brain, "cms");
    let events: Vec<Event> = (0..500).map(|n| fired(&format!("alert-{n}"))).collect();
    one(brain, story.begin(events)).await.unwrap();
    assert_eq!(whole(brain, At::Case(story.case)).await, Some(story.loaded()));
    assert_eq!(brain.events(story.case, 1, 1000).await.unwrap(), story.events);
    assert_eq!(brain.events(story.case, 400, 3).await.unwrap(), story.events[399..402]);
    assert_eq!(brain.events_at(story.case, vec![250]).await.unwrap(), story.events[249..250]);
}

pub(crate) async fn live_cases_are_paged_without_those_that_are_over(store: &Store) {
    let brain = &*store.brain;
    assert_eq!(brain.live(None, 10).await, Ok(Page::default()));
    let mut live = std::collections::BTreeMap::new();
    for n in 0..23_u64 {
        let mut story = Story::begun(brain, &format!("group-{n}")).await;
        if n % 2 == 0 {
            one(brain, story.next(vec![opened(n)])).await.unwrap();
        }
        let cause = Cause::Person { by: "ana".into() };
        if n % 4 == 0 {
            one(brain, story.next(vec![Event::IncidentResolved { cause }])).await.unwrap();
        }
        // The first of these is closed over an alert that fires, as a person may do.
        if n % 8 == 0 {
            one(brain, story.next(vec![Event::IncidentClosed {}])).await.unwrap();
        }
        if n % 16 == 0 {
            one(brain, story.next(vec![ended("first")])).await.unwrap();
        }
        if n == 6 {
            one(brain, story.next(vec![Event::IncidentMerged { into: story.case }])).await.unwrap();
        }
        if n % 16 != 0 {
            live.insert(story.case, story.state.head);
        }
    }
    let live: Vec<_> = live.into_iter().collect();
    for max in [1, 3, 7, 20, 100] {
        let (mut seen, mut after): (Vec<_>, Option<CaseId>) = (Vec::new(), None);
        for _ in 0..100 {
            let page = brain.live(after, max).await.unwrap();
            assert!(page.cases.len() <= max);
            seen.extend(page.cases);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, live, "pages of {max}");
    }
}

pub(crate) async fn numbers_are_dense(store: &Store) {
    assert_eq!(store.brain.last_number().await, Ok(Number(0)));
    for n in 1..=5 {
        assert_eq!(store.brain.next_number().await, Ok(Number(n)));
        assert_eq!(store.brain.last_number().await, Ok(Number(n)));
    }
}

pub(crate) async fn numbers_given_at_once_all_differ(store: &Store) {
    let mut numbers: Vec<_> = join_all((0..50).map(|_| store.brain.next_number()))
        .await
        .into_iter()
        .map(|number| number.unwrap().0)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=50).collect::<Vec<u64>>());
}

/// Waits until this change is heard; others may come before.
pub(crate) async fn hear(
    changes: &mut tokio::sync::broadcast::Receiver<Change>,
    wanted: impl Fn(&Change) -> bool,
) {
    let listening = async {
        while let Ok(change) = changes.recv().await {
            if wanted(&change) {
                return true;
            }
        }
        false
    };
    let heard = tokio::time::timeout(Duration::from_secs(10), listening).await;
    assert_eq!(heard, Ok(true), "the change was not heard");
}

pub(crate) async fn a_watcher_hears_of_what_changes(store: &Store) {
    let brain = Arc::clone(&store.brain);
    let mut changes = brain.watch();
    let mut story = Story::begun(&*brain, "cms").await;
    hear(&mut changes, |change| *change == Change::Case(story.case, 2)).await;
    one(&*brain, story.next(vec![note("x")])).await.unwrap();
    hear(&mut changes, |change| *change == Change::Case(story.case, 3)).await;
    let mut timer = story.next(Vec::new());
    timer.timers = vec![(Timer::Card, TimerSet::At(at(1)))];
    one(&*brain, timer).await.unwrap();
    hear(&mut changes, |change| *change == Change::Agenda).await;
    brain.put(Kind::Silence, "s".into(), 0, Some(1.into())).await.unwrap();
    hear(&mut changes, |change| *change == Change::Document(Kind::Silence)).await;
}

pub(crate) async fn health_names_the_brain(store: &Store) {
    let health = store.brain.health().await.unwrap();
    assert!(!health.id.is_empty() && !health.brain.is_empty());
    assert_eq!(health.shards, store.brain.shards());
    assert_eq!(health.is_shared, store.other.is_some());
    assert_eq!(store.brain.health().await.unwrap().id, health.id);
}
