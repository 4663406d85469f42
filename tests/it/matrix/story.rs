//! The whole story on a real Synapse: alert, room, card, command, a stranger, close; by an account that
//! asks, and by an application service that is pushed to.

#![expect(clippy::disallowed_methods, reason = "a test may start programs")]

use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::process::free_port;
use crate::world::synapse::{Person, Synapse};
use crate::world::wait::until;
use crate::world::warroom::{Setup, Warroom};

/// For what happens by itself, on a busy machine.
const SOON: Duration = Duration::from_secs(40);

const RULES: &str = r#"
[[rule]]
name = "cms"
match = 'service="cms"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}-{{ labels.service }}", invite = ["@ana"] }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_lives_in_its_room_on_matrix() {
    let Some(synapse) = Synapse::shared().await else { return };
    let (bot, ana) = (synapse.person("warroom").await, synapse.person("ana").await);
    let folder = TempDir::new().unwrap();
    let account = format!("token = {:?}", bot.token);
    let setup = Setup {
        config: config(&synapse.url(), &account, &ana),
        rules: RULES.to_owned(),
        ..Setup::new(folder.path())
    };
    let warroom = Warroom::start(setup).await;
    tells_its_story(&warroom, &synapse, &ana).await;
    let said = doctor(&folder, warroom.address());
    assert!(said.contains(&format!("matrix: the token is valid: {}", bot.id)), "{said}");
    assert!(said.contains("matrix: new rooms are clear"), "{said}");
    assert!(said.contains("matrix, edits in place, threads, reactions for choices"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_lives_in_its_room_by_an_application_service() {
    let folder = TempDir::new().unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let account = format!(
        "token = \"as-secret\"\nservice = {{ hs_token = \"hs-secret\", url = \"http://{address}\" }}"
    );
    let nobody = "@nobody:lab.example";
    let file = folder.path().join("registration.yaml");
    let text = section("http://127.0.0.1:1", &account, nobody);
    std::fs::write(&file, registration(&folder, &text)).unwrap();
    let more = format!("app_service_config_files: [{}]", file.display());
    let Some(synapse) = Synapse::start(&more).await else { return };
    let ana = synapse.person("ana").await;
    let setup = Setup {
        config: config(&synapse.url(), &account, &ana),
        rules: RULES.to_owned(),
        ..Setup::new(folder.path())
    };
    let warroom = Warroom::start_at(setup, &address).await;
    keeps_its_door(&warroom).await;
    tells_its_story(&warroom, &synapse, &ana).await;
}

/// From the alert to the closed room.
async fn tells_its_story(warroom: &Warroom, synapse: &Synapse, ana: &Person) {
    report(warroom, &json!({})).await;
    let room = invitation(ana, "inc-1-cms").await;
    ana.join(&room).await;
    let card = says(ana, &room, "Nobody has taken it yet").await;
    until("the card is pinned", SOON, async || {
        let what = "state/m.room.pinned_events";
        let pinned = ana.room(Method::GET, &room, what, &Value::Null).await;
        pinned["pinned"].as_array()?.contains(&card["event_id"]).then_some(())
    })
    .await;

    let eve = synapse.person("eve").await;
    ana.room(Method::POST, &room, "invite", &json!({"user_id": eve.id})).await;
    eve.join(&room).await;
    eve.types(&room, "ack").await;
    let alone = invitation(&eve, "warroom").await;
    eve.join(&alone).await;
    let told = says(&eve, &alone, &eve.id).await.to_string();
    assert!(told.contains("chat"), "what to do about it: {told}");
    assert_eq!(warroom.incidents().await[0]["phase"], "triggered", "nobody's word does nothing");

    ana.types(&room, "ack").await;
    let taken = warroom.incident("Ana's line counts", SOON, is("acknowledged")).await;
    assert!(taken["acknowledged_by"].to_string().contains("ana"), "{taken}");
    until("the card says so", SOON, async || {
        let all = ana.messages(&room).await;
        let edits = |it: &Value| it["content"]["m.relates_to"]["event_id"] == card["event_id"];
        all.iter().any(|it| edits(it) && it.to_string().contains("ana")).then_some(())
    })
    .await;

    report(warroom, &json!({"endsAt": warroom::engine::clock::wall().to_rfc3339()})).await;
    ana.types(&room, "resolve").await;
    until("only warroom writes in the closed room", SOON, async || {
        let what = "state/m.room.power_levels";
        let levels = ana.room(Method::GET, &room, what, &Value::Null).await;
        (levels["events_default"] == 100).then_some(())
    })
    .await;
}

/// What strangers, and homeservers without anything to tell, are answered.
async fn keeps_its_door(warroom: &Warroom) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asks = async |method: Method, path: &str, token: &str, body: String| {
        let request = client.request(method, warroom.url(&format!("/_matrix/app/v1/{path}")));
        let answer = request.bearer_auth(token).body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let event = json!({"events": []}).to_string();
    for token in ["", "as-secret", "hs-secret2"] {
        let (status, said) = asks(Method::PUT, "transactions/1", token, event.clone()).await;
        assert_eq!((status, &said["errcode"]), (403, &json!("M_FORBIDDEN")));
    }
    let right = "hs-secret";
    assert_eq!(asks(Method::PUT, "transactions/1", right, event).await, (200, json!({})));
    assert_eq!(asks(Method::PUT, "transactions/2", right, "<html>".to_owned()).await.0, 400);
    let much = " ".repeat(9 << 20);
    assert_eq!(asks(Method::PUT, "transactions/3", right, much).await.0, 413);
    let ping = json!({"transaction_id": "p"}).to_string();
    assert_eq!(asks(Method::POST, "ping", right, ping).await, (200, json!({})));
    for path in ["users/%40x%3Alab.example", "rooms/%23x%3Alab.example"] {
        let (status, said) = asks(Method::GET, path, right, String::new()).await;
        assert_eq!((status, &said["errcode"]), (404, &json!("M_NOT_FOUND")));
        assert_eq!(asks(Method::GET, path, "other", String::new()).await.0, 403);
    }
}

fn config(url: &str, account: &str, ana: &Person) -> String {
    section(url, account, &ana.id)
}

fn section(url: &str, account: &str, ana: &str) -> String {
    format!(
        "[chat.matrix]\nkind = \"matrix\"\nurl = {url:?}\n{account}\n\
         [people.ana]\nemail = \"ana@example.org\"\nchat = {{ matrix = {ana:?} }}\n"
    )
}

/// What `warroom matrix registration` prints.
fn registration(folder: &TempDir, config: &str) -> Vec<u8> {
    let file = folder.path().join("registration.toml");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    let output = command.args(["matrix", "registration", "--config"]).arg(file).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// What `warroom doctor` prints beside a running server.
fn doctor(folder: &TempDir, address: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.current_dir(folder.path()).args(["doctor", "--listen", address, "--config"]);
    command.arg(folder.path().join("warroom.toml"));
    command.arg("--rules").arg(folder.path().join("rules"));
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

async fn report(warroom: &Warroom, more: &Value) {
    let mut alert = more.clone();
    alert["labels"] = json!({"alertname": "Slow", "service": "cms"});
    let answer = warroom.post("/api/v2/alerts", &json!([alert])).await;
    assert!(answer.status.is_success(), "{answer:?}");
}

/// The room of this name that somebody is invited to.
async fn invitation(person: &Person, name: &str) -> String {
    // The same question asked again would be answered from Synapse's cache.
    let mut since = String::new();
    until(&format!("an invitation to {name}"), SOON, async || {
        let path = format!("/_matrix/client/v3/sync?timeout=0{since}");
        let answer = person.call(Method::GET, &path, &Value::Null).await;
        since = format!("&since={}", answer["next_batch"].as_str().unwrap());
        let mut invited = answer["rooms"]["invite"].as_object()?.iter();
        let found = invited.find(|(_, room)| is_called(&room["invite_state"]["events"], name));
        found.map(|(room, _)| room.clone())
    })
    .await
}

fn is_called(state: &Value, name: &str) -> bool {
    let events = state.as_array().unwrap();
    events.iter().any(|it| it["type"] == "m.room.name" && it["content"]["name"] == name)
}

/// The first message in a room that says this, once it is there.
async fn says(person: &Person, room: &str, text: &str) -> Value {
    until(&format!("{text:?} in {room}"), SOON, async || {
        let all = person.messages(room).await;
        all.into_iter().find(|it| it["content"]["body"].to_string().contains(text))
    })
    .await
}

fn is(phase: &str) -> impl Fn(&Value) -> bool {
    move |incident| incident["phase"] == phase
}
