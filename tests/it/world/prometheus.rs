//! A real Prometheus with one rule: a target that answers 404 is down, or with rules of the caller's.
//!
//! It scrapes and evaluates each second, and sends what fires to the Alertmanagers it was given.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::process::{Process, find, free_port};
use super::wait::until;

/// It is ready after 0.1 s on a quiet machine.
const READY_WITHIN: Duration = Duration::from_secs(30);

const RULES: &str = r"
groups:
  - name: down
    interval: 1s
    rules:
      - alert: InstanceDown
        expr: up == 0
        labels: {severity: critical, service: '{{ $labels.job }}'}
        annotations: {summary: '{{ $labels.instance }} is down'}
";

/// A running Prometheus.
#[derive(Debug)]
pub(crate) struct Prometheus {
    _process: Process,
    address: String,
}

impl Prometheus {
    /// Scrapes `target` and sends alerts to `alertmanagers`, all `host:port`.
    pub(crate) async fn start(folder: &Path, target: &str, alertmanagers: &[&str]) -> Self {
        Self::with_rules(folder, target, alertmanagers, RULES).await
    }

    /// The same with other alerting rules.
    pub(crate) async fn with_rules(
        folder: &Path,
        target: &str,
        alertmanagers: &[&str],
        rules: &str,
    ) -> Self {
        let port = free_port();
        fs::write(folder.join("rules.yml"), rules).unwrap();
        fs::write(folder.join("prometheus.yml"), config(target, alertmanagers)).unwrap();
        let mut command = Command::new(find("prometheus").unwrap());
        command
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            // Else an alert of the first seconds, before the Alertmanagers are known, is only sent
            // again after a minute.
            .arg("--rules.alert.resend-delay=1s");
        let mut process = Process::start("prometheus", &mut command, folder);
        let url = format!("http://127.0.0.1:{port}/-/ready");
        until("Prometheus is ready", READY_WITHIN, async || {
            process.must_run();
            reqwest::get(&url).await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
        Self { _process: process, address: format!("http://127.0.0.1:{port}") }
    }

    /// Where its API begins.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

fn config(target: &str, alertmanagers: &[&str]) -> String {
    format!(
        r#"
global:
  scrape_interval: 1s
  scrape_timeout: 900ms
  evaluation_interval: 1s
  external_labels: {{cluster: lab}}
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - static_configs: [{{targets: {alertmanagers:?}}}]
scrape_configs:
  - job_name: shop
    static_configs: [{{targets: ["{target}"], labels: {{env: prod}}}}]
"#
    )
}
