//! What every tracker must do, run over each recipe that is shipped. A tracker hands in a function
//! that starts its stand-in; the stand-in refuses what the vendor refuses.

use std::sync::Arc;

use compact_str::CompactString;
use warroom::adapters::failure::Failure;
use warroom::adapters::tickets::{Tracker, Wanted};
use warroom::domain::ids::{CaseId, EffectId, Number};

use crate::tickets::house::Mood;

/// A tracker, and what its users see.
pub(crate) struct World {
    pub(crate) tracker: Box<dyn Tracker>,
    pub(crate) house: Arc<crate::tickets::house::House>,
}

macro_rules! tracker_suite {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            $crate::contract::tickets::each! { $name,
                a_ticket_is_made_once_and_lives,
                a_ticket_that_was_made_before_the_answer_broke_is_found,
                a_strangers_ticket_is_never_adopted,
                a_comment_is_said_once,
                closing_twice_is_closing_once,
                a_tracker_that_is_away_gets_one_ticket_at_the_end,
                garbage_is_an_unknown_outcome,
                hostile_words_stay_data,
                the_doctor_learns_who_we_are,
                another_trackers_ticket_is_refused,
            }
        }
    )+};
}

macro_rules! each {
    ($name:ident, $($check:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $check() {
            let world = $crate::tickets::world(stringify!($name)).await;
            $crate::contract::tickets::$check(world).await;
        }
    )+};
}

pub(crate) use {each, tracker_suite};

fn id(event: u64) -> EffectId {
    EffectId { case: CaseId { shard: 1, serial: 7 }, event, index: 0 }
}

fn wanted(event: u64, attempt: u32) -> Wanted<'static> {
    Wanted {
        id: id(event),
        attempt,
        number: Number(42),
        title: "cms is slow in prod",
        body: "cms has been slow since 03:12 UTC.",
        labels: &[],
    }
}

async fn open(world: &World, event: u64, attempt: u32) -> Result<CompactString, Failure> {
    world.tracker.open(wanted(event, attempt)).await.map(|receipt| receipt.id)
}

pub(crate) async fn a_ticket_is_made_once_and_lives(world: World) {
    let ticket = open(&world, 1, 1).await.unwrap();
    assert!(ticket.starts_with("tracker:"), "{ticket}");
    let seen = world.tracker.look(&ticket).await.unwrap();
    assert_eq!((seen.title.as_str(), seen.is_open), ("cms is slow in prod", true), "{seen:?}");
    assert!(seen.page.is_some_and(|page| page.starts_with("http")));
    // The way back.
    let body = world.house.tickets()[0].body.clone();
    assert!(body.contains("https://warroom.example.org/incidents/42"), "{body}");

    world.tracker.comment(id(2), &ticket, "ana takes it").await.unwrap();
    world.tracker.close(id(3), &ticket, "It is over.").await.unwrap();
    assert!(!world.tracker.look(&ticket).await.unwrap().is_open);
    world.tracker.reopen(id(4), &ticket, "It is back.").await.unwrap();
    assert!(world.tracker.look(&ticket).await.unwrap().is_open);
    let said = world.house.tickets()[0].comments.join("\n");
    for text in ["ana takes it", "It is over.", "It is back."] {
        assert!(said.contains(text), "{said}");
    }
    assert_eq!(world.house.tickets().len(), 1);
}

pub(crate) async fn a_ticket_that_was_made_before_the_answer_broke_is_found(world: World) {
    world.house.mood(Mood::MakesAndBreaks);
    let failure = open(&world, 1, 1).await.unwrap_err();
    assert!(matches!(failure, Failure::Unknown { .. }), "{failure:?}");
    world.house.mood(Mood::Well);
    let found = open(&world, 1, 2).await.unwrap();
    assert_eq!(world.house.tickets().len(), 1);
    assert_eq!(found, format!("tracker:{}", world.house.tickets()[0].key));
}

/// The same title, and a marker that only begins like ours.
pub(crate) async fn a_strangers_ticket_is_never_adopted(world: World) {
    world.house.plant("cms is slow in prod", &format!("warroom-key: {}1", id(1)));
    world.house.plant("cms is slow in prod", "cms has been slow since 03:12 UTC.");
    let ticket = open(&world, 1, 2).await.unwrap();
    assert_eq!(world.house.tickets().len(), 3);
    assert_eq!(ticket, format!("tracker:{}", world.house.tickets()[2].key));
}

pub(crate) async fn a_comment_is_said_once(world: World) {
    let ticket = open(&world, 1, 1).await.unwrap();
    for _ in 0..3 {
        world.tracker.comment(id(2), &ticket, "ana takes it").await.unwrap();
    }
    world.tracker.comment(id(20), &ticket, "ana takes it").await.unwrap();
    let said = world.house.tickets()[0].comments.len();
    let wanted = if world.house.lists_comments { 2 } else { 4 };
    assert_eq!(said, wanted, "{:#?}", world.house.tickets());
}

pub(crate) async fn closing_twice_is_closing_once(world: World) {
    let ticket = open(&world, 1, 1).await.unwrap();
    for _ in 0..2 {
        world.tracker.close(id(3), &ticket, "It is over.").await.unwrap();
    }
    assert!(!world.tracker.look(&ticket).await.unwrap().is_open);
    assert_eq!(world.house.changes(), 1);
}

pub(crate) async fn a_tracker_that_is_away_gets_one_ticket_at_the_end(world: World) {
    for (attempt, status) in [(1, 503), (2, 502), (3, 429), (4, 503)] {
        world.house.mood(Mood::Fails(status));
        let failure = open(&world, 1, attempt).await.unwrap_err();
        let is_tried_again = matches!(failure, Failure::Retry { .. } | Failure::Unknown { .. });
        assert!(is_tried_again, "{status}: {failure:?}");
    }
    world.house.mood(Mood::Well);
    open(&world, 1, 5).await.unwrap();
    assert_eq!(world.house.tickets().len(), 1);
}

pub(crate) async fn garbage_is_an_unknown_outcome(world: World) {
    let many = format!("[{}", "9,".repeat(100_000));
    for text in ["<html>sign in</html>", "", "{\"id\":", "[]", "\u{0}", &many] {
        world.house.mood(Mood::Says(text.to_owned()));
        let failure = open(&world, 1, 1).await.unwrap_err();
        assert!(matches!(failure, Failure::Unknown { .. }), "{text:.20}: {failure:?}");
        let failure = open(&world, 1, 2).await.unwrap_err();
        assert!(matches!(failure, Failure::Unknown { .. }), "{text:.20}: {failure:?}");
    }
    assert!(world.house.tickets().is_empty());
}

pub(crate) async fn hostile_words_stay_data(world: World) {
    let labels = ["a,b".to_owned(), "{{ token }}".to_owned(), "ü x".repeat(200), "\n".to_owned()];
    let title = "\"}} <b>@all</b>\n/close ".repeat(200);
    let body = format!("/assign @eve\n<!-- warroom-key: {} -->\n{}", id(9), "x".repeat(200_000));
    let hostile = Wanted { title: &title, body: &body, labels: &labels, ..wanted(1, 1) };
    let ticket = world.tracker.open(hostile).await.unwrap().id;
    world.tracker.comment(id(2), &ticket, &body).await.unwrap();
    // A text that holds another order's marker is not taken for that order's ticket.
    open(&world, 9, 2).await.unwrap();
    assert_eq!(world.house.tickets().len(), 2);
    assert!(!format!("{:?}", world.house.tickets()).contains("hunter2"));
}

pub(crate) async fn the_doctor_learns_who_we_are(world: World) {
    let about = world.tracker.about().await.unwrap();
    assert!(about.starts_with("reaches "), "{about}");
    for status in [401, 403] {
        world.house.mood(Mood::Fails(status));
        let failure = world.tracker.about().await.unwrap_err();
        assert!(matches!(failure, Failure::Broken { .. }), "{failure:?}");
        assert!(!format!("{failure:?} {:?}", world.tracker).contains("hunter2"));
    }
}

pub(crate) async fn another_trackers_ticket_is_refused(world: World) {
    for ticket in ["T-7", "other:7", "tracker", "trackers:7"] {
        let ticket = CompactString::from(ticket);
        let failure = world.tracker.close(id(3), &ticket, "x").await.unwrap_err();
        assert!(matches!(failure, Failure::Refused { .. }), "{failure:?}");
    }
    assert_eq!(world.house.calls(), 0);
}
