//! Nobody sleeps through the night because Redis is away: pages go out from the journal.

use std::time::Duration;

use super::DURABLE;
use super::promise::{Lab, appear, fires, has_event, promise};
use crate::world::process::installed;
use crate::world::redis::Server;
use crate::world::sink::Call;
use crate::world::warroom::Warroom;

/// The look that fails, the wait before paging without the brain, and a busy machine.
const PAGED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn fault_18_what_begins_while_redis_is_dead_is_paged_once_and_heals() {
    if !installed("redis-server") {
        return;
    }
    let (lab, mut redis) = (Lab::start().await, Server::start(&DURABLE));
    let warroom = Warroom::start(lab.setup("first", redis.url())).await;
    fires(&warroom, "Load", "before", 200).await;
    lab.sink.receives("/pages", 1, PAGED_WITHIN).await;
    redis.process.kill9();
    // The brain has paged for this one; the next is new; the last one would start a run.
    for (name, service) in [("Load", "before"), ("Load", "new"), ("Run", "broken")] {
        fires(&warroom, name, service, 202).await;
    }
    lab.sink.receives("/pages", 3, PAGED_WITHIN).await;
    fires(&warroom, "Load", "new", 202).await;
    assert_eq!(promise(&warroom).await, "degraded");
    let metrics = warroom.get("/metrics").await.text;
    assert!(metrics.contains("warroom_fallback_pages_total{kind=\"sent\"} 2"), "{metrics}");
    let pages = without_brain(&lab.sink.calls_to("/pages"));
    assert_eq!(pages.len(), 2, "one for each group: {pages:?}");
    assert!(pages.iter().all(|page| page.key().starts_with("65535.")), "{pages:?}");
    assert_ne!(pages[0].key(), pages[1].key());
    assert!(lab.sink.calls_to("/runs").is_empty(), "nothing of class C without the brain");
    redis.restart();
    appear(&warroom, &["before", "new", "broken"]).await;
    assert_eq!(warroom.incidents().await.len(), 3, "each of them once");
    // Redis started anew: whether a run was ordered before is in doubt, and a person decides.
    has_event(&warroom, "broken", "run_outcome_unknown").await;
    assert_eq!(promise(&warroom).await, "strict");
    assert_eq!(without_brain(&lab.sink.calls_to("/pages")).len(), 2, "and no more afterwards");
    assert!(lab.sink.calls_to("/runs").is_empty());
}

fn without_brain(calls: &[Call]) -> Vec<Call> {
    let says = |call: &&Call| call.body.contains("warroom's brain is away");
    calls.iter().filter(says).cloned().collect()
}
