//! Small versioned documents.

use futures_util::future::join_all;
use serde_json::json;
use warroom::brain::{Document, Error, Kind};

use super::Store;

pub(crate) async fn a_document_is_written_and_read(store: &Store) {
    let brain = &*store.brain;
    assert_eq!(brain.documents(Kind::Silence).await, Ok(Vec::new()));
    let body = json!({"matchers": ["a=\"b\""], "n": 1.5, "deep": {"x": [null, true]}});
    assert_eq!(brain.put(Kind::Silence, "s1".into(), 0, Some(body.clone())).await, Ok(1));
    let written = Document { id: "s1".into(), version: 1, body };
    assert_eq!(brain.documents(Kind::Silence).await, Ok(vec![written]));
    assert_eq!(brain.put(Kind::Silence, "s1".into(), 1, Some(json!(2))).await, Ok(2));
    let written = Document { id: "s1".into(), version: 2, body: json!(2) };
    assert_eq!(brain.documents(Kind::Silence).await, Ok(vec![written]));
}

pub(crate) async fn a_document_of_another_version_conflicts(store: &Store) {
    let brain = &*store.brain;
    let put = |expected, body| brain.put(Kind::Silence, "s".into(), expected, body);
    assert_eq!(put(1, Some(json!("x"))).await, Err(Error::Conflict));
    assert_eq!(put(1, None).await, Err(Error::Conflict));
    assert_eq!(put(0, Some(json!("a"))).await, Ok(1));
    for expected in [0, 2, 9] {
        assert_eq!(put(expected, Some(json!("x"))).await, Err(Error::Conflict));
        assert_eq!(put(expected, None).await, Err(Error::Conflict));
    }
    let kept = Document { id: "s".into(), version: 1, body: json!("a") };
    assert_eq!(brain.documents(Kind::Silence).await, Ok(vec![kept]));
}

pub(crate) async fn a_deleted_document_is_gone_and_may_come_again(store: &Store) {
    let brain = &*store.brain;
    let put = |expected, body| brain.put(Kind::Storm, "storm".into(), expected, body);
    assert_eq!(put(0, Some(json!("a"))).await, Ok(1));
    assert_eq!(put(1, None).await, Ok(2));
    assert_eq!(brain.documents(Kind::Storm).await, Ok(Vec::new()));
    assert_eq!(put(2, Some(json!("b"))).await, Err(Error::Conflict));
    assert!(put(0, Some(json!("b"))).await.is_ok());
    assert_eq!(brain.documents(Kind::Storm).await.unwrap()[0].body, json!("b"));
}

pub(crate) async fn documents_are_listed_by_kind_and_id(store: &Store) {
    let brain = &*store.brain;
    for id in ["b", "a b:c", "\u{e9}", "a"] {
        brain.put(Kind::Heartbeat, id.into(), 0, Some(json!(id))).await.unwrap();
    }
    brain.put(Kind::Silence, "other".into(), 0, Some(json!(1))).await.unwrap();
    let ids: Vec<_> = brain.documents(Kind::Heartbeat).await.unwrap();
    let ids: Vec<&str> = ids.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(ids, ["a", "a b:c", "b", "\u{e9}"]);
    assert_eq!(brain.documents(Kind::Silence).await.unwrap().len(), 1);
    assert_eq!(brain.documents(Kind::Storm).await, Ok(Vec::new()));
}

pub(crate) async fn one_of_many_rivals_writes_each_version(store: &Store) {
    let brain = &*store.brain;
    for version in 0..5 {
        let rivals = (0..10)
            .map(|rival| brain.put(Kind::Heartbeat, "beat".into(), version, Some(json!(rival))));
        let answers = join_all(rivals).await;
        let won = answers.iter().filter(|answer| **answer == Ok(version + 1)).count();
        let lost = answers.iter().filter(|answer| **answer == Err(Error::Conflict)).count();
        assert_eq!((won, lost), (1, 9));
    }
}
