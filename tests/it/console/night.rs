//! A whole night with real parts: a service that gets slow, Prometheus, Redis, Chromium.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::browser::{Browser, Screen};
use super::story::sign_in;
use crate::world::process::{free_port, installed};
use crate::world::prometheus::Prometheus;
use crate::world::redis::Server;
use crate::world::wait::until;
use crate::world::warroom::{Setup, Warroom};

const RULES: &str = r#"
[[rule]]
name = "shop-latency"
match = 'service="shop", alertname="HighLatency"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}-{{ labels.service }}" }
ticket = { tracker = "local" }
graphs = ["latency {{ labels.service }} 5m"]
"#;
const DASHBOARD: &str = include_str!("../../../dashboards/10-service.toml");
const ALERTS: &str = r"
groups:
  - name: latency
    interval: 1s
    rules:
      - alert: HighLatency
        expr: histogram_quantile(0.99, sum by (service, le) (rate(http_request_duration_seconds_bucket[10s]))) > 0.5
        for: 2s
        labels: {severity: critical}
        annotations: {summary: 'one request in a hundred takes longer than half a second'}
";
/// Prometheus needs a few scrapes, and the machine may be busy.
const IN_TIME: Duration = Duration::from_secs(90);
const CUSTOMERS: usize = 6;
const PHONE: Screen = Screen { name: "phone", width: 390, height: 844, scale: 2, theme: "dark" };

/// A shop that can be slow, in a process of its own, and people who buy there.
struct Shop {
    address: String,
    process: Child,
    customers: Vec<tokio::task::JoinHandle<()>>,
}

impl Shop {
    async fn open() -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let process = run(&address);
        let url = format!("http://{address}/checkout");
        until("the shop is open", IN_TIME, async || reqwest::get(&url).await.ok()).await;
        let buy = |url: String| async move {
            loop {
                drop(reqwest::get(&url).await);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let customers = (0..CUSTOMERS).map(|_| tokio::spawn(buy(url.clone()))).collect();
        Self { address, process, customers }
    }

    async fn gets_slow(&self) {
        let url = format!("http://{}/promotion", self.address);
        reqwest::Client::new().post(url).send().await.unwrap().error_for_status().unwrap();
    }

    fn restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = run(&self.address);
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.customers.iter().for_each(tokio::task::JoinHandle::abort);
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn run(address: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(["demo-shop", "--listen", address])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Expressions for the page.
const CARD: &str = "document.querySelector('.card').innerText";
fn pictures(count: usize) -> String {
    format!(
        "[...document.images].filter(it => it.src.includes('/api/v1/pictures/') \
         && it.complete && it.naturalWidth > 100).length >= {count}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_service_opens_a_room_with_its_graph_and_its_recovery_closes_it() {
    let Some(browser) = Browser::start().await else { return };
    if !installed("prometheus") || !installed("redis-server") {
        return;
    }
    let (folder, redis) = (TempDir::new().unwrap(), Server::start(&[]));
    let mut shop = Shop::open().await;
    // Prometheus must know warroom and warroom Prometheus: one of them gets its port first.
    let listen = format!("127.0.0.1:{}", free_port());
    let prometheus = Prometheus::with_rules(folder.path(), &shop.address, &[&listen], ALERTS).await;
    fs::create_dir(folder.path().join("dashboards")).unwrap();
    fs::write(folder.path().join("dashboards/service.toml"), DASHBOARD).unwrap();
    let config = format!(
        "[metrics.prom]\nkind = \"prometheus\"\nurl = \"{}\"\n\
         [dashboards]\nscrape_interval = \"1s\"\n",
        prometheus.address()
    );
    let (rules, brain) = (RULES.to_owned(), redis.url());
    let setup = Setup { config, rules, brain, ..Setup::new(folder.path()) };
    let warroom = Warroom::start_at(setup, &listen).await;
    browser.screen(PHONE).await;
    sign_in(&browser, &warroom).await;

    shop.gets_slow().await;
    warroom.incident("it opens", IN_TIME, |one| one["room"].is_string()).await;
    browser.reads("shop is slow").await;
    browser.click("a.row").await;
    browser.sees(&pictures(1)).await;
    browser.types("graph latency shop 1h").await;
    browser.sees(&pictures(2)).await;
    browser.types("ack").await;
    browser.sees(&format!("{CARD}.includes('operator has taken it')")).await;
    browser.shot("night-open").await;

    shop.restart();
    warroom.incident("it ends", IN_TIME, |one| one["phase"] == "closed").await;
    browser.sees(&format!("{CARD}.includes('Resolved')")).await;
    browser.reads("this room is closed").await;
    browser.sees(&pictures(3)).await;
    browser.shot("night-closed").await;
    browser.must_not_complain().await;
}
