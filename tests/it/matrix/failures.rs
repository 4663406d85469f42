//! Limits and a token that is taken away.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use warroom::adapters::chat::platform::Platform;
use warroom::adapters::failure::Failure;
use warroom::domain::room::Post;

use super::stage::{Lab, start};
use crate::contract::platform::{Stage, open, say, saying};
use crate::world::synapse::Synapse;

#[tokio::test(flavor = "multi_thread")]
async fn a_homeservers_own_limits_are_obeyed_and_nothing_is_lost() {
    let Some(synapse) = Synapse::with_defaults().await else { return };
    let lab = Lab::at(Arc::new(synapse)).await;
    let room = open(&lab, "case-50", "inc-50-cms").await;
    let mut is_limited = false;
    for number in 0..14 {
        let (key, post) = (format!("50.{number}"), Post::text(format!("line {number}")));
        if let Err(failure) = lab.matrix().say(&room.id, saying(&key, &post)).await {
            let Failure::Retry { after: Some(after), .. } = &failure else {
                panic!("not a wait: {failure:?}")
            };
            assert!(!after.is_zero() && after.as_secs() < 60, "{after:?}");
            is_limited = true;
            say(&lab, &room, saying(&key, &post)).await;
        }
    }
    assert!(is_limited, "Synapse's default is ten messages at once");
    let texts: Vec<String> = lab.seen(&room.id).await.into_iter().map(|seen| seen.text).collect();
    assert_eq!(texts, (0..14).map(|number| format!("line {number}")).collect::<Vec<_>>());
    let findings = lab.matrix().check().await;
    assert!(findings.iter().any(|it| !it.is_well && it.what.contains("limits")), "{findings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_taken_away_is_told_with_words() {
    let Some(lab) = start().await else { return };
    let room = open(&lab, "case-51", "inc-51-cms").await;
    let findings = lab.matrix().check().await;
    let unwell: Vec<_> = findings.iter().filter(|it| !it.is_well).collect();
    assert!(unwell.iter().all(|it| it.what.contains("limits")), "{unwell:?}");
    lab.bot.call(Method::POST, "/_matrix/client/v3/logout", &json!({})).await;
    let said = lab.matrix().say(&room.id, saying("51.1", &Post::text("lost"))).await;
    let told = matches!(&said, Err(Failure::Broken { why }) if why.contains("access token"));
    assert!(told, "{said:?}");
    let findings = lab.matrix().check().await;
    assert!(findings.iter().any(|it| !it.is_well && it.what.contains("token")), "{findings:?}");
}
