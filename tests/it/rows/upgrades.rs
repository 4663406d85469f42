//! What another version of the program has written.

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde_json::{Value, json};
use warroom::brain::embedded::{Embedded, Options};
use warroom::brain::{At, Brain, Error, codec};
use warroom::domain::incident::{Event, Head, Incident, Member, Stored};

use crate::contract::brain::story::{Story, note, one, whole};

const GOLDEN: &str = include_str!("../../golden/events.jsonl");
/// The events of an embedded store, as it lays them out.
const EVENTS: TableDefinition<'_, [u8; 18], &[u8]> = TableDefinition::new("events");

fn golden() -> impl Iterator<Item = (Stored, Value)> {
    GOLDEN.lines().map(|line| {
        (codec::decode("event", line.as_bytes()).unwrap(), serde_json::from_str(line).unwrap())
    })
}

#[test]
fn fault_80_every_event_ever_written_is_replayed() {
    let events: Vec<Stored> = golden().map(|(stored, _)| stored).collect();
    let state = Incident::replay(&events).unwrap();
    assert_eq!(state.head.version, events.last().unwrap().number);
    let head = serde_json::to_vec(&state.head).unwrap();
    assert_eq!(codec::decode::<Head>("head", &head).unwrap(), state.head);
}

#[test]
fn fault_81_optional_fields_of_a_newer_version_are_ignored() {
    for (stored, mut line) in golden() {
        line["a_field_of_the_future"] = json!({ "deep": [1, 2, 3] });
        let newer = serde_json::to_vec(&line).unwrap();
        assert_eq!(codec::decode::<Stored>("event", &newer).unwrap(), stored, "{line}");
    }
    let state = Incident::replay(&golden().map(|(stored, _)| stored).collect::<Vec<_>>()).unwrap();
    let mut head = serde_json::to_value(&state.head).unwrap();
    head["a_field_of_the_future"] = json!(true);
    let head = serde_json::to_vec(&head).unwrap();
    assert_eq!(codec::decode::<Head>("head", &head).unwrap(), state.head);
    for member in state.members.values() {
        let mut newer = serde_json::to_value(member).unwrap();
        newer["a_field_of_the_future"] = json!("x");
        let newer = serde_json::to_vec(&newer).unwrap();
        assert_eq!(codec::decode::<Member>("member", &newer).unwrap(), *member);
    }
}

/// Replaces words of the same length in every event of a closed store.
fn rewrite(folder: &std::path::Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let database = Database::open(folder.join("brain.redb")).unwrap();
    let read = database.begin_read().unwrap();
    let rows: Vec<([u8; 18], Vec<u8>)> = read
        .open_table(EVENTS)
        .unwrap()
        .iter()
        .unwrap()
        .map(|row| row.map(|(key, row)| (key.value(), row.value().to_vec())).unwrap())
        .collect();
    drop(read);
    let write = database.begin_write().unwrap();
    let mut changed = 0;
    for (key, mut row) in rows {
        let places: Vec<usize> = (0..row.len().saturating_sub(from.len()))
            .filter(|at| row[*at..].starts_with(from.as_bytes()))
            .collect();
        for at in &places {
            row[*at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        changed += places.len();
        write.open_table(EVENTS).unwrap().insert(&key, row.as_slice()).unwrap();
    }
    write.commit().unwrap();
    assert!(changed > 0, "there is no {from}");
}

#[tokio::test]
async fn fault_81_an_event_of_a_newer_version_is_refused_and_damages_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Embedded::open(folder.path(), &Options::default()).unwrap();
    let (mut newer, mut plain, before);
    {
        let brain = open();
        newer = Story::begun(&brain, "newer").await;
        plain = Story::begun(&brain, "plain").await;
        one(&brain, newer.next(vec![note("of a newer version")])).await.unwrap();
        before = brain.events(newer.case, 1, 100).await.unwrap();
        assert!(matches!(before.last().unwrap().event, Event::NoteAdded { .. }));
    }
    rewrite(folder.path(), "note_added", "note_mixed");
    {
        let brain = open();
        let Err(Error::Unusable(why)) = brain.events(newer.case, 1, 100).await else {
            panic!("an event that nobody knows was read");
        };
        assert!(why.contains("newer warroom") && why.contains("note_mixed"), "{why}");
        // The case itself is still there and everything else goes on.
        let loaded = whole(&brain, At::Case(newer.case)).await.unwrap();
        assert_eq!(loaded, newer.loaded());
        one(&brain, plain.next(vec![note("meanwhile")])).await.unwrap();
        assert_eq!(brain.events(plain.case, 1, 100).await.unwrap(), plain.events);
    }
    rewrite(folder.path(), "note_mixed", "note_added");
    let brain = open();
    assert_eq!(brain.events(newer.case, 1, 100).await.unwrap(), before, "the upgrade lost events");
}
