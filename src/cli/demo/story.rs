//! Tells the story while it happens: breaks the shop, then watches warroom through its API.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use reqwest::Client;
use serde_json::Value;

use super::keeper::Keeper;
use super::show::say;
use crate::engine::clock::{Clock, System};

/// How long the shop does well, so that the graph has a "before".
const QUIET: Duration = Duration::from_secs(8);
/// How long the whole story may take.
const PATIENCE: Duration = Duration::from_secs(150);
/// How often the timeline is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often it is looked at after the end.
const LAST_LOOKS: u32 = 5;
/// Every story must have these events, whatever their order.
const MUST_HAPPEN: [&str; 8] = [
    "alert_fired",
    "incident_opened",
    "room_opened",
    "ticket_opened",
    "run_started",
    "has_helped",
    "incident_resolved",
    "incident_closed",
];

/// Who tells it, and where.
pub(super) struct Story {
    client: Client,
    base: String,
    keeper: Arc<Keeper>,
    clock: System,
    began: DateTime<Utc>,
}

impl Story {
    pub(super) fn new(client: Client, base: String, keeper: Arc<Keeper>) -> Self {
        let clock = System::default();
        let began = clock.now();
        Self { client, base, keeper, clock, began }
    }

    fn tell(&self, line: &str) {
        self.tell_at(self.clock.now(), line);
    }

    #[expect(clippy::cast_precision_loss, reason = "a story takes minutes")]
    fn tell_at(&self, at: DateTime<Utc>, line: &str) {
        let seconds = (at - self.began).num_milliseconds() as f64 / 1000.0;
        say(&format!("{seconds:>6.1} s  {line}"));
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }
}

/// Says where to look.
pub(super) fn welcome(door: &str) {
    say(&format!("\nOpen this in a browser, and watch: {door}\n"));
}

/// Plays it to its end.
///
/// # Errors
/// When it does not end well.
pub(super) async fn play(story: &Story) -> anyhow::Result<()> {
    story.tell("A shop is open, and people buy. A Prometheus looks at it twice a second.");
    story.clock.sleep(QUIET).await;
    let promotion = story.client.post(story.keeper.url("/promotion")).send().await;
    promotion.context("the shop does not answer")?.error_for_status()?;
    story.tell(
        "Somebody turns a promotion on. Its cache is never emptied: each checkout is slower.",
    );
    let seen = follow(story).await?;
    let missing: Vec<&str> =
        MUST_HAPPEN.into_iter().filter(|event| !seen.iter().any(|it| it == event)).collect();
    if !missing.is_empty() {
        bail!("the story ended without: {}", missing.join(", "));
    }
    say(&format!(
        "\nThat was the real program, on its embedded brain. The room: {}/rooms/1\n\
         Now with yours: cargo run --release -- serve",
        story.base
    ));
    Ok(())
}

/// Tells each event of the first incident until it is closed; gives the names of the events.
async fn follow(story: &Story) -> anyhow::Result<Vec<String>> {
    let mut seen: Vec<String> = Vec::new();
    let mut last_looks = 0;
    let deadline = story.clock.uptime() + PATIENCE;
    loop {
        story.clock.sleep(LOOK_EVERY).await;
        let from = seen.len() + 1;
        // Before the alert there is no incident.
        if let Ok(page) = story.get(&format!("/api/v1/incidents/1/timeline?from={from}")).await {
            for event in page.get("events").unwrap_or(&page).as_array().into_iter().flatten() {
                let at = event.get("at").and_then(Value::as_str).unwrap_or_default();
                let at = at.parse().unwrap_or_else(|_| story.clock.now());
                story.tell_at(at, &told(event));
                let name = field(event, "event");
                let has_helped = name == "run_told" && field(event, "text").contains(" has helped");
                seen.push(if has_helped { "has_helped".to_owned() } else { name });
            }
        }
        if seen.iter().any(|event| event == "incident_closed") {
            last_looks += 1;
        }
        // What closing orders ends a moment later.
        if last_looks > LAST_LOOKS {
            return Ok(seen);
        }
        if story.clock.uptime() > deadline {
            bail!("the story did not end within {} s: {}", PATIENCE.as_secs(), seen.join(", "));
        }
    }
}

/// An event in words.
fn told(event: &Value) -> String {
    let text = field(event, "text");
    if text.is_empty() { field(event, "event").replace('_', " ") } else { text }
}

fn field(event: &Value, name: &str) -> String {
    event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Leaves everything as it is until somebody has seen enough.
pub(super) async fn linger() {
    say("The room stays for you to look around. Ctrl-C ends the demo and removes everything.");
    drop(tokio::signal::ctrl_c().await);
}
