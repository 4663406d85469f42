//! Two processes on one Redis: what one says, the other shows.

use super::RULES;
use super::house::{House, card};
use crate::world::redis::ONE;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_says_is_seen_live_on_the_other() {
    let prefix = format!("brain.key_prefix = \"rooms-{:x}\"\n", std::process::id());
    let here = House::with(RULES, &prefix, Some(&ONE)).await;
    let there = House::with(RULES, &prefix, Some(&ONE)).await;
    let mut live = there.live("room=ops&from=1", None).await;
    here.running.engine.tell_ops("one", "said here".to_owned()).await;
    let heard = live.next_of("entry").await;
    assert_eq!(heard.data["post"]["text"], "said here");
    there.running.engine.tell_ops("one", "said again".to_owned()).await;
    there.running.engine.tell_ops("two", "said there".to_owned()).await;
    let heard = live.next_of("entry").await;
    assert_eq!(
        (heard.id.as_deref(), &heard.data["post"]["text"]),
        (Some("ops:2"), &"said there".into())
    );
    let mut lists = there.live("", None).await;
    here.fire(&[vec![("alertname", "Slow"), ("service", "cms")]]).await;
    assert_eq!(lists.next_of("incidents").await.data["number"], 1);
    let one = here.room("1", |entries| card(entries).is_some()).await;
    let two = there.room("1", |entries| entries.len() >= one.len()).await;
    assert_eq!(one[..], two[..one.len()]);
    let tickets = crate::world::wait::until("a ticket", super::house::SOON, async || {
        let tickets = there.json("/api/v1/tickets").await;
        tickets["tickets"].as_array().unwrap().first().cloned()
    });
    assert_eq!(tickets.await["incident"], 1);
}
