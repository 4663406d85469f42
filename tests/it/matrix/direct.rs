//! Talking to one person alone.

use reqwest::Method;
use serde_json::{Value, json};
use warroom::adapters::chat::platform::{Platform, What};
use warroom::domain::room::Post;

use super::stage::{matrix, start};
use crate::contract::platform::{Listening, line, saying};
use crate::world::wait::until;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn each_person_has_one_direct_room_for_ever() {
    let Some(lab) = start().await else { return };
    let person = lab.ana.id.as_str();
    lab.matrix().whisper(person, saying("40.1", &Post::text("psst"))).await.unwrap();
    // Another process that remembers nothing.
    let other = matrix(&lab.synapse.url(), &lab.bot.token);
    other.whisper(person, saying("40.2", &Post::text("again"))).await.unwrap();
    let invited = invitations(&lab.ana).await;
    assert_eq!(invited.len(), 1, "{invited:?}");
    lab.ana.join(&invited[0]).await;
    let texts: Vec<Value> = lab
        .ana
        .messages(&invited[0])
        .await
        .iter()
        .map(|it| it["content"]["body"].clone())
        .collect();
    assert_eq!(texts, ["psst", "again"]);
    let path = format!("/_matrix/client/v3/user/{}/account_data/m.direct", lab.bot.id);
    let noted = lab.bot.call(Method::GET, &path, &Value::Null).await;
    assert_eq!(noted, json!({person: [invited[0]]}));

    let listening = Listening::to(&lab);
    until("it listens", SOON, async || {
        lab.ana.types(&invited[0], "status").await;
        listening.notebook.all().iter().any(|it| line(it) == Some("status")).then_some(())
    })
    .await;
    let heard = listening.until("a line", |heard| line(heard) == Some("status")).await;
    assert_eq!(heard.room, None, "said to us alone");
    assert!(matches!(heard.what, What::Line { is_addressed: true, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_to_talk_is_taken_up_in_clear_only() {
    let Some(lab) = start().await else { return };
    let _listening = Listening::to(&lab);
    let encryption = json!({"type": "m.room.encryption", "state_key": "",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"}});
    for (state, wanted) in [(json!([]), "join"), (json!([encryption]), "leave")] {
        let body = json!({"is_direct": true, "invite": [lab.bot.id], "initial_state": state,
            "preset": "trusted_private_chat"});
        let made = lab.ana.call(Method::POST, "/_matrix/client/v3/createRoom", &body).await;
        let room = made["room_id"].as_str().unwrap();
        let what = format!("state/m.room.member/{}", lab.bot.id);
        until("the invitation is answered", SOON, async || {
            let member = lab.ana.room(Method::GET, room, &what, &Value::Null).await;
            (member["membership"] == wanted).then_some(())
        })
        .await;
    }
}

async fn invitations(person: &crate::world::synapse::Person) -> Vec<String> {
    let answer = person.call(Method::GET, "/_matrix/client/v3/sync?timeout=0", &Value::Null).await;
    let invited = answer["rooms"]["invite"].as_object().cloned().unwrap_or_default();
    invited.into_iter().map(|(room, _)| room).collect()
}
