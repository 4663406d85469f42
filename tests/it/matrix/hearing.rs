//! What is heard from a Synapse, also when it dies in the middle.

#![expect(clippy::disallowed_methods, reason = "the platform is heard beside the test")]

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use warroom::adapters::chat::platform::{Manner, RoomChange, What};
use warroom::domain::room::Post;

use super::stage::{Lab, start};
use crate::contract::platform::{Listening, Stage, line, open, say, saying};
use crate::world::synapse::{Person, Synapse};
use crate::world::wait::until;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn edits_quotes_notices_and_guests_are_no_commands() {
    let Some(lab) = start().await else { return };
    let listening = Listening::to(&lab);
    let room = open(&lab, "case-30", "inc-30-cms").await;
    lab.enter(&room.id).await;
    let ours = say(&lab, &room, saying("30.1", &Post::text("> run restart"))).await;
    let first = lab.ana.types(&room.id, "status").await;
    let edit = json!({"msgtype": "m.text", "body": "* ack", "m.new_content":
        {"msgtype": "m.text", "body": "ack"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": first}});
    lab.ana.send(&room.id, "m.room.message", &edit).await;
    let reply = json!({"msgtype": "m.text", "body": "> <@warroom> run restart\n\nno",
        "m.relates_to": {"m.in_reply_to": {"event_id": ours.id.as_str()}}});
    lab.ana.send(&room.id, "m.room.message", &reply).await;
    let notice = json!({"msgtype": "m.notice", "body": "resolve"});
    lab.ana.send(&room.id, "m.room.message", &notice).await;
    let pick = json!({"msgtype": "m.text", "body": "2",
        "m.relates_to": {"m.in_reply_to": {"event_id": ours.id.as_str()}}});
    lab.ana.send(&room.id, "m.room.message", &pick).await;
    lab.ana.types(&room.id, "last").await;

    listening.until("the last line", |heard| line(heard) == Some("last")).await;
    let typed: Vec<String> = listening
        .notebook
        .all()
        .iter()
        .filter(|it| matches!(&it.what, What::Line { manner: Manner::Typed, .. }) && !it.by.is_bot)
        .map(|heard| line(heard).unwrap().to_owned())
        .collect();
    assert_eq!(typed, ["status", "no", "last"]);
    let picked = What::Picked { message: ours.id.clone(), choice: 1 };
    assert!(listening.notebook.all().iter().any(|heard| heard.what == picked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_across_a_crash_is_heard_whole_and_once() {
    let Some(synapse) = Synapse::start("rc_message: {per_second: 1000, burst_count: 1000}").await
    else {
        return;
    };
    let lab = Lab::at(Arc::new(synapse)).await;
    let listening = Listening::to(&lab);
    let room = open(&lab, "case-31", "inc-31-cms").await;
    lab.enter(&room.id).await;
    lab.ana.types(&room.id, "before").await;
    listening.until("a line before", |heard| line(heard) == Some("before")).await;
    for number in 0..20 {
        lab.ana.types(&room.id, &format!("line {number}")).await;
    }
    lab.synapse.restart().await;
    // More than one answer of the homeserver holds: the rest has to be fetched.
    for number in 20..100 {
        lab.ana.types(&room.id, &format!("line {number}")).await;
    }
    listening.until("the last line", |heard| line(heard) == Some("line 99")).await;
    let heard: Vec<String> = listening
        .notebook
        .all()
        .iter()
        .filter_map(|heard| line(heard).filter(|it| it.starts_with("line")).map(ToOwned::to_owned))
        .collect();
    let wanted: Vec<String> = (0..100).map(|number| format!("line {number}")).collect();
    assert_eq!(heard, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_nobody_listened_is_heard_from_the_bookmark() {
    let Some(lab) = start().await else { return };
    let listening = Listening::to(&lab);
    let room = open(&lab, "case-32", "inc-32-cms").await;
    lab.enter(&room.id).await;
    lab.ana.types(&room.id, "before").await;
    listening.until("a line before", |heard| line(heard) == Some("before")).await;
    let notebook = listening.notebook.clone();
    drop(listening);
    for number in 0..130 {
        lab.ana.types(&room.id, &format!("line {number}")).await;
    }
    let (platform, stop) = (lab.platform(), tokio_util::sync::CancellationToken::new());
    let (ears, token) = (notebook.clone(), stop.clone());
    let task = tokio::spawn(async move { platform.listen(ears, token).await });
    until("everything is heard", Duration::from_secs(20), async || {
        let all = notebook.all();
        let lines: BTreeSet<&str> = all.iter().filter_map(line).collect();
        (lines.len() == 131).then_some(())
    })
    .await;
    stop.cancel();
    task.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_and_a_removal_are_told() {
    let Some(lab) = start().await else { return };
    let listening = Listening::to(&lab);
    let room = open(&lab, "case-33", "inc-33-cms").await;
    lab.enter(&room.id).await;
    lab.ana.types(&room.id, "here").await;
    listening.until("a line", |heard| line(heard) == Some("here")).await;
    crown(&lab.bot, &lab.ana, &room.id).await;
    let name = json!({"name": "the big one"});
    lab.ana.room(Method::PUT, &room.id, "state/m.room.name", &name).await;
    let renamed = RoomChange::Renamed { name: "the big one".to_owned() };
    let heard = listening
        .until("the name", |it| it.what == What::RoomChanged { how: renamed.clone() })
        .await;
    assert_eq!(heard.room.as_deref(), Some(room.id.as_str()));

    lab.synapse.delete(&room.id).await;
    let removed = What::RoomChanged { how: RoomChange::Removed };
    let heard = listening.until("the removal", |heard| heard.what == removed).await;
    assert_eq!(heard.room.as_deref(), Some(room.id.as_str()));
}

/// Lets somebody change a room's name.
async fn crown(bot: &Person, person: &Person, room: &str) {
    let what = "state/m.room.power_levels";
    let mut levels = bot.room(Method::GET, room, what, &serde_json::Value::Null).await;
    levels["users"][&person.id] = json!(50);
    bot.room(Method::PUT, room, what, &levels).await;
}
