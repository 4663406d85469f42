//! Limits that all replicas share.

use chrono::TimeDelta;
use futures_util::future::join_all;
use warroom::brain::{Limit, Permit};

use super::Store;
use super::story::at;

fn limit(key: &str, burst: u32, seconds: i64) -> Limit {
    Limit { key: key.into(), burst, period: TimeDelta::seconds(seconds) }
}

async fn take(store: &Store, limits: &[Limit], now: i64) -> Permit {
    store.brain.take(limits.to_vec(), at(now)).await.unwrap().0
}

pub(crate) async fn a_limit_admits_its_burst_and_refills(store: &Store) {
    let limits = [limit("rooms/rule/a", 3, 60)];
    for _ in 0..3 {
        assert_eq!(take(store, &limits, 0).await, Permit::Granted);
    }
    assert!(matches!(take(store, &limits, 0).await, Permit::Refused(_)));
    assert!(matches!(take(store, &limits, 19).await, Permit::Refused(_)));
    // One comes back every twenty seconds, and never more than the burst.
    assert_eq!(take(store, &limits, 20).await, Permit::Granted);
    assert!(matches!(take(store, &limits, 21).await, Permit::Refused(_)));
    for _ in 0..3 {
        assert_eq!(take(store, &limits, 1000).await, Permit::Granted);
    }
    assert!(matches!(take(store, &limits, 1000).await, Permit::Refused(_)));
    assert_eq!(take(store, &[limit("rooms/rule/b", 3, 60)], 1000).await, Permit::Granted);
}

pub(crate) async fn a_refusal_says_when(store: &Store) {
    let limits = [limit("one", 2, 60)];
    assert_eq!(take(store, &limits, 0).await, Permit::Granted);
    assert_eq!(take(store, &limits, 10).await, Permit::Granted);
    let Permit::Refused(when) = take(store, &limits, 15).await else { panic!("it was granted") };
    assert_eq!(when, at(30));
    assert_eq!(take(store, &limits, 29).await, Permit::Refused(when));
    assert_eq!(take(store, &limits, 30).await, Permit::Granted);
}

pub(crate) async fn all_limits_are_granted_or_none(store: &Store) {
    let (wide, narrow) = (limit("wide", 3, 60), limit("narrow", 1, 60));
    let both = [wide.clone(), narrow.clone()];
    assert_eq!(take(store, &both, 0).await, Permit::Granted);
    for _ in 0..5 {
        assert!(matches!(take(store, &both, 0).await, Permit::Refused(_)));
    }
    // The refusals took nothing from the wide one.
    for _ in 0..2 {
        assert_eq!(take(store, std::slice::from_ref(&wide), 0).await, Permit::Granted);
    }
    assert!(matches!(take(store, &[wide], 0).await, Permit::Refused(_)));
}

pub(crate) async fn the_latest_refusal_is_named(store: &Store) {
    let (short, long) = (limit("short", 1, 10), limit("long", 1, 100));
    let both = [long, short];
    assert_eq!(take(store, &both, 0).await, Permit::Granted);
    let answer = store.brain.take(both.to_vec(), at(1)).await;
    assert_eq!(answer, Ok((Permit::Refused(at(100)), "long".into())));
    let answer = store.brain.take(both.iter().rev().cloned().collect(), at(1)).await;
    assert_eq!(answer, Ok((Permit::Refused(at(100)), "long".into())));
}

pub(crate) async fn a_limit_asked_at_once_admits_no_more(store: &Store) {
    let limits = vec![limit("busy", 10, 3600)];
    let answers = join_all((0..200).map(|_| store.brain.take(limits.clone(), at(0)))).await;
    let granted = answers.iter().filter(|answer| answer.as_ref().unwrap().0 == Permit::Granted);
    assert_eq!(granted.count(), 10);
}

pub(crate) async fn no_limit_at_all_is_granted(store: &Store) {
    assert_eq!(take(store, &[], 0).await, Permit::Granted);
}
