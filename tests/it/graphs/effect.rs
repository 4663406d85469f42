//! Graphs that an incident's rule asks for.

use std::time::{Duration, Instant};

use warroom::domain::chart::{Look, MarkerKind};
use warroom::engine::graphs::{DEADLINE, Format};

use super::lab::{Lab, Mood};

#[tokio::test(flavor = "multi_thread")]
async fn a_room_gets_the_graph_and_its_numbers_are_kept() {
    let lab = Lab::start(Mood::Up).await;
    lab.alert("cms", false).await;
    let (_, _, post) = lab.graphs(1).await.remove(0);
    assert!(
        post.text.starts_with("cms latency: p99 1.09 s (min 100 ms, max 1.09 s) ▁"),
        "{}",
        post.text
    );
    let picture = post.picture.unwrap();
    assert_eq!(picture.command, "graph latency cms 1h");
    assert!(picture.alt.contains("p99: last 1.09 s"), "{}", picture.alt);
    let kept = lab.engine.pictures().kept(&picture.id).await.unwrap();
    assert_eq!(kept.series[0].points.len(), 100);
    assert_eq!(kept.markers[0].kind, MarkerKind::Alert);
    let painted = lab.engine.pictures().paint_kept(&picture.id, Look::default(), Format::Png).await;
    assert_eq!(&painted.unwrap().bytes[1..4], b"PNG");
    assert!(lab.engine.pictures().kept("00000000000000000000000000000000").await.is_err());
    assert!(lab.engine.pictures().kept("../../etc/passwd").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_down_is_named_at_once_and_the_picture_follows_in_its_place() {
    let lab = Lab::start(Mood::Down).await;
    lab.alert("cms", false).await;
    let (first_id, first_key, post) = lab.graphs(1).await.remove(0);
    assert_eq!(
        post.text,
        "No graph yet (latency cms 1h): Prom cannot be reached: connection refused. It is tried for two minutes more, and comes here if that helps."
    );
    assert_eq!(post.picture, None);
    lab.turn(Mood::Up);
    let (id, key, post) = lab.graphs(2).await.remove(1);
    assert!(post.picture.is_some(), "{}", post.text);
    assert_eq!(key, first_key, "an edit stands in the place of what it replaces");
    assert_ne!(id, first_id, "an edit is a message of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_hangs_costs_a_room_the_deadline_and_nothing_more() {
    let lab = Lab::start(Mood::Hangs).await;
    let began = Instant::now();
    lab.alert("cms", false).await;
    let (_, _, post) = lab.graphs(1).await.remove(0);
    assert!(began.elapsed() < DEADLINE + Duration::from_secs(8), "{:?}", began.elapsed());
    assert!(post.text.contains("did not come within 8 s"), "{}", post.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_shows_before_and_after_and_then_the_room_closes() {
    let lab = Lab::start(Mood::Up).await;
    lab.alert("cms", false).await;
    lab.graphs(1).await;
    lab.alert("cms", true).await;
    let (_, _, post) = lab.graphs(2).await.remove(1);
    let picture = post.picture.unwrap();
    assert!(picture.command.starts_with("graph latency cms since "), "{}", picture.command);
    let kept = lab.engine.pictures().kept(&picture.id).await.unwrap();
    let kinds: Vec<MarkerKind> = kept.markers.iter().map(|marker| marker.kind).collect();
    assert_eq!(kinds, [MarkerKind::Alert, MarkerKind::Cleared]);
    assert!(lab.closed().await >= 2, "the room was closed before its last graph");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_label_reaches_the_source_as_a_value_only() {
    let lab = Lab::start(Mood::Up).await;
    let hostile = "x\"} or up{a=\"<b>@channel</b>\u{202e}\n";
    lab.alert(hostile, false).await;
    let (_, _, post) = lab.graphs(1).await.remove(0);
    assert!(post.picture.is_some(), "{}", post.text);
    let asked = lab.source.asked.lock().unwrap()[0].0.clone();
    assert!(asked.starts_with("p99{service=\"x\\\"} or up{a=\\\"<b>@channel</b>"), "{asked}");
    assert!(!asked.contains('\n'), "{asked}");
}
