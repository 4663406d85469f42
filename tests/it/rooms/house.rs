//! The whole program inside the test's process, on a free port, with nothing outside of it.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use warroom::cli::serve::{Running, start};
use warroom::config::Config;
use warroom::wiring;

use crate::world::wait::until;

/// For what the engine does by itself, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A running warroom.
pub(crate) struct House {
    pub(crate) running: Running,
    pub(crate) stop: CancellationToken,
    client: Client,
    _folder: TempDir,
}

impl House {
    /// With the embedded brain and these rules.
    pub(crate) async fn start(rules: &str) -> Self {
        Self::with(rules, "", None).await
    }

    /// With further configuration, and another brain.
    pub(crate) async fn with(rules: &str, config: &str, brain: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = format!("file:{}", folder.path().join("brain").display());
        let text = format!(
            "server.listen = \"127.0.0.1:0\"\nbrain.url = {:?}\njournal.dir = {:?}\n{config}",
            brain.unwrap_or(&embedded),
            folder.path().join("journal"),
        );
        let (config, _) = Config::parse(Some(("test.toml", &text)), [], &[])
            .unwrap_or_else(|faults| panic!("{faults}"));
        let texts = [("rules/test.toml".to_owned(), rules.to_owned())];
        let (book, _) = wiring::read_book(&texts).unwrap_or_else(|faults| panic!("{faults}"));
        let wired = wiring::wire(&config, book, false).await.unwrap();
        let stop = CancellationToken::new();
        let running = start(&config, wired, stop.clone()).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { running, stop, client, _folder: folder }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let mut request =
            self.client.request(method, format!("http://{}{path}", self.running.address));
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    /// The status and JSON of a question.
    pub(crate) async fn ask(&self, path: &str) -> (u16, Value) {
        let answer = self.send(Method::GET, path, None).await;
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The JSON of a question that must be answered.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let (status, json) = self.ask(path).await;
        assert_eq!(status, 200, "{path}: {json}");
        json
    }

    /// The status and JSON of a command.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.send(Method::POST, path, Some(body)).await;
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Prometheus says that these alerts fire.
    pub(crate) async fn fire(&self, alerts: &[Vec<(&str, &str)>]) {
        self.report(alerts, json!({})).await;
    }

    /// Prometheus says that these alerts have ended.
    pub(crate) async fn clear(&self, alerts: &[Vec<(&str, &str)>]) {
        let now = warroom::engine::clock::wall();
        self.report(alerts, json!({ "endsAt": now.to_rfc3339() })).await;
    }

    async fn report(&self, alerts: &[Vec<(&str, &str)>], more: Value) {
        let one = |labels: &Vec<(&str, &str)>| {
            let mut alert = more.clone();
            alert["labels"] =
                labels.iter().copied().collect::<BTreeMap<_, _>>().into_iter().collect();
            alert
        };
        let body: Value = alerts.iter().map(one).collect();
        let answer = self.send(Method::POST, "/api/v2/alerts", Some(&body)).await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// What a room shows, once this holds of it: every entry.
    pub(crate) async fn room(&self, room: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let path = format!("/api/v1/rooms/{room}/entries?from=1&max=500");
        until("the room shows it", SOON, async || {
            let (status, page) = self.ask(&path).await;
            let entries = page["entries"].as_array().cloned().unwrap_or_default();
            (status == 200 && holds(&entries)).then_some(entries)
        })
        .await
    }

    /// A stream of live events.
    pub(crate) async fn live(&self, query: &str, last: Option<&str>) -> Live {
        let url = format!("http://{}/api/v1/live?{query}", self.running.address);
        let mut request = self.client.get(url);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        Live { answer, text: String::new() }
    }
}

/// The texts of entries, in order.
pub(crate) fn texts(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["post"]["text"].as_str().unwrap()).collect()
}

/// Whether an entry says this.
pub(crate) fn says(entries: &[Value], text: &str) -> bool {
    texts(entries).iter().any(|said| said.contains(text))
}

/// The card as it stands.
pub(crate) fn card(entries: &[Value]) -> Option<&Value> {
    entries.iter().rfind(|entry| entry["slot"] == "card").map(|entry| &entry["post"])
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) event: String,
    pub(crate) id: Option<String>,
    pub(crate) data: Value,
}

/// An open stream.
pub(crate) struct Live {
    answer: Response,
    text: String,
}

impl Live {
    /// How the server answered.
    pub(crate) fn status(&self) -> u16 {
        self.answer.status().as_u16()
    }

    /// The next event; none: the server ended the stream.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(heard) = heard(&block) {
                    return Some(heard);
                }
            }
            let chunk = tokio::time::timeout(SOON, self.answer.chunk());
            let chunk = chunk.await.expect("nothing was heard").ok().flatten()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event of a kind.
    pub(crate) async fn next_of(&mut self, event: &str) -> Heard {
        loop {
            let heard = self.next().await.expect("the stream ended");
            if heard.event == event {
                return heard;
            }
        }
    }
}

fn heard(block: &str) -> Option<Heard> {
    let field = |name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim_start().to_owned())
    };
    let data = serde_json::from_str(&field("data:")?).unwrap();
    Some(Heard { event: field("event:")?, id: field("id:"), data })
}
