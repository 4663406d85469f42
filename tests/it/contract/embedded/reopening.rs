//! Closing and opening: everything comes back, and strangers are refused.

use serde_json::json;
use warroom::brain::embedded::{Embedded, Options};
use warroom::brain::{At, Brain, Error, Found, IndexChange, Key, Kind, Limit, Permit};
use warroom::domain::ids::Number;
use warroom::domain::incident::{Event, Timer, TimerSet};

use crate::contract::brain::story::{
    Story, at, claim, ended, fired, note, one, open_room, opened, post, print_of, whole,
};

fn open(folder: &tempfile::TempDir) -> Embedded {
    Embedded::open(folder.path(), &Options::default()).unwrap()
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let brain = open(&folder);
    let mut story = Story::of(&brain, "cms");
    let mut begin = story.begin(vec![fired("a"), fired("b"), opened(1)]);
    let found = Found { case: story.case, member: Some(print_of("a")) };
    let single = Found { member: None, ..found };
    let fingerprint = Key::Fingerprint(print_of("a"));
    begin.index = vec![
        IndexChange::Put(fingerprint.clone(), single),
        IndexChange::Put(Key::Inhibitor(9), found),
        IndexChange::Put(Key::Ticket("OPS-1".into()), single),
    ];
    begin.timers = vec![(Timer::Expiry, TimerSet::At(at(50)))];
    one(&brain, begin).await.unwrap();
    for n in 0..200 {
        one(&brain, story.next(vec![fired(&format!("{}", n % 50))])).await.unwrap();
    }
    one(&brain, story.order(vec![post("x"), open_room()])).await.unwrap();
    let held = claim(&brain, 1, 40).await;
    let mut closed = Story::begun(&brain, "closed").await;
    one(&brain, closed.next(vec![ended("first"), Event::IncidentClosed {}])).await.unwrap();
    brain.put(Kind::Silence, "s".into(), 0, Some(json!({"a": 1}))).await.unwrap();
    let limit = vec![Limit { key: "l".into(), burst: 1, period: chrono::TimeDelta::hours(1) }];
    assert_eq!(brain.take(limit.clone(), at(0)).await.unwrap().0, Permit::Granted);
    assert_eq!(brain.next_number().await, Ok(Number(1)));
    assert_eq!(brain.append("room/1".into(), "a".into(), b"said".to_vec()).await, Ok(1));
    let id = brain.health().await.unwrap().id;
    drop(brain);

    let brain = open(&folder);
    assert_eq!(brain.health().await.unwrap().id, id);
    assert_eq!(whole(&brain, At::Group(story.group())).await, Some(story.loaded()));
    assert_eq!(whole(&brain, At::Case(closed.case)).await, Some(closed.loaded()));
    assert_eq!(brain.events(story.case, 1, 1000).await.unwrap(), story.events);
    let keys = vec![fingerprint, Key::Inhibitor(9), Key::Ticket("OPS-1".into())];
    let finds = brain.find(keys).await.unwrap();
    assert_eq!(finds, [vec![single], vec![found], vec![single]]);
    assert_eq!(brain.live(None, 9).await.unwrap().cases.len(), 1);
    assert_eq!(brain.documents(Kind::Silence).await.unwrap()[0].body, json!({"a": 1}));
    assert!(matches!(brain.take(limit, at(1)).await.unwrap().0, Permit::Refused(_)));
    assert_eq!(brain.next_number().await, Ok(Number(2)));
    assert_eq!(brain.append("room/1".into(), "a".into(), b"again".to_vec()).await, Ok(1));
    assert_eq!(brain.append("room/1".into(), "b".into(), b"more".to_vec()).await, Ok(2));
    assert_eq!(brain.read("room/1".into(), 1, 9).await.unwrap()[0].body, b"said");
    assert_eq!(brain.next_due().await, Ok(Some(at(40))));
    // The leases of the process before are as good as anybody's, until they end.
    assert_eq!(claim(&brain, 39, 60).await, []);
    let again = claim(&brain, 40, 60).await;
    assert_eq!(again.len(), held.len());
    for (new, old) in again.iter().zip(&held) {
        assert!(new.token > old.token && new.attempt == 2 && new.item == old.item);
    }
    one(&brain, story.next(vec![note("goes on")])).await.unwrap();
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let brain = open(&folder);
    let error = Embedded::open(folder.path(), &Options::default()).unwrap_err();
    assert!(matches!(error, Error::Unusable(_)));
    assert!(error.to_string().contains("in use by another process"), "{error}");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
    drop(brain);
    drop(open(&folder));
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder));
    let meta: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("meta");
    let store = redb::Database::open(folder.path().join("brain.redb")).unwrap();
    let transaction = store.begin_write().unwrap();
    transaction.open_table(meta).unwrap().insert("schema", b"7".as_slice()).unwrap();
    transaction.commit().unwrap();
    drop(store);
    let error = Embedded::open(folder.path(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("schema 7") && error.contains("knows 1"), "{error}");
}

#[tokio::test]
async fn a_store_from_before_there_were_logs_gets_them() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder));
    let store = redb::Database::open(folder.path().join("brain.redb")).unwrap();
    let transaction = store.begin_write().unwrap();
    let entries: redb::TableDefinition<'_, (&str, u64), &[u8]> = redb::TableDefinition::new("logs");
    let ids: redb::TableDefinition<'_, (&str, &str), u64> = redb::TableDefinition::new("logged");
    assert!(transaction.delete_table(entries).unwrap());
    assert!(transaction.delete_table(ids).unwrap());
    transaction.commit().unwrap();
    drop(store);
    let brain = open(&folder);
    assert_eq!(brain.append("room/1".into(), "a".into(), b"said".to_vec()).await, Ok(1));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("brain.redb"), "not a store").unwrap();
    let error = Embedded::open(folder.path(), &Options::default()).unwrap_err();
    assert!(matches!(error, Error::Unusable(_)), "{error:?}");
}

#[tokio::test]
async fn the_shards_of_a_store_never_change() {
    let folder = tempfile::tempdir().unwrap();
    let with = |shards| Options { shards, ..Options::default() };
    drop(Embedded::open(folder.path(), &with(8)).unwrap());
    let brain = Embedded::open(folder.path(), &with(64)).unwrap();
    assert_eq!(brain.shards(), 8);
}
