//! `warroom demo`: the main job in half a minute, on the embedded brain in a scratch folder.
//!
//! It is the real program: a server on a free loopback port, the shipped rules, real requests. Only
//! the alerts are made up. It keeps nothing and asks nobody.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use reqwest::Client;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{logging, serve};
use crate::adapters::http;
use crate::config::{Config, Flag, Log, LogFormat, LogLevel};
use crate::domain::ids::Fingerprint;
use crate::engine::clock::{Clock, System};
use crate::wiring;

/// The rules of the demo: the shipped example, built in, so that it runs in any folder.
const RULES: [(&str, &str); 2] = [
    ("rules/30-cms.toml", include_str!("../../rules/30-cms.toml")),
    ("rules/90-catch-all.toml", include_str!("../../rules/90-catch-all.toml")),
];
/// How long the demo waits for a thing to happen before it says that it did not.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long effects on this machine take at most before they are shown.
const SETTLE: Duration = Duration::from_millis(300);

/// The arguments of `warroom demo`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    /// Do not pause between the scenes.
    #[arg(long)]
    fast: bool,
}

/// Plays the demo.
///
/// # Errors
/// When something does not happen that must.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let _log = logging::start(Log { format: LogFormat::Text, level: LogLevel::Error });
    let scratch = Scratch::new()?;
    let config = config(&scratch)?;
    let texts: Vec<_> = RULES.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    let (book, _) = wiring::read_book(&texts)
        .map_err(|wrong| anyhow::anyhow!("the built-in rules are broken:\n{wrong}"))?;
    let wired = wiring::wire(&config, book, false).await?;
    let stop = CancellationToken::new();
    let running = serve::start(&config, wired, stop.clone()).await?;
    let stage = Stage {
        client: http::client()?,
        base: format!("http://{}", running.address),
        clock: System::default(),
        pause: if arguments.fast { Duration::ZERO } else { Duration::from_millis(1200) },
    };
    let played = play(&stage).await;
    running.stop(stop).await;
    played?;
    Ok(ExitCode::SUCCESS)
}

fn config(scratch: &Scratch) -> anyhow::Result<Config> {
    let flag = |name, key, value: String| Flag { name, key, value };
    let dir = scratch.0.display();
    let flags = [
        flag("--listen", "server.listen", "127.0.0.1:0".into()),
        flag("--brain", "brain.url", format!("file:{dir}/brain")),
    ];
    let (config, _) = Config::load(None, [], &flags)
        .map_err(|wrong| anyhow::anyhow!("the built-in configuration is broken:\n{wrong}"))?;
    Ok(config)
}

/// A scratch folder that goes when the demo ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let name = format!("warroom-demo-{:032x}", System::default().random());
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's scratch folder.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Where the demo plays: a running server, and somebody who watches.
struct Stage {
    client: Client,
    base: String,
    clock: System,
    pause: Duration,
}

async fn play(stage: &Stage) -> anyhow::Result<()> {
    let start = stage.clock.now();
    stage.scene("03:00  Prometheus says that the cms is slow: two instances, one group.").await;
    stage.fire(start, &["cms-1", "cms-2"]).await?;
    let incident = stage.until(1, |it| has(it, "room") && has(it, "ticket")).await?;
    say(&format!(
        "Incident #1 stands open: {}\n  room {}   ticket {}   rule {}",
        field(&incident, "title"),
        field(&incident, "room"),
        field(&incident, "ticket"),
        field(&incident, "rule")
    ));
    stage.timeline(1, 0).await?;

    stage
        .scene("03:01  Prometheus repeats itself, as it does each minute. Nothing is done twice.")
        .await;
    let before = count(&incident, "events");
    stage.fire(start, &["cms-1", "cms-2"]).await?;
    let seen = stage.timeline(1, before).await?;
    say(&format!("  {} new lines about the alerts", seen.saturating_sub(before)));

    stage
        .scene(
            "03:02  A silence for the database, then its alert: it opens nothing, and can say why.",
        )
        .await;
    stage.silence(start).await?;
    let database = stage.database(start).await?;
    let why = stage.get(&format!("/api/v1/why?fingerprint={database}")).await?;
    say(&format!("  why {database}: {}", field(&why, "answer")));

    stage.scene("03:03  Ana takes the incident. The escalation stops.").await;
    stage.post("/api/v1/incidents/1/ack", &json!({ "by": "ana" })).await?;
    let incident = stage.until(1, |it| field(it, "acknowledged_by") == "ana").await?;
    let before = count(&incident, "events");
    say("  acknowledged by ana");

    stage.scene("03:20  Both instances recover. Page, ticket and room close by themselves.").await;
    stage.resolve(start, &["cms-1", "cms-2"]).await?;
    stage.until(1, |it| field(it, "phase") == "closed").await?;
    stage.timeline(1, before).await?;

    say("\nThat was the real program on its embedded brain. Now with yours:\n\
         \x20 cargo run --release -- serve\n\
         and point Prometheus' alerting section at it; the README has the six lines.");
    Ok(())
}

impl Stage {
    async fn scene(&self, title: &str) {
        self.clock.sleep(self.pause).await;
        say(&format!("\n{title}"));
    }

    fn alert(&self, instance: &str, start: DateTime<Utc>, end: Option<DateTime<Utc>>) -> Value {
        json!({
            "labels": {
                "alertname": "HighLatency", "service": "cms", "env": "prod",
                "instance": instance, "severity": "critical",
            },
            "annotations": { "summary": "p99 is over 2 s" },
            "startsAt": start,
            "endsAt": end.unwrap_or(self.clock.now() + TimeDelta::minutes(4)),
        })
    }

    async fn fire(&self, start: DateTime<Utc>, instances: &[&str]) -> anyhow::Result<()> {
        let alerts: Vec<Value> = instances.iter().map(|it| self.alert(it, start, None)).collect();
        self.post("/api/v2/alerts", &Value::from(alerts)).await.map(drop)
    }

    async fn resolve(&self, start: DateTime<Utc>, instances: &[&str]) -> anyhow::Result<()> {
        let end = Some(self.clock.now());
        let alerts: Vec<Value> = instances.iter().map(|it| self.alert(it, start, end)).collect();
        self.post("/api/v2/alerts", &Value::from(alerts)).await.map(drop)
    }

    async fn silence(&self, start: DateTime<Utc>) -> anyhow::Result<()> {
        let silence = json!({
            "matchers": [{ "name": "service", "value": "db", "isRegex": false, "isEqual": true }],
            "startsAt": start, "endsAt": start + TimeDelta::hours(2),
            "createdBy": "ben", "comment": "planned move of the database",
        });
        self.post("/api/v2/silences", &silence).await.map(drop)
    }

    /// Fires the silenced alert; gives its fingerprint.
    async fn database(&self, start: DateTime<Utc>) -> anyhow::Result<Fingerprint> {
        let alert = json!([{
            "labels": { "alertname": "Down", "service": "db", "severity": "critical" },
            "annotations": {}, "startsAt": start,
        }]);
        self.post("/api/v2/alerts", &alert).await?;
        let labels = [("alertname", "Down"), ("service", "db"), ("severity", "critical")];
        let labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Ok(crate::domain::alert::fingerprint(&labels))
    }

    /// Waits until an incident is as it must be.
    async fn until(&self, number: u64, is: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let deadline = self.clock.uptime() + PATIENCE;
        loop {
            let incident = self.get(&format!("/api/v1/incidents/{number}")).await;
            if let Ok(incident) = incident.as_ref().map(Clone::clone)
                && is(&incident)
            {
                return Ok(incident);
            }
            if self.clock.uptime() > deadline {
                anyhow::bail!("incident #{number} did not become what it must be: {incident:?}");
            }
            self.clock.sleep(Duration::from_millis(20)).await;
        }
    }

    /// Shows the timeline after an event; gives the number of the last one.
    async fn timeline(&self, number: u64, after: u64) -> anyhow::Result<u64> {
        // Pages, rooms and graphs end a moment after the incident has opened.
        self.clock.sleep(SETTLE).await;
        let path = format!("/api/v1/incidents/{number}/timeline?from={}", after + 1);
        let page = self.get(&path).await?;
        let events = page.get("events").unwrap_or(&page).as_array().cloned().unwrap_or_default();
        for event in &events {
            say(&format!("  {:>3}  {}", count(event, "n"), told(event)));
        }
        Ok(events.last().map_or(after, |event| count(event, "n")))
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.client.post(format!("{}{path}", self.base)).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "POST {path} answered {status}: {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

/// One event as a line: its name in words, and what is most worth knowing.
fn told(event: &Value) -> String {
    let name = field(event, "event").replace('_', " ");
    let details = ["room", "ticket", "by", "step", "effect", "why"]
        .iter()
        .filter_map(|key| Some((*key, event.get(*key)?)))
        .map(|(key, value)| format!("{key} {}", text(value)));
    let instance = event.pointer("/alert/labels/instance").map(text);
    let parts = [Some(name), instance].into_iter().flatten().chain(details);
    parts.collect::<Vec<_>>().join("  ")
}

fn field(value: &Value, name: &str) -> String {
    value.get(name).map(text).unwrap_or_default()
}

fn count(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn has(value: &Value, name: &str) -> bool {
    value.get(name).is_some_and(Value::is_string)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[expect(clippy::print_stdout, reason = "a demo is there to be read")]
fn say(line: &str) {
    println!("{line}");
}
