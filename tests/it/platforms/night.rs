//! One night on the console, Slack, Mattermost, a real Synapse and a real Prosody: alert, room, card, a
//! choice, commands, a typing error, a remark, the end. What the incident keeps of it is the same.

use std::time::Duration;

use serde_json::{Value, json};

use crate::contract::platform::Stage;
use crate::rooms::house::House;
use crate::world::wait::{pass, until};

/// For what happens by itself, on a busy machine with five servers.
const SOON: Duration = Duration::from_secs(60);

const RULES: &str = r#"
[[rule]]
name = "slow"
match = 'alertname="Slow"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}-{{ labels.service }}", invite = ["@ana"] }
"#;

/// Where a person sits.
enum Seat<'a, S> {
    /// At the console.
    Console,
    /// On a platform, in a room of this id.
    Platform(&'a S, String),
}

impl<S: Stage> Seat<'_, S> {
    async fn types(&self, house: &House, line: &str) {
        match self {
            Seat::Console => {
                let body = json!({ "room": "1", "line": line });
                assert_eq!(house.post("/api/v1/commands", &body).await.0, 200);
            }
            Seat::Platform(stage, room) => stage.types(room, line).await,
        }
    }

    /// Picks the first choice of the card.
    async fn takes(&self, house: &House) {
        match self {
            Seat::Console => {
                let entries = house.room("1", |all| crate::rooms::house::card(all).is_some()).await;
                let card = crate::rooms::house::card(&entries).unwrap();
                let command = card["buttons"][0]["command"].as_str().unwrap().to_owned();
                self.types(house, &command).await;
            }
            Seat::Platform(stage, room) => {
                let card = until("the card", SOON, async || {
                    let seen = stage.seen(room).await;
                    seen.into_iter().find(|seen| seen.text.contains("Nobody has taken it"))
                })
                .await;
                // A person reads before they press: a pick right after an edit counts for nothing.
                pass(Duration::from_secs(3)).await;
                stage.picks(room, &card.id, 0).await;
            }
        }
    }
}

/// Lives through the night, and gives the timeline without ids, times and names of people.
async fn night<S: Stage>(stage: Option<&S>, config: &str, service: &str) -> Vec<String> {
    let house = House::with(RULES, config, None).await;
    let alert = vec![vec![("alertname", "Slow"), ("service", service)]];
    house.fire(&alert).await;
    let seat = match stage {
        None => Seat::Console,
        Some(stage) => Seat::Platform(stage, room(stage, service).await),
    };
    phase(&house, "triggered").await;
    seat.takes(&house).await;
    phase(&house, "acknowledged").await;
    seat.types(&house, "sev 1").await;
    kept(&house, "sev1").await;
    seat.types(&house, "note the disks are full").await;
    kept(&house, "the disks are full").await;
    // A command that changes something never runs by a near match.
    seat.types(&house, "reslove").await;
    house.room("1", |entries| crate::rooms::house::says(entries, "resolve")).await;
    house.clear(&alert).await;
    seat.types(&house, "resolve").await;
    phase(&house, "closed").await;
    let timeline = house.json("/api/v1/incidents/1/timeline").await;
    let events = timeline["events"].as_array().unwrap();
    events.iter().map(|event| plain(event, service)).collect()
}

/// The room in which the service is named.
async fn room<S: Stage>(stage: &S, service: &str) -> String {
    until("the room", SOON, async || {
        for room in stage.rooms().await {
            let seen = stage.seen(&room).await;
            if seen.iter().any(|seen| seen.text.contains(service)) {
                return Some(room);
            }
        }
        None
    })
    .await
}

async fn phase(house: &House, wanted: &str) {
    until(&format!("it is {wanted}"), SOON, async || {
        let (_, incident) = house.ask("/api/v1/incidents/1").await;
        (incident["phase"] == wanted).then_some(())
    })
    .await;
}

async fn kept(house: &House, text: &str) {
    until(&format!("{text:?} is kept"), SOON, async || {
        let (_, timeline) = house.ask("/api/v1/incidents/1/timeline").await;
        timeline.to_string().contains(text).then_some(())
    })
    .await;
}

/// An entry without what differs from night to night.
fn plain(entry: &Value, service: &str) -> String {
    let mut entry = entry.clone();
    strip(&mut entry);
    entry.to_string().replace(service, "SERVICE")
}

/// Times, ids and people are left out; where a person sat is no part of what they did.
fn strip(value: &mut Value) {
    const LEFT_OUT: [&str; 9] =
        ["at", "id", "by", "actor", "via", "seq", "name", "effect", "fingerprint"];
    match value {
        Value::Object(fields) => {
            fields.retain(|key, _| !LEFT_OUT.contains(&key.as_str()) && !key.ends_with("_at"));
            fields.values_mut().for_each(strip);
        }
        Value::Array(all) => all.iter_mut().for_each(strip),
        Value::String(text) if chrono::DateTime::parse_from_rfc3339(text).is_ok() => {
            *value = json!("TIME");
        }
        Value::String(text) => {
            *text = text.replace("ana", "PERSON").replace("console", "PERSON");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn person(site: &str, id: &str) -> String {
    format!("[people.ana]\nemail = \"ana@example.org\"\nchat = {{ {site} = {id:?} }}\n")
}

/// The night on a platform, beside the one on the console.
async fn same_as_on_the_console<S: Stage>(stage: &S, config: &str) {
    let site = stage.platform().abilities().kind;
    let config = format!("{config}{}", person(site, &stage.person()));
    let service = format!("svc{site}{}", std::process::id());
    let there = night(Some(stage), &config, &service).await;
    let here = night::<S>(None, "", "svcconsole").await;
    assert!(here.len() >= 5, "{here:#?}");
    assert_eq!(there, here, "the night on {site} left another timeline");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_on_slack_reads_as_on_the_console() {
    use crate::slack::stage::{Lab, section, start};
    let Some(lab): Option<Lab> = start().await else { return };
    same_as_on_the_console(&lab, &section(&lab.stand)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_on_mattermost_reads_as_on_the_console() {
    use crate::mattermost::stage::{section, start};
    let Some(lab) = start().await else { return };
    same_as_on_the_console(&lab, &section(&lab.stand)).await;
}

#[cfg(feature = "matrix")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_on_a_real_synapse_reads_as_on_the_console() {
    let Some(lab) = crate::matrix::stage::start().await else { return };
    let section = format!(
        "[chat.matrix]\nkind = \"matrix\"\nurl = {:?}\ntoken = {:?}\n",
        lab.synapse.url(),
        lab.bot.token,
    );
    same_as_on_the_console(&lab, &section).await;
}

#[cfg(feature = "xmpp")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_on_a_real_prosody_reads_as_on_the_console() {
    let Some(lab) = crate::xmpp::stage::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("ca.pem");
    std::fs::write(&certificate, lab.prosody.certificate()).unwrap();
    let section = format!(
        "[chat.xmpp]\nkind = \"xmpp\"\njid = {:?}\npassword = {:?}\naddress = {:?}\nca_file = {:?}\n",
        lab.jid,
        crate::world::prosody::PASSWORD,
        lab.prosody.address(),
        certificate,
    );
    same_as_on_the_console(&lab, &section).await;
}
