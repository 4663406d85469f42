//! Rooms on XMPP: strangers' rooms, invitations, closed rooms, and what the doctor says.

use serde_json::json;
use warroom::adapters::chat::platform::Platform;
use warroom::adapters::failure::Failure;
use warroom::domain::room::Post;

use super::stage::{start, xmpp};
use crate::contract::platform::{SOON, Stage, open, say, saying};
use crate::world::wait::until;

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_room_under_our_own_name_costs_a_suffix() {
    let Some(lab) = start().await else { return };
    let room = open(&lab, "case-20", "inc-20-cms").await;
    // The very address: what nobody else could guess, a person who was in the room knows.
    let name = room.id.split('@').next().unwrap().to_owned();
    lab.warden.destroy(&room.id).await;
    lab.occupy(&name).await;
    let anew = open(&lab, "case-20", "inc-20-cms").await;
    assert!(anew.id.starts_with(&format!("{name}-2@")), "{anew:?}");
    let again = open(&lab, "case-20", "inc-20-cms").await;
    assert_eq!(again.id, anew.id, "and it is found by every later try");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_invitation_is_one_message() {
    let Some(lab) = start().await else { return };
    let room = open(&lab, "case-21", "inc-21-cms").await;
    for _ in 0..2 {
        lab.xmpp().invite(&room.id, &[lab.person()]).await.unwrap();
    }
    until("the invitation is there", SOON, async || {
        let invited = lab.ana.does(json!({"do": "invited"})).await;
        (invited.as_array().map(Vec::len) >= Some(1)).then_some(())
    })
    .await;
    lab.enter(&room.id).await;
    lab.ana.types(&room.id, "here").await;
    assert_eq!(lab.ana.does(json!({"do": "invited"})).await.as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_closed_room_only_we_write() {
    let Some(lab) = start().await else { return };
    let room = open(&lab, "case-22", "inc-22-cms").await;
    lab.enter(&room.id).await;
    lab.xmpp().close(&room.id).await.unwrap();
    let order = json!({"do": "say", "to": room.id, "id": "late", "body": "too late"});
    assert_eq!(lab.ana.does(order).await, "error");
    say(&lab, &room, saying("22.1", &Post::text("closed"))).await;
    lab.xmpp().reopen(&room.id).await.unwrap();
    lab.ana.types(&room.id, "again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_what_works_and_a_wrong_password() {
    let Some(lab) = start().await else { return };
    let findings = lab.xmpp().check().await;
    assert!(findings.iter().all(|finding| finding.is_well), "{findings:?}");
    assert_eq!(findings.len(), 4, "{findings:?}");
    let nobody = xmpp(&lab.prosody, "nobody@lab.example", &lab.prosody.address());
    let findings = nobody.check().await;
    assert!(findings.iter().any(|it| !it.is_well && it.what.contains("password")), "{findings:?}");
    let said = nobody.say("x@conference.lab.example", saying("1", &Post::text("x"))).await;
    assert!(matches!(said, Err(Failure::Broken { .. })), "{said:?}");
}
