//! A long call and its lease: who holds a row, and whose word counts.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use compact_str::CompactString;
use warroom::domain::incident::{Event, Receipt, Stored};

use super::lab::{LEASE, Lab, Played, Skewed, brain};
use crate::world::wait::pass;

/// Answers a page after this time, and everything else at once.
fn slow_pager(name: &'static str, time: Duration) -> Arc<Played> {
    Played::new(move |order| {
        let wait = if order.effect.kind() == "page" { time } else { Duration::ZERO };
        Box::pin(async move {
            pass(wait).await;
            Ok(Receipt { id: name.into(), at: None })
        })
    })
}

/// What the pages of this timeline gave back.
fn receipts(timeline: &[Stored]) -> Vec<CompactString> {
    let receipt = |stored: &Stored| match &stored.event {
        Event::EffectDone { effect, receipt } if effect == "page" => Some(receipt.clone()),
        _ => None,
    };
    timeline.iter().filter_map(receipt).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_25_a_call_longer_than_its_lease_stays_with_its_holder() {
    let (brain, _folder) = brain();
    let (slow, idle) = (slow_pager("first", 2 * LEASE), Played::willing("second"));
    let first = Lab::start(&brain, &slow).await;
    first.fire(["cms".to_owned()]).await;
    let second = Lab::start(&brain, &idle).await;
    second
        .until("the page is done", async || !receipts(&second.timeline(1).await).is_empty())
        .await;
    assert_eq!(receipts(&second.timeline(1).await), ["first"]);
    assert_eq!(slow.count("page"), 1);
    assert_eq!(idle.count("page"), 0, "the second engine paged although the first one was alive");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_25_an_old_holders_outcome_is_refused_and_noted() {
    let (brain, _folder) = brain();
    let (slow, quick) = (slow_pager("old", Duration::from_millis(300)), Played::willing("new"));
    // A clock that is behind gives leases that have ended for everybody else.
    let behind = Arc::new(Skewed::default());
    behind.advance(TimeDelta::seconds(-30));
    let second = Lab::start(&brain, &quick).await;
    let first = Lab::with(&brain, &slow, behind, 1_000_000).await;
    first.fire(["cms".to_owned()]).await;
    let outdated = "warroom_effects_total{effect=\"page\",outcome=\"outdated\"}";
    first.until("the old word is noted", async || first.meter(outdated) > 0.0).await;
    assert_eq!(receipts(&second.timeline(1).await), ["new"], "{:#?}", second.timeline(1).await);
    assert_eq!((slow.count("page"), quick.count("page")), (1, 1));
}
