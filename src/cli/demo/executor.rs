//! Runs the shipped runbook when warroom says so, and tells the room what came of it.
//!
//! It stands where a team's own runner stands, behind `[runs]`: an order is started once, whatever is
//! sent again. The demo has no systemd, so `systemctl restart shop` is [`Keeper::restart`]; any other
//! program is refused.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use axum::routing::post;
use chrono::TimeDelta;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use super::keeper::Keeper;
use super::show::say;
use crate::domain::alert::Labels;
use crate::domain::runbook::{Action, Blank, Blanks, Book, Check, Runbook, Step, Values};
use crate::engine::clock::{Clock, System};
use crate::engine::tasks;

/// How often a check looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Runs runbooks of the demo.
#[derive(Clone)]
pub(super) struct Executor(Arc<Parts>);

struct Parts {
    keeper: Arc<Keeper>,
    book: Book,
    client: Client,
    clock: System,
    /// Where metrics are asked for.
    metrics: String,
    /// Where warroom is, once it listens.
    warroom: Mutex<String>,
    /// The orders that were started, each with the number of its run.
    started: Mutex<BTreeMap<String, usize>>,
}

/// warroom's order.
#[derive(Debug, Deserialize)]
struct Order {
    id: String,
    incident: u64,
    runbook: String,
    labels: Labels,
}

impl Executor {
    pub(super) fn new(keeper: Arc<Keeper>, book: Book, client: Client, metrics: String) -> Self {
        let (clock, warroom, started) = (System::default(), Mutex::default(), Mutex::default());
        Self(Arc::new(Parts { keeper, book, client, clock, metrics, warroom, started }))
    }

    /// Says where warroom listens.
    pub(super) fn report_to(&self, base: &str) {
        if let Ok(mut warroom) = self.0.warroom.lock() {
            base.clone_into(&mut warroom);
        }
    }

    /// The routes.
    pub(super) fn routes(&self) -> Router {
        Router::new().route("/runs", post(start)).with_state(self.clone())
    }

    async fn run(&self, order: Order) {
        let name = order.runbook.clone();
        let ended = match self.walk(&order).await {
            Ok(proof) => format!("{name} has helped: {proof}"),
            Err(error) => format!("{name} did not help: {error:#}. A person has to look."),
        };
        self.note(&order, &ended).await;
    }

    async fn walk(&self, order: &Order) -> anyhow::Result<String> {
        let runbook = self.0.book.get(&order.runbook).context("there is no such runbook")?;
        let values = runbook.values(&Values::new(), &order.labels).map_err(anyhow::Error::msg)?;
        let mut proof = "every step went well".to_owned();
        for step in &runbook.steps {
            match &step.action {
                Action::Call { with, .. } => {
                    self.exec(order, step, &filled(with, &values)?).await?
                }
                Action::Wait(wait) => self.0.clock.sleep(wait.to_std()?).await,
                Action::Check(check) => proof = self.check(runbook, check, &values).await?,
                Action::Ask(text) | Action::Note(text) | Action::Page(text) => {
                    self.note(order, &text.shown()).await;
                }
            }
        }
        Ok(proof)
    }

    async fn exec(&self, order: &Order, step: &Step, argv: &[String]) -> anyhow::Result<()> {
        let ["systemctl", "restart", "shop"] =
            argv.iter().map(String::as_str).collect::<Vec<_>>()[..]
        else {
            bail!("the demo can restart its shop and nothing else, not {argv:?}");
        };
        let (old, new) = self.0.keeper.restart().await?;
        let text = format!("{}: the shop is process {new} now, {old} is gone", step.name);
        self.note(order, &text).await;
        Ok(())
    }

    /// Looks until the metric has been good for long enough.
    async fn check(
        &self,
        runbook: &Runbook,
        check: &Check,
        values: &Values,
    ) -> anyhow::Result<String> {
        let query = check.query.fill(values).map_err(anyhow::Error::msg)?;
        let clock = &self.0.clock;
        let began = clock.now();
        let mut good_since = None;
        while clock.now() - began <= check.within {
            clock.sleep(LOOK_EVERY).await;
            let number = self.ask(&query).await?;
            let is_good = number.is_some_and(|number| check.is.holds(number));
            let since = *good_since.get_or_insert(clock.now());
            if !is_good {
                good_since = None;
            } else if clock.now() - since >= check.hold {
                let number = number.unwrap_or_default();
                let seconds = check.hold.num_seconds();
                return Ok(format!(
                    "p99 is {:.0} ms and was good for {seconds} s",
                    number * 1000.0
                ));
            }
        }
        let within = TimeDelta::num_seconds(&check.within);
        bail!("{} was not proven within {within} s", runbook.name)
    }

    async fn ask(&self, query: &str) -> anyhow::Result<Option<f64>> {
        let url = format!("{}/api/v1/query", self.0.metrics);
        let time = self.0.clock.now().to_rfc3339();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("query", query)
            .append_pair("time", &time)
            .finish();
        let answer: Value = self.0.client.post(url).body(form).send().await?.json().await?;
        let number = answer.pointer("/data/result/0/value/1").and_then(Value::as_str);
        Ok(number.and_then(|number| number.parse().ok()).filter(|number: &f64| number.is_finite()))
    }

    /// Keeps a line in the incident's timeline.
    async fn note(&self, order: &Order, text: &str) {
        let Ok(base) = self.0.warroom.lock().map(|base| base.clone()) else { return };
        let url = format!("{base}/api/v1/incidents/{}/note", order.incident);
        let body = json!({ "by": order.runbook, "text": text });
        if let Err(error) = self.0.client.post(url).json(&body).send().await {
            say(&format!("  the note could not be kept: {error}"));
        }
    }
}

fn filled(with: &Blanks, values: &Values) -> anyhow::Result<Vec<String>> {
    with.values()
        .flat_map(Blank::texts)
        .map(|word| word.fill(values).map_err(anyhow::Error::msg))
        .collect()
}

async fn start(
    State(executor): State<Executor>,
    Json(order): Json<Order>,
) -> Result<Json<Value>, StatusCode> {
    let mut started = executor.0.started.lock().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let next = started.len() + 1;
    let is_new = !started.contains_key(&order.id);
    let number = *started.entry(order.id.clone()).or_insert(next);
    if is_new {
        let executor = executor.clone();
        drop(tasks::spawn_root(async move { executor.run(order).await }));
    }
    Ok(Json(json!({ "run": format!("run-{number}") })))
}
