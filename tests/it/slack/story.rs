//! The whole story over the stand-in: alert, room, card, button, command, close, storm, restart.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use super::house::{SOON, cms, config, house, phase, workspace};
use super::stand::{ANA, GUEST, TEAM};
use crate::rooms::house::{House, says};
use crate::world::wait::{pass, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_lives_in_its_room_on_slack() {
    let stand = workspace().await;
    let house = house(&stand).await;
    stand.is_listened_to().await;
    house.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    stand.says(&room, "cms is slow").await;
    until("the card is pinned, Ana is there", SOON, async || {
        let room = stand.named("inc-1-cms")?;
        (room.pins.len() == 1 && room.members.iter().any(|it| it == ANA)).then_some(())
    })
    .await;
    // A person reads before they press: a pick right after an edit counts for nothing.
    pass(Duration::from_secs(3)).await;
    // The first choice of the card takes the incident.
    let card = until("the card offers something", SOON, async || {
        stand.shown(&room.id).into_iter().find(|seen| seen.is_pinned && seen.choices > 0)
    })
    .await;
    stand.presses(ANA, &room.id, &card.id, 0);
    until("Ana has taken it", SOON, async || {
        (phase(&house, 1).await == "acknowledged").then_some(())
    })
    .await;
    until("the card says so", SOON, async || {
        let seen = stand.shown(&room.id).into_iter().find(|seen| seen.id == card.id)?;
        seen.text.contains("ana").then_some(())
    })
    .await;
    stand.types(ANA, &room.id, "sev 1");
    stand.says(&room, "sev1").await;
    stand.types(ANA, &room.id, "the disks look <b>odd</b> & full");
    let entries =
        house.room("1", |entries| says(entries, "the disks look <b>odd</b> & full")).await;
    let line =
        entries.iter().find(|it| it["post"]["text"].as_str().unwrap().contains("disks")).unwrap();
    assert_eq!(line["by"]["name"], "ana", "{line}");
    house.clear(&cms()).await;
    stand.types(ANA, &room.id, "resolve");
    until("the room is archived", Duration::from_secs(60), async || {
        stand.named("inc-1-cms").filter(|room| room.is_archived)
    })
    .await;
    let shown = stand.shown(&room.id);
    let disks = shown.iter().filter(|seen| seen.text.contains("disks")).count();
    assert_eq!(disks, 1, "a line is not echoed to where it came from");
    assert_eq!(shown.iter().filter(|seen| seen.is_pinned).count(), 1, "one card");
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_known_people_run_anything() {
    let stand = workspace().await;
    let house = house(&stand).await;
    stand.is_listened_to().await;
    house.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    stand.says(&room, "cms is slow").await;
    stand.types(GUEST, &room.id, "ack");
    stand.whispers(GUEST, "guests").await;
    stand.types_raw(GUEST, &room.id, "&gt; resolve");
    let mut event = json!({
        "type": "message", "subtype": "message_changed", "channel": room.id, "channel_type": "channel",
        "ts": "1700000001.000001",
        "message": { "type": "message", "user": ANA, "ts": "1700000000.000001", "text": "resolve" },
    });
    stand.tell(event.clone());
    event["message"]["bot_id"] = "B9".into();
    stand.tell(event);
    stand.types(ANA, &room.id, "whoami");
    stand.whispers(ANA, &format!("{TEAM}/{ANA}")).await;
    assert_eq!(phase(&house, 1).await, "triggered", "nothing was done by any of it");
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_again_is_done_once() {
    let stand = workspace().await;
    let house = house(&stand).await;
    stand.is_listened_to().await;
    house.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    stand.says(&room, "cms is slow").await;
    stand.work().faults.repeats = 2;
    stand.types(ANA, &room.id, "note the disks are full");
    house.room("1", |entries| says(entries, "the disks are full")).await;
    until("all are acknowledged", SOON, async || {
        stand.work().unacknowledged.is_empty().then_some(())
    })
    .await;
    stand.work().faults.repeats = 0;
    stand.disconnect("refresh_requested");
    stand.types(ANA, &room.id, "note and the fans are loud");
    let entries = house.room("1", |entries| says(entries, "fans")).await;
    let typed = entries.iter().filter(|it| it["by"]["name"] == "ana").count();
    assert_eq!(typed, 2, "each line once: {entries:#?}");
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn busy_answers_and_lost_ones_make_no_second_room() {
    let stand = workspace().await;
    let house = house(&stand).await;
    stand.is_listened_to().await;
    stand.work().faults.hangs_after = Some("conversations.create".to_owned());
    stand.work().faults.busy = 3;
    house.fire(&cms()).await;
    until("one room with its marker and card", Duration::from_secs(60), async || {
        let room = stand.named("inc-1-cms").filter(|room| !room.purpose.is_empty())?;
        (!room.pins.is_empty()).then_some(())
    })
    .await;
    stand.work().faults.hangs_after = Some("chat.postMessage".to_owned());
    let body = json!({ "room": "1", "line": "note said into a hang" });
    house.post("/api/v1/commands", &body).await;
    pass(Duration::from_secs(1)).await;
    let room = stand.room("inc-1-cms").await;
    stand.types(ANA, &room.id, "note after the hang");
    house.room("1", |entries| says(entries, "after the hang")).await;
    let rooms = stand.work().channels.values().filter(|it| it.name.starts_with("inc-")).count();
    assert_eq!(rooms, 1);
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    for seen in stand.shown(&room.id) {
        *texts.entry(seen.text).or_default() += 1;
    }
    assert!(texts.values().all(|count| *count == 1), "said twice: {texts:#?}");
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_people_delete_is_made_anew() {
    let stand = workspace().await;
    let house = house(&stand).await;
    stand.is_listened_to().await;
    house.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    stand.says(&room, "cms is slow").await;
    stand.work().channels.remove(&room.id);
    stand.tell(json!({ "type": "channel_deleted", "channel": room.id, "user": ANA }));
    let anew = stand.room("inc-1-cms").await;
    assert_ne!(anew.id, room.id);
    stand.says(&anew, "a new one takes its place").await;
    stand.says(&anew, "cms is slow").await;
    until("the card is pinned", SOON, async || {
        stand.named("inc-1-cms").filter(|room| room.pins.len() == 1)
    })
    .await;
    let ops = stand.room("ops").await;
    stand.says(&ops, "is gone").await;
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_while_slack_was_away_is_filled_in() {
    let stand = workspace().await;
    let house = house(&stand).await;
    stand.is_listened_to().await;
    house.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    stand.says(&room, "cms is slow").await;
    stand.work().faults.is_revoked = true;
    for line in ["note one", "note two", "note three"] {
        let (status, said) =
            house.post("/api/v1/commands", &json!({ "room": "1", "line": line })).await;
        assert_eq!(status, 200, "{said}");
    }
    until("the backlog is on /metrics", SOON, async || {
        let metrics = house.send(reqwest::Method::GET, "/metrics", None).await.text().await.ok()?;
        let line = metrics.lines().find(|it| it.starts_with("warroom_chat_backlog{"))?.to_owned();
        (!line.ends_with(" 0")).then_some(())
    })
    .await;
    stand.work().faults.is_revoked = false;
    for text in ["one", "two", "three"] {
        stand.says(&room, text).await;
    }
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_stays_inside_the_tiers_and_begins_at_once() {
    let stand = workspace().await;
    let house = house(&stand).await;
    stand.is_listened_to().await;
    let hosts: Vec<String> = (0..500).map(|at| format!("host-{at}")).collect();
    let alerts: Vec<Vec<(&str, &str)>> =
        hosts.iter().map(|host| vec![("alertname", "Down"), ("host", host.as_str())]).collect();
    let begin = Instant::now();
    for some in alerts.chunks(100) {
        house.fire(some).await;
    }
    until("the first post in a room", SOON, async || {
        let work = stand.work();
        let mut rooms = work.channels.values().filter(|room| room.name != "ops");
        rooms.any(|room| !room.messages.is_empty()).then_some(())
    })
    .await;
    println!("the first post of the storm came after {:?}", begin.elapsed());
    pass(Duration::from_secs(10)).await;
    let work = stand.work();
    assert_eq!(work.refused, 0, "nobody had to tell us to wait");
    drop(work);
    assert!(stand.count("conversations.create") <= 20);
    stand.is_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_nothing_is_said_again() {
    let stand = workspace().await;
    let folder = tempfile::tempdir().unwrap();
    let brain = format!("file:{}", folder.path().join("brain").display());
    let first = House::with(super::house::RULES, &config(&stand), Some(&brain)).await;
    first.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    stand.says(&room, "cms is slow").await;
    pass(Duration::from_secs(1)).await;
    let before = stand.shown(&room.id).len();
    let House { running, stop, .. } = first;
    running.stop(stop).await;
    let second = House::with(super::house::RULES, &config(&stand), Some(&brain)).await;
    let (status, said) =
        second.post("/api/v1/commands", &json!({ "room": "1", "line": "note it is back" })).await;
    assert_eq!(status, 200, "{said}");
    stand.says(&room, "it is back").await;
    let shown = stand.shown(&room.id);
    let texts = shown.iter().filter(|seen| seen.text.contains("cms is slow")).count();
    assert!(shown.len() <= before + 3 && texts >= 1, "{shown:#?}");
    assert_eq!(stand.work().channels.len(), 2, "no second room");
    stand.is_content();
}
