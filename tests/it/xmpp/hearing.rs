//! What is heard from a Prosody, also when it dies in the middle.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use warroom::adapters::chat::platform::{Heard, Manner, Platform, RoomChange, What};
use warroom::domain::room::Post;

use super::stage::{Lab, start};
use crate::contract::platform::{Listening, Stage, line, open, say, saying};
use crate::world::prosody::Prosody;
use crate::world::wait::until;

const SOON: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn edits_quotes_and_borrowed_nicknames_are_no_commands() {
    let Some(lab) = start().await else { return };
    let listening = Listening::to(&lab);
    let room = open(&lab, "case-30", "inc-30-cms").await;
    lab.enter(&room.id).await;
    let first = lab.ana.types(&room.id, "status").await;
    let replace = format!("<replace xmlns='urn:xmpp:message-correct:0' id='{first}'/>");
    lab.ana.sends(&room.id, "ack", &replace).await;
    lab.ana.types(&room.id, "> run restart").await;
    let stamp = "2020-01-01T00:00:00Z";
    lab.ana
        .sends(&room.id, "resolve", &format!("<delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>"))
        .await;
    // What a sender writes about himself is nothing that the room vouches for.
    let forged = "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' \
                  jid='boss@lab.example/x'/></x>";
    lab.ana.sends(&room.id, "forged", forged).await;
    let eve = lab.prosody.person("eve").await;
    lab.xmpp().invite(&room.id, &[eve.jid.as_str().into()]).await.unwrap();
    eve.enter(&room.id, "boss").await;
    eve.types(&room.id, "last").await;

    listening.until("the last line", |heard| line(heard) == Some("last")).await;
    let all = listening.notebook.all();
    let by = |text: &str| all.iter().find(|it| line(it) == Some(text)).map(|it| it.by.id.clone());
    assert_eq!(by("last").as_deref(), Some(eve.jid.as_str()), "a nickname is nobody");
    let forger = by("forged");
    assert!(forger.is_none_or(|by| by == lab.ana.jid.as_str()), "{all:?}");
    let mut typed = typed(&all);
    typed.retain(|text| text != "forged");
    assert_eq!(typed, ["status", "last"]);
    assert!(all.iter().all(|it| !it.by.is_guest || it.by.is_bot), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_across_a_crash_is_heard_whole_and_once() {
    let Some(prosody) = Prosody::start().await else { return };
    let mut lab = Lab::at(Arc::new(prosody)).await;
    let listening = Listening::to(&lab);
    let room = open(&lab, "case-31", "inc-31-cms").await;
    lab.enter(&room.id).await;
    lab.ana.types(&room.id, "before").await;
    listening.until("a line before", |heard| line(heard) == Some("before")).await;
    for number in 0..20 {
        lab.ana.types(&room.id, &format!("line {number}")).await;
    }
    lab.prosody.restart().await;
    lab.ana = lab.prosody.sign_in(&lab.ana.jid).await;
    lab.ana.enter(&room.id, "ana").await;
    // More than one page of the archive holds: the rest has to be fetched.
    for number in 20..150 {
        lab.ana.types(&room.id, &format!("line {number}")).await;
    }
    until("the last line", SOON, async || {
        listening.notebook.all().iter().any(|heard| line(heard) == Some("line 149")).then_some(())
    })
    .await;
    let mut heard = typed(&listening.notebook.all());
    heard.retain(|text| text.starts_with("line"));
    let wanted: Vec<String> = (0..150).map(|number| format!("line {number}")).collect();
    assert_eq!(heard, wanted);
    let sent = say(&lab, &room, saying("31.1", &Post::text("Still here"))).await;
    lab.warden = lab.prosody.warden().await;
    assert!(lab.seen(&room.id).await.iter().any(|seen| seen.id == sent.id.as_str()));
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
    // Another process that remembers nothing.
    let other = super::stage::xmpp(&lab.prosody, &lab.jid, &lab.prosody.address());
    let stop = tokio_util::sync::CancellationToken::new();
    let (ears, token) = (notebook.clone(), stop.clone());
    #[expect(clippy::disallowed_methods, reason = "the test waits for it")]
    let task = tokio::spawn(async move { other.listen(ears, token).await });
    until("everything is heard", SOON, async || {
        let heard = typed(&notebook.all());
        (heard.len() == 131).then_some(())
    })
    .await;
    stop.cancel();
    task.await.unwrap();
    let wanted = (0..130).map(|number| format!("line {number}"));
    let wanted: Vec<String> = std::iter::once("before".to_owned()).chain(wanted).collect();
    assert_eq!(typed(&notebook.all()), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_room_and_a_removal_are_told() {
    let Some(lab) = start().await else { return };
    let listening = Listening::to(&lab);
    for (case, how) in [("case-33", RoomChange::Deleted), ("case-34", RoomChange::Removed)] {
        let room = open(&lab, case, "inc-33-cms").await;
        lab.enter(&room.id).await;
        lab.ana.types(&room.id, case).await;
        listening.until("a line", |heard| line(heard) == Some(case)).await;
        match &how {
            RoomChange::Deleted => lab.warden.destroy(&room.id).await,
            _ => {
                let xml = format!(
                    "<query xmlns='http://jabber.org/protocol/muc#admin'><item \
                     affiliation='outcast' jid='{}'/></query>",
                    lab.jid
                );
                let answer = lab.warden.iq("set", &room.id, &xml).await;
                assert!(answer.get("done").is_some(), "{answer}");
            }
        }
        let what = What::RoomChanged { how };
        let heard = listening.until("what became of it", |heard| heard.what == what).await;
        assert_eq!(heard.room.as_deref(), Some(room.id.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_us_alone_is_heard_and_answered() {
    let Some(lab) = start().await else { return };
    let listening = Listening::to(&lab);
    let order = json!({"do": "say", "to": lab.jid, "id": "w1", "body": "status", "kind": "chat"});
    until("it is heard", SOON, async || {
        lab.ana.does(order.clone()).await;
        listening.notebook.all().iter().any(|it| line(it) == Some("status")).then_some(())
    })
    .await;
    let heard = listening.until("a line", |heard| line(heard) == Some("status")).await;
    assert_eq!((heard.room, heard.by.id.as_str()), (None, lab.ana.jid.as_str()));
    assert!(matches!(heard.what, What::Line { is_addressed: true, .. }));
    lab.xmpp().whisper(&lab.ana.jid, saying("40.1", &Post::text("psst"))).await.unwrap();
    until("the answer is there", SOON, async || {
        let alone = lab.ana.does(json!({"do": "alone"})).await;
        (alone == json!(["psst"])).then_some(())
    })
    .await;
}

/// The lines of people that may be commands.
fn typed(heard: &[Heard]) -> Vec<String> {
    let is_typed =
        |it: &&Heard| matches!(&it.what, What::Line { manner: Manner::Typed, .. }) && !it.by.is_bot;
    heard.iter().filter(is_typed).filter_map(line).map(ToOwned::to_owned).collect()
}
