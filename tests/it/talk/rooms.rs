//! What stands in a room of what was typed and answered.

use serde_json::json;

use super::{first, night};

#[tokio::test]
async fn what_was_typed_and_answered_stands_in_the_room() {
    let mut world = night().await;
    let said = world.types("1", "ack").await;
    let heard = world.heard("1").await;
    assert_eq!(heard, ["operator: ack", "warroom: #1 is yours, operator. No further pages."]);
    assert_eq!(said["entry"], 2);
    let said = world.types("1", "the disks look full").await;
    assert_eq!((said["ran"].as_str(), first(&said)), (Some(""), ""));
    world.types("1", "help").await;
    world.types("1", "@warroom frobnicate").await;
    assert_eq!(world.heard("1").await.len(), 3, "help and mistakes are for whoever types");
    let said = world.types("1", "resolve this please").await;
    assert_eq!(
        (said["outcome"].as_str(), said["private"].as_bool()),
        (Some("misunderstood"), Some(true))
    );
    assert_eq!(world.heard("1").await.last().unwrap(), "operator: resolve this please");
    assert_eq!(world.types("99", "status").await["outcome"], "failed");
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_done_once() {
    let mut world = night().await;
    let body = json!({ "line": "note once", "room": "1" });
    let first = world.commands(&body, Some("k-1")).await;
    let again = world.commands(&body, Some("k-1")).await;
    assert_eq!(first, again);
    world.crash().await;
    let after = world.commands(&body, Some("k-1")).await;
    assert_eq!((&after.1["post"], &after.1["entry"]), (&first.1["post"], &first.1["entry"]));
    assert_eq!(world.heard("1").await.len(), 2);
    let other = world.commands(&body, Some("k-2")).await;
    assert_ne!(other.1["entry"], first.1["entry"]);
    let notes = world.types_alone("timeline 1 | grep noted | count").await;
    assert_eq!(super::rows(&notes), ["2"]);
}

#[tokio::test]
async fn a_bad_request_is_refused_before_anything() {
    let mut world = night().await;
    for body in
        [json!({}), json!({ "line": "x", "room": "../x" }), json!({ "line": "x".repeat(20_000) })]
    {
        assert_eq!(world.commands(&body, None).await.0, 400, "{body}");
    }
    assert_eq!(world.commands(&json!({ "line": "status" }), Some("a b")).await.0, 400);
}
