//! What happens in a story: alerts, people, silences, questions.

use axum::http::Method;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use warroom::domain::alert::{Alert, Labels};

use super::world::World;

/// So many minutes.
pub(crate) fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

/// The labels of `disk_full on db1 env=prod`.
fn labels(words: &str) -> Map<String, Value> {
    let mut labels = Map::new();
    let mut words = words.split(' ').peekable();
    let name = words.next().unwrap_or_default();
    labels.insert("alertname".to_owned(), name.into());
    while let Some(word) = words.next() {
        match word.split_once('=') {
            Some((name, value)) => labels.insert(name.to_owned(), value.into()),
            None => labels.insert("instance".to_owned(), words.next().unwrap_or_default().into()),
        };
    }
    labels
}

fn rfc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl World {
    /// Prometheus finds that this fires, and says so every minute from now on.
    pub(crate) async fn fire(&mut self, words: &str) {
        self.fire_all(&[words]).await;
    }

    /// Prometheus finds several in one evaluation.
    pub(crate) async fn fire_all(&mut self, words: &[&str]) {
        let now = self.now();
        for words in words {
            self.firing.entry((*words).to_owned()).or_insert(now);
        }
        let body = words.iter().map(|words| self.firing_now(words)).collect();
        self.tell(body).await;
    }

    /// It no longer fires.
    pub(crate) async fn clears(&mut self, words: &str) {
        self.clears_all(&[words]).await;
    }

    /// These no longer fire.
    pub(crate) async fn clears_all(&mut self, words: &[&str]) {
        let now = self.now();
        let mut body = Vec::new();
        for words in words {
            let since = self.firing.remove(*words).unwrap_or(now);
            let (starts, ends) = (rfc(since), rfc(now));
            body.push(json!({ "labels": labels(words), "startsAt": starts, "endsAt": ends }));
        }
        self.tell(body).await;
    }

    /// Prometheus stops: nothing is said of anything any more.
    pub(crate) fn prometheus_dies(&mut self) {
        self.firing.clear();
    }

    /// What fires is said again.
    pub(super) async fn repeat(&self) {
        let body: Vec<Value> = self.firing.keys().map(|words| self.firing_now(words)).collect();
        if !body.is_empty() {
            self.deliver("/api/v2/alerts", &Value::Array(body)).await;
        }
    }

    fn firing_now(&self, words: &str) -> Value {
        let starts = self.firing.get(words).copied().unwrap_or_else(|| self.now());
        json!({ "labels": labels(words), "startsAt": rfc(starts) })
    }

    async fn tell(&mut self, body: Vec<Value>) {
        self.deliver("/api/v2/alerts", &Value::Array(body)).await;
        self.moment().await;
    }

    async fn deliver(&self, path: &str, body: &Value) {
        let (status, answer) = self.ask(Method::POST, path, body.to_string()).await;
        assert_eq!(status, 200, "{path}: {answer}");
    }

    /// A source posts this to its hook.
    pub(crate) async fn posts(&mut self, path: &str, body: &Value) {
        self.deliver(path, body).await;
        self.moment().await;
    }

    /// A person asks something of an incident: `ack`, `resolve`; gives the answer.
    pub(crate) async fn says(&mut self, who: &str, what: &str, number: u64) -> (u16, Value) {
        self.says_with(who, what, number, json!({})).await
    }

    /// A person asks something that says more: `note`, `severity`, `merge`.
    pub(crate) async fn says_with(
        &mut self,
        who: &str,
        what: &str,
        number: u64,
        mut more: Value,
    ) -> (u16, Value) {
        more["by"] = who.into();
        let path = format!("/api/v1/incidents/{number}/{what}");
        let answer = self.ask(Method::POST, &path, more.to_string()).await;
        self.moment().await;
        answer
    }

    /// Somebody silences what has these labels; gives the id.
    pub(crate) async fn silence(&mut self, pairs: &[(&str, &str)], length: TimeDelta) -> String {
        let ends = self.now() + length;
        self.silence_with(pairs, ends, json!({})).await
    }

    /// Somebody puts a silence that says more.
    pub(crate) async fn silence_with(
        &mut self,
        pairs: &[(&str, &str)],
        ends: DateTime<Utc>,
        mut more: Value,
    ) -> String {
        let matchers = pairs.iter().map(|(name, value)| {
            json!({ "name": name, "value": value, "isRegex": false, "isEqual": true })
        });
        more["matchers"] = matchers.collect();
        more["startsAt"] = rfc(self.now()).into();
        more["endsAt"] = rfc(ends).into();
        more["createdBy"] = "ana".into();
        more["comment"] = "maintenance".into();
        let (status, answer) = self.ask(Method::POST, "/api/v2/silences", more.to_string()).await;
        assert_eq!(status, 200, "{answer}");
        self.moment().await;
        answer["silenceID"].as_str().unwrap().to_owned()
    }

    /// Somebody takes a silence back.
    pub(crate) async fn unsilence(&mut self, id: &str) {
        let path = format!("/api/v2/silence/{id}");
        let (status, answer) = self.ask(Method::DELETE, &path, String::new()).await;
        assert_eq!(status, 200, "{answer}");
        self.moment().await;
    }

    /// An incident as the API shows it.
    pub(crate) async fn incident(&self, number: u64) -> Value {
        let path = format!("/api/v1/incidents/{number}");
        let (status, answer) = self.ask(Method::GET, &path, String::new()).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// The incidents, the newest first.
    pub(crate) async fn incidents(&self) -> Vec<Value> {
        let (_, answer) = self.ask(Method::GET, "/api/v1/incidents", String::new()).await;
        answer["incidents"].as_array().unwrap().clone()
    }

    /// Where an incident stands.
    pub(crate) async fn phase(&self, number: u64) -> String {
        self.incident(number).await["phase"].as_str().unwrap().to_owned()
    }

    /// Why this alert did what it did: the answer and everything behind it.
    pub(crate) async fn why(&self, words: &str) -> Value {
        let labels: Labels = labels(words)
            .into_iter()
            .map(|(name, value)| (name.into(), value.as_str().unwrap().into()))
            .collect();
        let alert = Alert {
            labels,
            annotations: Labels::new(),
            starts_at: self.now(),
            is_start_unnamed: false,
            generator_url: Default::default(),
            source: Default::default(),
        };
        let path = format!("/api/v1/why?fingerprint={}", alert.fingerprint());
        let (status, answer) = self.ask(Method::GET, &path, String::new()).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// The one sentence of `why`.
    pub(crate) async fn because(&self, words: &str) -> String {
        self.why(words).await["answer"].as_str().unwrap().to_owned()
    }
}
