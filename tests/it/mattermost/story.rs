//! The whole story over the stand-in: alert, room, card, buttons, commands, faults, storm, close.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use super::house::{SOON, cms, config, house, phase, presses, server};
use super::stand::{ANA, GUEST, Stand};
use crate::contract::platform::Seen;
use crate::rooms::house::{House, says};
use crate::world::wait::{pass, until};

/// The card, once it is pinned and offers something.
async fn card(stand: &Stand, room: &str) -> Seen {
    until("the card offers something", SOON, async || {
        stand.shown(room).into_iter().find(|seen| seen.is_pinned && seen.choices > 0)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_lives_in_its_room_on_mattermost() {
    let stand = server().await;
    let house = house(&stand).await;
    house.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    stand.says(&room, "cms is slow").await;
    until("Ana is there", SOON, async || stand.named("inc-1-cms")?.has(ANA).then_some(())).await;
    // A person reads before they press: a pick right after an edit counts for nothing.
    pass(Duration::from_secs(3)).await;
    let card = card(&stand, &room.id).await;
    presses(&house, &stand, ANA, &card.id, 0).await;
    until("Ana has taken it", SOON, async || {
        (phase(&house, 1).await == "acknowledged").then_some(())
    })
    .await;
    until("the card says so", SOON, async || {
        let seen = stand.shown(&room.id).into_iter().find(|seen| seen.id == card.id)?;
        (seen.text.contains("ana") && seen.is_pinned).then_some(())
    })
    .await;
    stand.types(ANA, &room.id, "sev 1");
    stand.says(&room, "sev1").await;
    stand.types(ANA, &room.id, "the disks look <b>odd</b> & full");
    let typed = |entries: &[serde_json::Value]| says(entries, "the disks look <b>odd</b> & full");
    let entries = house.room("1", typed).await;
    let line =
        entries.iter().find(|it| it["post"]["text"].as_str().unwrap().contains("disks")).unwrap();
    assert_eq!(line["by"]["name"], "ana", "{line}");
    house.clear(&cms()).await;
    stand.types(ANA, &room.id, "resolve");
    until("the room is archived", Duration::from_secs(60), async || {
        stand.named("inc-1-cms").filter(|room| room.delete_at > 0)
    })
    .await;
    let shown = stand.shown(&room.id);
    let disks = shown.iter().filter(|seen| seen.text.contains("disks")).count();
    assert_eq!(disks, 1, "a line is not echoed to where it came from");
    assert_eq!(shown.iter().filter(|seen| seen.is_pinned).count(), 1, "one card");
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_press_and_a_strangers_do_nothing() {
    let stand = server().await;
    let house = house(&stand).await;
    house.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    let card = card(&stand, &room.id).await;
    let (path, press) = stand.press(ANA, &card.id, 0);
    assert_eq!(path, "/hooks/chat/mattermost");
    let ops = stand.room("ops").await;
    stand.types(ANA, &room.id, "a line of a person");
    let line = stand.says(&room, "a line of a person").await;
    let forgeries = [
        ("/context", json!(null)),
        ("/context/proof", json!("")),
        ("/context/proof", json!("00")),
        ("/context/choice", json!(1)),
        ("/context/key", json!("another")),
        ("/context/room", json!(ops.id)),
        ("/channel_id", json!(ops.id)),
        ("/post_id", json!(line.id)),
        ("/post_id", json!("nowhere")),
        ("/user_id", json!("")),
    ];
    for (place, value) in forgeries {
        let mut forged = press.clone();
        *forged.pointer_mut(place).unwrap() = value;
        let (status, _) = house.post(&path, &forged).await;
        assert_eq!(status, 403, "{place}: {forged}");
    }
    let (status, _) = house.post(&path, &json!("no press")).await;
    assert_eq!(status, 403);
    presses(&house, &stand, GUEST, &card.id, 0).await;
    stand.whispers(GUEST, "guests").await;
    stand.types(GUEST, &room.id, "ack");
    stand.types(ANA, &room.id, "> resolve");
    stand.types(ANA, &room.id, "whoami");
    stand.whispers(ANA, ANA).await;
    assert_eq!(phase(&house, 1).await, "triggered", "nothing was done by any of it");
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn busy_answers_and_lost_ones_make_no_second_room_and_no_second_post() {
    let stand = server().await;
    let house = house(&stand).await;
    stand.world().faults.hangs_after = Some("CreateChannel");
    stand.world().faults.busy = 3;
    house.fire(&cms()).await;
    until("one room with its card", Duration::from_secs(60), async || {
        let room = stand.named("inc-1-cms")?;
        stand.shown(&room.id).iter().any(|seen| seen.is_pinned).then_some(())
    })
    .await;
    stand.world().faults.hangs_after = Some("CreatePost");
    house.post("/api/v1/commands", &json!({ "room": "1", "line": "note said into a hang" })).await;
    pass(Duration::from_secs(1)).await;
    let room = stand.room("inc-1-cms").await;
    stand.types(ANA, &room.id, "note after the hang");
    house.room("1", |entries| says(entries, "after the hang")).await;
    stand.says(&room, "said into a hang").await;
    pass(Duration::from_secs(12)).await;
    let rooms = stand.world().channels.values().filter(|it| it.name.starts_with("inc-")).count();
    assert_eq!(rooms, 1);
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    for seen in stand.shown(&room.id) {
        *texts.entry(seen.text).or_default() += 1;
    }
    assert!(texts.values().all(|count| *count == 1), "said twice: {texts:#?}");
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_people_archive_delete_or_put_us_out_of_is_there_again() {
    let stand = server().await;
    let house = house(&stand).await;
    house.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    card(&stand, &room.id).await;
    {
        let mut world = stand.world();
        let at = world.now();
        world.channels.get_mut(&room.id).unwrap().delete_at = at;
        world.tell_team("channel_deleted", json!({ "channel_id": room.id, "delete_at": at }));
    }
    until("it is out of the archive", SOON, async || {
        stand.named("inc-1-cms").filter(|room| room.delete_at == 0)
    })
    .await;
    stand.world().put_out(&room.id, super::stand::BOT, ANA);
    let line = json!({ "room": "1", "line": "note we are out" });
    house.post("/api/v1/commands", &line).await;
    stand.says(&room, "we are out").await;
    stand.world().channels.remove(&room.id);
    house.post("/api/v1/commands", &json!({ "room": "1", "line": "note it is gone" })).await;
    let anew =
        until("another room", Duration::from_secs(60), async || stand.named("inc-1-cms")).await;
    assert_ne!(anew.id, room.id);
    stand.says(&anew, "a new one takes its place").await;
    stand.says(&anew, "it is gone").await;
    card(&stand, &anew.id).await;
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_and_a_revoked_token_everything_is_said_once() {
    let stand = server().await;
    let folder = tempfile::tempdir().unwrap();
    let brain = format!("file:{}", folder.path().join("brain").display());
    let first = House::with(super::house::RULES, &config(&stand), Some(&brain)).await;
    first.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    card(&stand, &room.id).await;
    pass(Duration::from_secs(1)).await;
    let House { running, stop, .. } = first;
    running.stop(stop).await;
    stand.types(ANA, &room.id, "note said while warroom was away");
    stand.world().faults.is_revoked = true;
    let second = House::with(super::house::RULES, &config(&stand), Some(&brain)).await;
    let line = json!({ "room": "1", "line": "note it is back" });
    let (status, said) = second.post("/api/v1/commands", &line).await;
    assert_eq!(status, 200, "{said}");
    pass(Duration::from_secs(2)).await;
    stand.world().faults.is_revoked = false;
    stand.says(&room, "it is back").await;
    let away = "said while warroom was away";
    let entries = second.room("1", |entries| says(entries, away)).await;
    let typed = entries.iter().filter(|it| it["by"]["name"] == "ana").count();
    assert_eq!(typed, 1, "the line once: {entries:#?}");
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    for seen in stand.shown(&room.id) {
        *texts.entry(seen.text).or_default() += 1;
    }
    assert!(texts.values().all(|count| *count == 1), "said twice: {texts:#?}");
    assert_eq!(stand.world().channels.values().filter(|it| it.kind == "O").count(), 2);
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_stays_inside_the_limits_and_begins_at_once() {
    let stand = server().await;
    let house = house(&stand).await;
    let hosts: Vec<String> = (0..500).map(|at| format!("host-{at}")).collect();
    let alerts: Vec<Vec<(&str, &str)>> =
        hosts.iter().map(|host| vec![("alertname", "Down"), ("host", host.as_str())]).collect();
    let begin = Instant::now();
    for some in alerts.chunks(100) {
        house.fire(some).await;
    }
    until("the first post in a room", SOON, async || {
        let world = stand.world();
        let mut rooms = world.channels.values().filter(|room| room.name != "ops");
        rooms.any(|room| !room.posts.is_empty()).then_some(())
    })
    .await;
    println!("the first post of the storm came after {:?}", begin.elapsed());
    stand.world().disconnect();
    pass(Duration::from_secs(10)).await;
    assert_eq!(stand.world().refused, 0, "nobody had to tell us to wait");
    stand.is_content();
}
