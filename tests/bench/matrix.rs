//! From the POST of a new alert to its room on a real Synapse, as somebody's client is told of it.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::programs::{Program, warroom_with};
use super::table::{self, Rounds, row, short};
use super::world::synapse::{Person, Synapse, encoded};

const INCIDENTS: usize = 100;
/// Not counted: both programs load what they need.
const WARM_UP: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);

const RULES: &str = r#"
[[rule]]
name = "all"
match = 'alertname=~".+"'
group_by = ["alertname"]
title = "{{ labels.alertname }}"
room = { name = "room-of-{{ labels.alertname }}", invite = ["@ana"] }
"#;

pub(crate) fn run() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(times) = runtime.block_on(times()) else { return };
    let figures = [times.median(), times.quantile(0.9), times.quantile(0.99)].map(short);
    let [p50, p90, p99] = figures.each_ref().map(String::as_str);
    table::print(
        "matrix: from the POST to the room at a second client of a local Synapse, one new incident \
         at a time",
        &[row(["", "p50 ms", "p90 ms", "p99 ms"]), row(["warroom", p50, p90, p99])],
    );
}

/// Milliseconds, an incident each; none where Synapse is not installed.
async fn times() -> Option<Rounds> {
    let synapse = Synapse::shared().await?;
    let (bot, ana) = (synapse.person("warroom").await, synapse.person("ana").await);
    let program = warroom_with(
        RULES,
        &format!(
            "[chat.matrix]\nkind = \"matrix\"\nurl = {:?}\ntoken = {:?}\n\
             [people.ana]\nchat = {{ matrix = {:?} }}\n",
            synapse.url(),
            bot.token,
            ana.id
        ),
    );
    let mut times = Rounds::default();
    let mut since = news(&ana, None, 0).await["next_batch"].as_str()?.to_owned();
    for incident in 0..WARM_UP + INCIDENTS {
        let name = format!("Seen{incident}x");
        let begin = Instant::now();
        // The client asks already when the alert comes.
        let (next, ()) = tokio::join!(told_of(&ana, &since, &name), fire(&program, &name));
        if incident >= WARM_UP {
            times.0.push(begin.elapsed().as_secs_f64() * 1000.0);
        }
        since = next;
    }
    Some(times)
}

async fn fire(program: &Program, name: &str) {
    let url = format!("http://{}/api/v2/alerts", program.address);
    let body = json!([{"labels": {"alertname": name, "severity": "critical"}}]);
    let answer = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// Asks until an invitation to the room is there; gives where the stream is then.
async fn told_of(person: &Person, since: &str, name: &str) -> String {
    let (begin, mut since) = (Instant::now(), since.to_owned());
    loop {
        assert!(begin.elapsed() < PATIENCE, "nobody was told of {name}");
        let answer = news(person, Some(&since), 10_000).await;
        answer["next_batch"].as_str().unwrap().clone_into(&mut since);
        if answer["rooms"]["invite"].to_string().contains(name) {
            return since;
        }
    }
}

async fn news(person: &Person, since: Option<&str>, wait: u32) -> Value {
    let since = since.map_or(String::new(), |since| format!("&since={}", encoded(since)));
    let path = format!("/_matrix/client/v3/sync?timeout={wait}{since}");
    person.call(Method::GET, &path, &Value::Null).await
}
