//! Far more alerts than people could read.

use std::time::{Duration, Instant};

use super::lab::{Lab, Played, SOON, brain};
use warroom::domain::ids::{Fnv, GroupKey};

/// More incidents than this in a minute are a storm.
const STORM: u32 = 50;
const GROUPS: usize = 2000;
const ALERTS: usize = 20_000;
/// Alerts of one delivery.
const BATCH: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_41_a_storm_pages_a_bounded_number_of_times_and_counts_the_rest() {
    let (brain, _folder) = brain();
    let outside = Played::willing("fine");
    let lab = Lab::with(&brain, &outside, Default::default(), STORM).await;
    let (begin, mut slowest) = (Instant::now(), Duration::ZERO);
    for first in (0..ALERTS).step_by(BATCH) {
        let alert = |at: usize| lab.report(&format!("s{}", at % GROUPS), &format!("i{at}"));
        let before = Instant::now();
        lab.deliver((first..first + BATCH).map(alert).collect()).await;
        slowest = slowest.max(before.elapsed());
    }
    let took = begin.elapsed();
    let fired = lab.meter("warroom_reports_total{kind=\"fired\"}");
    let opened = lab.meter("warroom_reports_total{kind=\"opened\"}");
    let joined = lab.meter("warroom_throttled_total{kind=\"storm\"}");
    println!(
        "{ALERTS} alerts in {took:?}, slowest delivery {slowest:?}, {joined} joined the storm"
    );
    assert!(fired + opened >= ALERTS as f64, "some alerts were not counted: {fired} {opened}");
    let most = STORM as usize + 1;
    assert!(joined >= (GROUPS - most) as f64, "{joined} are counted");
    lab.until("the umbrella is paged", async || outside.count("page") >= most).await;
    for kind in ["page", "open_room", "open_ticket"] {
        assert!(outside.count(kind) <= most, "{} x {kind} in a storm", outside.count(kind));
    }
}

/// How many locks the engine has for groups.
const STRIPES: u64 = 8192;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_41_a_storm_begins_under_the_lock_of_any_group() {
    let stripe = |group: &str| Fnv::default().with(group.as_bytes()).finish() % STRIPES;
    let meets = |service: &String| {
        stripe(&format!("any{{service=\"{service}\"}}")) == stripe(&GroupKey::storm().0)
    };
    let service = (0..).map(|number| format!("s{number}")).find(meets).unwrap();
    let (brain, _folder) = brain();
    let outside = Played::willing("fine");
    let lab = Lab::with(&brain, &outside, Default::default(), 1).await;
    lab.fire(["first".to_owned()]).await;
    tokio::time::timeout(SOON, lab.fire([service])).await.expect("the delivery waits for itself");
    assert_eq!(lab.engine.incidents(None, 10).await.unwrap().len(), 3);
}
