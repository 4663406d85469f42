//! Rooms on Matrix: aliases of strangers, encryption by force, closed rooms, pictures.

use reqwest::Method;
use serde_json::{Value, json};
use warroom::adapters::chat::platform::{Opening, Platform, Saying};
use warroom::adapters::failure::Failure;
use warroom::domain::room::Post;

use super::stage::{alias, matrix, start};
use crate::contract::platform::{PNG, Stage, open, say, saying};
use crate::world::synapse::{Synapse, encoded};

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_alias_costs_a_suffix() {
    let Some(lab) = start().await else { return };
    let room = open(&lab, "case-20", "inc-20-cms").await;
    // The very alias: what nobody else could guess, a person who was in the room knows.
    let local = room.url.as_deref().unwrap().rsplit("/#").next().unwrap();
    let name = local.split(':').next().unwrap().to_owned();
    lab.synapse.delete(&room.id).await;
    lab.occupy(&name).await;
    let anew = open(&lab, "case-20", "inc-20-cms").await;
    assert_ne!(anew.id, room.id);
    assert!(anew.url.unwrap().contains(&format!("{name}-2:")));
    let again = open(&lab, "case-20", "inc-20-cms").await;
    assert_eq!(again.id, anew.id, "and it is found by every later try");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_with_our_marker_made_by_another_is_a_strangers() {
    let Some(lab) = start().await else { return };
    let room = open(&lab, "case-21", "inc-21-cms").await;
    let local = room.url.as_deref().unwrap().rsplit("/#").next().unwrap();
    let name = local.split(':').next().unwrap().to_owned();
    lab.synapse.delete(&room.id).await;
    let marker =
        json!({"type": "org.warroom.room", "state_key": "", "content": {"marker": "case-21"}});
    let body = json!({"room_alias_name": name, "preset": "public_chat", "initial_state": [marker],
                      "invite": [lab.bot.id]});
    let forged = lab.ana.call(Method::POST, "/_matrix/client/v3/createRoom", &body).await;
    lab.bot.join(forged["room_id"].as_str().unwrap()).await;
    let anew = open(&lab, "case-21", "inc-21-cms").await;
    assert_ne!(Some(anew.id.as_str()), forged["room_id"].as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_closed_room_only_we_write() {
    let Some(lab) = start().await else { return };
    let room = open(&lab, "case-22", "inc-22-cms").await;
    lab.enter(&room.id).await;
    lab.matrix().close(&room.id).await.unwrap();
    let content = json!({"msgtype": "m.text", "body": "too late"});
    let path = "send/m.room.message/late";
    let answer = lab.ana.room(Method::PUT, &room.id, path, &content).await;
    assert_eq!(answer["errcode"], "M_FORBIDDEN");
    say(&lab, &room, saying("22.1", &Post::text("closed"))).await;
    lab.matrix().reopen(&room.id).await.unwrap();
    lab.ana.types(&room.id, "again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_arrives_at_the_other_client_as_it_was() {
    let Some(lab) = start().await else { return };
    let room = open(&lab, "case-23", "inc-23-cms").await;
    lab.enter(&room.id).await;
    let post = Post::text("latency");
    let sent = say(&lab, &room, Saying { picture: Some(PNG), ..saying("23.1", &post) }).await;
    let messages = lab.ana.messages(&room.id).await;
    let event = messages.iter().find(|it| it["event_id"] == sent.id.as_str()).unwrap();
    assert_eq!(event["content"]["info"]["w"], 1);
    let media = event["content"]["url"].as_str().unwrap().trim_start_matches("mxc://");
    let url = format!("{}/_matrix/client/v1/media/download/{media}", lab.synapse.url());
    let request = reqwest::Client::builder().build().unwrap().get(url);
    let bytes = request.bearer_auth(&lab.ana.token).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes.as_ref(), PNG);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_forces_encryption_is_told_of() {
    let more = "encryption_enabled_by_default_for_room_type: all";
    let Some(synapse) = Synapse::start(more).await else { return };
    let bot = synapse.person("warroom").await;
    let matrix = matrix(&synapse.url(), &bot.token);
    let findings = matrix.check().await;
    let told = findings.iter().any(|it| !it.is_well && it.what.contains("encrypts"));
    assert!(told, "{findings:?}");
    let opening =
        Opening { marker: "m", is_retry: false, name: "inc-1", topic: "A test", invite: &[] };
    let failure = matrix.open(opening).await.unwrap_err();
    assert!(
        matches!(&failure, Failure::Broken { why } if why.contains("encrypted")),
        "{failure:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_room_is_entered_and_a_person_is_found() {
    let Some(lab) = start().await else { return };
    let name = format!("ops{}", std::process::id());
    let body = json!({"room_alias_name": name, "invite": [lab.bot.id]});
    let made = lab.ana.call(Method::POST, "/_matrix/client/v3/createRoom", &body).await;
    let room = lab.matrix().find(&format!("#{name}")).await.unwrap();
    assert_eq!(Some(room.id.as_str()), made["room_id"].as_str());
    let directory = format!("/_matrix/client/v3/directory/room/{}", encoded(&alias(&name)));
    lab.ana.call(Method::DELETE, &directory, &Value::Null).await;
    let failure = lab.matrix().find(&format!("#{name}")).await.unwrap_err();
    assert!(matches!(&failure, Failure::Broken { why } if why.contains("invite")), "{failure:?}");

    let ana = lab.matrix().person(&lab.ana.id).await.unwrap().unwrap();
    assert_eq!(ana.id, lab.ana.id.as_str());
    assert_eq!(lab.matrix().person("nobody-at-all").await, Ok(None));
    assert_eq!(lab.matrix().person("ana@example.org").await, Ok(None));
}
