//! An adapter that panics whenever it is asked.

use chrono::TimeDelta;
use warroom::domain::incident::{Event, Stored};

use super::lab::{Lab, Played, brain, done};

fn has_failed_room(timeline: &[Stored]) -> bool {
    timeline.iter().any(
        |stored| matches!(&stored.event, Event::RoomFailed { why } if why.contains("panicked")),
    )
}

/// How often a row may panic before it is put aside, as in the dispatcher.
const PANICS_MAX: usize = 5;

async fn poisoned(outside: std::sync::Arc<Played>) {
    let (brain, _folder) = brain();
    let lab = Lab::start(&brain, &outside).await;
    lab.fire(["cms".to_owned()]).await;
    lab.until("the room is put aside", async || {
        // The waits between tries are wall time: they need not be waited for.
        lab.clock.advance(TimeDelta::seconds(1));
        has_failed_room(&lab.timeline(1).await)
    })
    .await;
    assert_eq!(outside.count("open_room"), PANICS_MAX);
    let tries = |ending: &str| {
        lab.meter(&format!("warroom_effects_total{{effect=\"open_room\",outcome=\"{ending}\"}}"))
    };
    assert_eq!((tries("retried"), tries("failed")), (4.0, 1.0));
    let is_paged = |number: u64| outside.steps(number) == [1];
    assert!(is_paged(1), "the page waited for the room: {:?}", outside.pages());
    lab.fire(["shop".to_owned()]).await;
    lab.until("the next incident is paged", async || is_paged(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_26_an_adapter_that_panics_is_put_aside_and_the_incident_shows_it() {
    poisoned(Played::new(|order| {
        let is_poison = order.effect.kind() == "open_room";
        Box::pin(async move {
            assert!(!is_poison, "poison");
            Ok(Default::default())
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_26_an_adapter_that_panics_before_its_first_wait_is_put_aside_too() {
    poisoned(Played::new(|order| {
        assert!(order.effect.kind() != "open_room", "poison");
        done("fine")
    }))
    .await;
}
