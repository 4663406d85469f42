//! A real Alertmanager whose one receiver is a webhook.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::process::{Process, find, free_port};
use super::wait::until;

const READY_WITHIN: Duration = Duration::from_secs(30);

/// A running Alertmanager.
#[derive(Debug)]
pub(crate) struct Alertmanager {
    _process: Process,
    address: String,
}

impl Alertmanager {
    /// Sends every group to `webhook`, at once, and again when it resolves.
    pub(crate) async fn start(folder: &Path, webhook: &str) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let file = folder.join("alertmanager.yml");
        fs::write(&file, config(webhook)).unwrap();
        let mut command = Command::new(find("prometheus-alertmanager").unwrap());
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.join("alertmanager").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=");
        let mut process = Process::start("alertmanager", &mut command, folder);
        let url = format!("http://{address}/-/ready");
        until("Alertmanager is ready", READY_WITHIN, async || {
            process.must_run();
            reqwest::get(&url).await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
        Self { _process: process, address }
    }

    /// `host:port`, for Prometheus.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

fn config(webhook: &str) -> String {
    format!(
        "
global: {{resolve_timeout: 5s}}
route:
  receiver: warroom
  group_by: [alertname, job]
  group_wait: 200ms
  group_interval: 1s
  repeat_interval: 10s
receivers:
  - name: warroom
    webhook_configs: [{{url: '{webhook}', send_resolved: true}}]
"
    )
}
