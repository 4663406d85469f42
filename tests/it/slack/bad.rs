//! Requests that pretend to be Slack's.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::house::{SOON, cms, house, phase, workspace};
use super::stage::click;
use super::stand::{ANA, SIGNING};
use crate::rooms::house::House;
use crate::world::wait::until;

fn signature(secret: &str, stamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{stamp}:{body}").as_bytes());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

async fn posted(house: &House, age: i64, secret: &str, kind: &str, body: &str) -> (u16, String) {
    let stamp = (warroom::engine::clock::wall().timestamp() - age).to_string();
    let url = format!("http://{}/hooks/chat/slack", house.running.address);
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(url);
    let answer = request
        .header("content-type", kind)
        .header("x-slack-signature", signature(secret, &stamp, body))
        .header("x-slack-request-timestamp", stamp)
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_signed_requests_of_now_are_taken() {
    let stand = workspace().await;
    let house = house(&stand).await;
    let json = "application/json";
    let hello = json!({ "type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY" });
    let hello = hello.to_string();
    let (status, body) = posted(&house, 0, SIGNING, json, &hello).await;
    assert_eq!((status, body.as_str()), (200, "3eZbrw1aBm2rZgRNFdxV2595E9CY"));
    assert_eq!(posted(&house, 0, "another secret", json, &hello).await.0, 401);
    assert_eq!(posted(&house, 400, SIGNING, json, &hello).await.0, 401);
    assert_eq!(posted(&house, -400, SIGNING, json, &hello).await.0, 401);
    assert_eq!(posted(&house, 0, SIGNING, json, "no json").await.0, 400);
    house.fire(&cms()).await;
    let room = stand.room("inc-1-cms").await;
    let card = until("the card", SOON, async || {
        stand.shown(&room.id).into_iter().find(|seen| seen.is_pinned && seen.choices > 0)
    })
    .await;
    let payload = click(&mut stand.work(), ANA, (&room.id, &card.id), 0).to_string();
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &payload)
        .finish();
    let form = "application/x-www-form-urlencoded";
    assert_eq!(posted(&house, 0, "another secret", form, &body).await.0, 401);
    assert_eq!(phase(&house, 1).await, "triggered", "a forged click does nothing");
    assert_eq!(posted(&house, 0, SIGNING, form, &body).await.0, 200);
    assert_eq!(posted(&house, 0, SIGNING, form, &body).await.0, 200, "sent again");
    until("taken", SOON, async || (phase(&house, 1).await == "acknowledged").then_some(())).await;
}
