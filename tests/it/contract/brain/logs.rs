//! Logs: lists that only grow.

use futures_util::future::join_all;
use warroom::brain::{Brain, Change, Error, LOGGED_BYTES_MAX, READ_BYTES_MAX};

use super::Store;
use super::timeline::hear;

/// A name with everything that could end a key too early.
const ROOM: &str = "room/1 {a}:e\u{e9}*";

pub(crate) async fn append(brain: &dyn Brain, log: &str, id: &str, body: &[u8]) -> u64 {
    brain.append(log.into(), id.into(), body.to_vec()).await.unwrap()
}

pub(crate) async fn bodies(
    brain: &dyn Brain,
    log: &str,
    from: u64,
    max: usize,
) -> Vec<(u64, String)> {
    let entries = brain.read(log.into(), from, max).await.unwrap();
    let text = |body| String::from_utf8(body).unwrap();
    entries.into_iter().map(|entry| (entry.number, text(entry.body))).collect()
}

pub(crate) async fn entries_are_numbered_and_read_in_order(store: &Store) {
    let brain = &*store.brain;
    assert_eq!(brain.length(ROOM.into()).await, Ok(0));
    assert_eq!(brain.read(ROOM.into(), 1, 9).await, Ok(Vec::new()));
    for n in 1..=50 {
        assert_eq!(append(brain, ROOM, &format!("id {n}"), format!("b{n}").as_bytes()).await, n);
    }
    assert_eq!(append(brain, "room/1", "id 1", b"another log").await, 1);
    assert_eq!(brain.length(ROOM.into()).await, Ok(50));
    let wanted = |numbers: std::ops::RangeInclusive<u64>| -> Vec<(u64, String)> {
        numbers.map(|n| (n, format!("b{n}"))).collect()
    };
    assert_eq!(bodies(brain, ROOM, 1, 1000).await, wanted(1..=50));
    assert_eq!(bodies(brain, ROOM, 0, 2).await, wanted(1..=2));
    assert_eq!(bodies(brain, ROOM, 15, 20).await, wanted(15..=34));
    assert_eq!(bodies(brain, ROOM, 49, 9).await, wanted(49..=50));
    assert_eq!(bodies(brain, ROOM, 51, 9).await, []);
    assert_eq!(bodies(brain, ROOM, u64::MAX, usize::MAX).await, []);
    assert_eq!(bodies(brain, ROOM, 1, 0).await, []);
    assert_eq!(brain.read(ROOM.into(), 7, 1).await.unwrap()[0].id, "id 7");
}

pub(crate) async fn one_id_is_one_entry(store: &Store) {
    let brain = &*store.brain;
    assert_eq!(append(brain, ROOM, "a", b"first").await, 1);
    assert_eq!(append(brain, ROOM, "b", b"other").await, 2);
    assert_eq!(append(brain, ROOM, "a", b"again").await, 1);
    let at_once = join_all((0..20).map(|_| append(brain, ROOM, "c", b"at once"))).await;
    assert_eq!(at_once, [3; 20]);
    assert_eq!(brain.length(ROOM.into()).await, Ok(3));
    assert_eq!(bodies(brain, ROOM, 1, 2).await, [(1, "first".into()), (2, "other".into())]);
}

pub(crate) async fn entries_appended_at_once_leave_no_gap(store: &Store) {
    let brain = &*store.brain;
    let ids: Vec<String> = (0..200).map(|n| n.to_string()).collect();
    let numbers = join_all(ids.iter().map(|id| append(brain, ROOM, id, id.as_bytes()))).await;
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (1..=200).collect::<Vec<u64>>());
    let read = bodies(brain, ROOM, 1, 500).await;
    for (id, number) in ids.iter().zip(numbers) {
        assert_eq!(read[number as usize - 1], (number, id.clone()));
    }
}

pub(crate) async fn what_is_too_large_for_a_log_is_refused(store: &Store) {
    let brain = &*store.brain;
    let large = vec![7; LOGGED_BYTES_MAX];
    assert_eq!(append(brain, ROOM, "large", &large).await, 1);
    let refused = [
        brain.append(ROOM.into(), "more".into(), vec![7; LOGGED_BYTES_MAX + 1]).await,
        brain.append(ROOM.into(), "x".repeat(300).into(), vec![1]).await,
        brain.append("x".repeat(300).into(), "id".into(), vec![1]).await,
        brain.append("".into(), "id".into(), vec![1]).await,
        brain.append(ROOM.into(), "".into(), vec![1]).await,
    ];
    for answer in refused {
        assert!(matches!(answer, Err(Error::Invalid(_))), "{answer:?}");
    }
    assert_eq!(brain.length(ROOM.into()).await, Ok(1));
    assert_eq!(brain.read(ROOM.into(), 1, 9).await.unwrap()[0].body, large);
}

pub(crate) async fn one_answer_holds_only_so_many_bytes(store: &Store) {
    let brain = &*store.brain;
    for n in 0..6 {
        append(brain, ROOM, &n.to_string(), &vec![n; LOGGED_BYTES_MAX]).await;
    }
    let mut seen = Vec::new();
    let mut from = 1;
    while let Ok(entries) = brain.read(ROOM.into(), from, 100).await
        && let Some(last) = entries.last()
    {
        assert!(entries.iter().map(|entry| entry.body.len()).sum::<usize>() <= READ_BYTES_MAX);
        from = last.number + 1;
        seen.extend(entries.iter().map(|entry| (entry.number, entry.body[0])));
    }
    assert_eq!(seen, (1..=6).zip(0..6).collect::<Vec<_>>());
}

pub(crate) async fn a_discarded_log_is_gone_and_begins_anew(store: &Store) {
    let brain = &*store.brain;
    for log in ["room/1", "room/12", "room"] {
        append(brain, log, "a", b"x").await;
        append(brain, log, "b", b"y").await;
    }
    brain.discard("room/1".into()).await.unwrap();
    brain.discard("room/1".into()).await.unwrap();
    assert_eq!(brain.length("room/1".into()).await, Ok(0));
    assert_eq!(bodies(brain, "room/1", 1, 9).await, []);
    for other in ["room/12", "room"] {
        assert_eq!(brain.length(other.into()).await, Ok(2));
    }
    assert_eq!(append(brain, "room/1", "b", b"anew").await, 1);
    assert_eq!(bodies(brain, "room/1", 1, 9).await, [(1, "anew".into())]);
}

pub(crate) async fn a_watcher_hears_of_an_entry(store: &Store) {
    let mut changes = store.brain.watch();
    append(&*store.brain, ROOM, "a", b"x").await;
    hear(&mut changes, |change| *change == Change::Log(ROOM.into(), 1)).await;
    append(&*store.brain, ROOM, "b", b"x").await;
    hear(&mut changes, |change| *change == Change::Log(ROOM.into(), 2)).await;
}
