//! Everything that became due while nobody was there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;

use super::lab::{Lab, PATIENCE, Played, brain};
use crate::world::wait::pass;

const INCIDENTS: usize = 300;
/// How many pages may be under way at once, as in the dispatcher.
const PAGES_AT_ONCE: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_27_after_six_hours_each_incident_is_paged_once() {
    let (brain, _folder) = brain();
    let before = Played::willing("before");
    let lab = Lab::start(&brain, &before).await;
    lab.fire((0..INCIDENTS).map(|number| format!("s{number}"))).await;
    lab.until("all are paged", async || before.pages().len() == INCIDENTS).await;
    lab.engine.stop(PATIENCE).await;

    let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (at_once, most.clone());
    let after = Played::new(move |order| {
        let (now, peak, is_page) = (now.clone(), peak.clone(), order.effect.kind() == "page");
        Box::pin(async move {
            if is_page {
                peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                pass(Duration::from_millis(50)).await;
                now.fetch_sub(1, Ordering::SeqCst);
            }
            Ok(Default::default())
        })
    });
    lab.clock.advance(TimeDelta::hours(6));
    let lab = Lab::with(&brain, &after, lab.clock, 1_000_000).await;
    lab.until("all are paged again", async || after.pages().len() >= INCIDENTS).await;
    // Longer than a lease and many looks at the agenda: a burst would have come by now.
    pass(Duration::from_secs(2)).await;
    let mut times: BTreeMap<_, usize> = BTreeMap::new();
    for (number, step, _) in after.pages() {
        assert_eq!(step, 2, "{number} got an old or a later step");
        *times.entry(number).or_default() += 1;
    }
    assert_eq!(times.len(), INCIDENTS);
    assert!(times.values().all(|times| *times == 1), "a burst: {times:?}");
    let most = most.load(Ordering::SeqCst);
    assert!((2..=PAGES_AT_ONCE).contains(&most), "{most} pages at once");
    println!("{INCIDENTS} incidents, at most {most} pages at once");
}
