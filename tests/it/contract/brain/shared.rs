//! Two processes on one store.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;
use warroom::brain::{At, Brain, Change, Limit, Permit};

use super::story::{Story, at, claim, lease, note, one, post, whole};
use super::timeline::hear;
use super::{Store, logs};

fn both(store: &Store) -> (Arc<dyn Brain>, Arc<dyn Brain>) {
    let other = store.other.as_ref().expect("this brain cannot be shared");
    (Arc::clone(&store.brain), Arc::clone(other))
}

pub(crate) async fn what_one_process_writes_the_other_reads(store: &Store) {
    let (here, there) = both(store);
    let mut story = Story::begun(&*here, "cms").await;
    one(&*there, story.next(vec![note("from there")])).await.unwrap();
    assert_eq!(whole(&*here, At::Group(story.group())).await, Some(story.loaded()));
    assert_eq!(here.health().await.unwrap().id, there.health().await.unwrap().id);
    assert_eq!(here.shards(), there.shards());
}

pub(crate) async fn two_processes_never_claim_the_same_row(store: &Store) {
    let (here, there) = both(store);
    for n in 0..40 {
        let mut story = Story::begun(&*here, &format!("group-{n}")).await;
        one(&*here, story.order(vec![post("x")])).await.unwrap();
    }
    let claims = (0..20).map(|n| {
        let brain = if n % 2 == 0 { &here } else { &there };
        brain.claim(at(1), 3, lease(60))
    });
    let rows: Vec<_> = join_all(claims)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .map(|claimed| claimed.row)
        .collect();
    assert_eq!((rows.len(), rows.iter().collect::<BTreeSet<_>>().len()), (40, 40));
}

pub(crate) async fn a_row_of_a_dead_process_is_taken_over(store: &Store) {
    let (here, there) = both(store);
    let mut story = Story::begun(&*here, "cms").await;
    let mut commit = story.order(vec![post("x")]);
    commit.lease = Some(lease(10));
    let lost = one(&*here, commit).await.unwrap().claimed.remove(0);
    assert_eq!(there.next_due().await, Ok(Some(at(10))));
    assert_eq!(claim(&*there, 9, 60).await, []);
    let taken = claim(&*there, 10, 60).await.remove(0);
    assert_eq!((taken.row, taken.attempt, taken.item), (lost.row, 2, lost.item));
    assert!(taken.token > lost.token);
}

pub(crate) async fn a_watcher_hears_the_other_process(store: &Store) {
    let (here, there) = both(store);
    let mut changes = there.watch();
    let mut story = Story::begun(&*here, "cms").await;
    let case = story.case;
    // A hint may be lost while the watch begins, so something is written until one is heard.
    let writing = async {
        loop {
            one(&*here, story.next(vec![note("x")])).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let hearing = hear(&mut changes, |change| matches!(change, Change::Case(c, _) if *c == case));
    tokio::select! { () = hearing => {}, () = writing => {} }
}

pub(crate) async fn a_repeated_command_is_known_to_the_other_process(store: &Store) {
    let (here, there) = both(store);
    let mut story = Story::begun(&*here, "cms").await;
    let mut commit = story.order(vec![post("once")]);
    commit.lease = Some(lease(60));
    let first = one(&*here, commit.clone()).await;
    assert_eq!(one(&*there, commit).await, first);
    assert_eq!(whole(&*there, At::Case(story.case)).await, Some(story.loaded()));
}

pub(crate) async fn a_limit_is_shared(store: &Store) {
    let (here, there) = both(store);
    let limits = vec![Limit { key: "all".into(), burst: 2, period: TimeDelta::seconds(60) }];
    assert_eq!(here.take(limits.clone(), at(0)).await.unwrap().0, Permit::Granted);
    assert_eq!(there.take(limits.clone(), at(0)).await.unwrap().0, Permit::Granted);
    assert_ne!(here.take(limits, at(0)).await.unwrap().0, Permit::Granted);
}

pub(crate) async fn numbers_of_two_processes_differ(store: &Store) {
    let (here, there) = both(store);
    let mut numbers = BTreeSet::new();
    for _ in 0..10 {
        assert!(numbers.insert(here.next_number().await.unwrap()));
        assert!(numbers.insert(there.next_number().await.unwrap()));
    }
    assert_eq!(here.last_number().await, there.last_number().await);
}

pub(crate) async fn a_log_is_one_for_two_processes(store: &Store) {
    let (here, there) = both(store);
    let mut changes = there.watch();
    assert_eq!(logs::append(&*here, "room/1", "a", b"x").await, 1);
    hear(&mut changes, |change| *change == Change::Log("room/1".into(), 1)).await;
    assert_eq!(logs::append(&*there, "room/1", "a", b"again").await, 1);
    assert_eq!(logs::append(&*there, "room/1", "b", b"y").await, 2);
    let all = [(1, "x".to_owned()), (2, "y".to_owned())];
    assert_eq!(logs::bodies(&*here, "room/1", 1, 9).await, all);
    let both = (0..40).map(|n| {
        let brain = Arc::clone(if n % 2 == 0 { &here } else { &there });
        async move { logs::append(&*brain, "shared", &(n / 2).to_string(), b"z").await }
    });
    let mut numbers = join_all(both).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).flat_map(|n| [n, n]).collect::<Vec<u64>>());
}
