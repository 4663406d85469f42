//! Two processes that write at once write one chain.

use std::collections::BTreeSet;

use super::{RULES, links, say};
use crate::rooms::house::{House, card};
use crate::world::redis::ONE;

/// Commands of each process; all are under way at once.
const EACH: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_write_one_chain_with_one_record_each() {
    let prefix = format!("brain.key_prefix = \"audit-{:x}\"\n", std::process::id());
    let here = House::with(RULES, &prefix, Some(&ONE)).await;
    let there = House::with(RULES, &prefix, Some(&ONE)).await;
    here.fire(&[vec![("alertname", "Slow"), ("service", "cms")]]).await;
    there.room("1", |entries| card(entries).is_some()).await;

    let lines = |name: &'static str| (0..EACH).map(move |at| format!("alias {name}{at} = status"));
    let typed = |house, name| async move {
        let said = lines(name).map(|line| async move { say(house, &line).await });
        futures_util::future::join_all(said).await
    };
    let (one, two) = tokio::join!(typed(&here, "here"), typed(&there, "there"));
    assert!(one.iter().chain(&two).all(|said| said["outcome"] == "done"));

    let links = links(&there).await;
    let aliases: Vec<_> = links.iter().filter(|link| link.record.verb == "alias").collect();
    let distinct: BTreeSet<&str> = aliases.iter().map(|link| link.record.line.as_str()).collect();
    assert_eq!((aliases.len(), distinct.len()), (2 * EACH, 2 * EACH));
    let nodes: BTreeSet<u64> = links.iter().map(|link| link.seq).collect();
    assert_eq!(nodes, (1..=links.len() as u64).collect());
}
