//! What is heard when the connection breaks, when events are lost, and from whom nothing is taken.

use std::time::Duration;

use serde_json::json;
use warroom::adapters::chat::platform::{Heard, Manner, RoomChange, What};

use super::stage::{Lab, start};
use super::stand::{ANA, BOT, GUEST, STRANGER};
use crate::contract::platform::{Listening, line, open};
use crate::world::wait::pass;

/// How often a line was heard.
fn count(listening: &Listening, text: &str) -> usize {
    listening.notebook.all().iter().filter(|heard| line(heard) == Some(text)).count()
}

async fn listening(lab: &Lab) -> (Listening, String) {
    let listening = Listening::to(lab);
    let room = open(lab, "case-1", "inc-1-cms").await;
    lab.listened().await;
    lab.stand.types(ANA, &room.id, "begin");
    listening.until("the beginning", |heard| line(heard) == Some("begin")).await;
    (listening, room.id.to_string())
}

async fn hears_once(listening: &Listening, text: &str) -> Heard {
    let heard = listening.until(text, |heard| line(heard) == Some(text)).await;
    pass(Duration::from_millis(300)).await;
    assert_eq!(count(listening, text), 1, "{:#?}", listening.notebook.all());
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_connection_goes_on_where_it_was() {
    let lab = start().await.unwrap();
    let (listening, room) = listening(&lab).await;
    let before = lab.stand.world().calls.get("GetPostsForChannel").map_or(0, Vec::len);
    lab.stand.world().disconnect();
    lab.stand.types(ANA, &room, "said into the break");
    hears_once(&listening, "said into the break").await;
    assert_eq!(lab.stand.world().connections.len(), 1, "the server remembered it");
    let after = lab.stand.world().calls.get("GetPostsForChannel").map_or(0, Vec::len);
    assert_eq!(before, after, "nothing had to be fetched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_forgot_is_fetched() {
    let lab = start().await.unwrap();
    let (listening, room) = listening(&lab).await;
    lab.stand.world().forget_connections();
    lab.stand.types(ANA, &room, "said while it started");
    hears_once(&listening, "said while it started").await;
    lab.stand.types(ANA, &room, "said after");
    hears_once(&listening, "said after").await;
    assert_eq!(count(&listening, "begin"), 1, "what was heard before is heard once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_lost_on_the_way_is_noticed_and_asked_for() {
    let lab = start().await.unwrap();
    let (listening, room) = listening(&lab).await;
    lab.stand.world().faults.loses = 1;
    lab.stand.types(ANA, &room, "lost");
    pass(Duration::from_millis(300)).await;
    assert_eq!(count(&listening, "lost"), 0);
    lab.stand.types(ANA, &room, "and the next");
    hears_once(&listening, "lost").await;
    hears_once(&listening, "and the next").await;
    lab.stand.world().faults.doubles = true;
    lab.stand.types(ANA, &room, "twice");
    hears_once(&listening, "twice").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_programs_edits_and_quotes_are_told_apart() {
    let lab = start().await.unwrap();
    let (listening, room) = listening(&lab).await;
    lab.stand.types(GUEST, &room, "from a guest");
    assert!(hears_once(&listening, "from a guest").await.by.is_guest);
    lab.stand.types(STRANGER, &room, "from another team");
    assert!(hears_once(&listening, "from another team").await.by.is_guest);
    lab.stand.writes(ANA, &room, "by a webhook", json!({ "from_webhook": "true" }));
    lab.stand.types(ANA, &room, "> by somebody else");
    let quoted = hears_once(&listening, "> by somebody else").await;
    assert!(matches!(quoted.what, What::Line { manner: Manner::Quoted, .. }), "{quoted:?}");
    lab.stand.types(ANA, &room, "@warroom status");
    let asked = hears_once(&listening, "status").await;
    assert!(matches!(asked.what, What::Line { is_addressed: true, .. }), "{asked:?}");
    {
        let mut world = lab.stand.world();
        let mut post = world.written(ANA, &room, "resolve");
        post["edit_at"] = post["create_at"].clone();
        world.tell_channel("post_edited", json!({ "post": post.to_string() }), &room);
    }
    let edited = hears_once(&listening, "resolve").await;
    assert!(matches!(edited.what, What::Line { manner: Manner::Edited, .. }), "{edited:?}");
    assert_eq!(count(&listening, "by a webhook"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_do_to_a_room_is_told() {
    let lab = start().await.unwrap();
    let (listening, room) = listening(&lab).await;
    let is =
        |how: RoomChange| move |heard: &Heard| heard.what == What::RoomChanged { how: how.clone() };
    {
        let mut world = lab.stand.world();
        let at = world.now();
        let channel = world.channels.get_mut(&room).unwrap();
        channel.display_name = "another name".to_owned();
        channel.update_at = at;
        let data = json!({ "channel": channel.json().to_string() });
        world.tell_channel("channel_updated", data, &room);
    }
    let renamed = is(RoomChange::Renamed { name: "another name".to_owned() });
    listening.until("the other name", renamed).await;
    lab.stand.world().put_out(&room, BOT, ANA);
    listening.until("that we are out", is(RoomChange::Removed)).await;
    // A public room is entered again when it is wanted back.
    let platform = crate::contract::platform::Stage::platform(&lab);
    assert_eq!(platform.reopen(&room).await, Ok(()));
    lab.stand.world().forget_connections();
    {
        let mut world = lab.stand.world();
        let at = world.now();
        world.channels.get_mut(&room).unwrap().delete_at = at;
    }
    listening.until("that it was archived meanwhile", is(RoomChange::Archived)).await;
}
