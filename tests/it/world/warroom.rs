//! The built program itself, `warroom serve`, as people start it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::process::Process;
use super::wait::until;

/// A debug build on a busy machine, with a store to recover.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// The promise for an end by SIGTERM (fault 87).
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// Longer than the server's own deadline of a request.
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);

/// What one process is started with.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Its folder: configuration, rules, data and log.
    pub(crate) folder: PathBuf,
    /// Names the log, where several processes share a folder.
    pub(crate) name: String,
    /// The text of its configuration file.
    pub(crate) config: String,
    /// The text of its one file of rules.
    pub(crate) rules: String,
    /// Where its brain is: `file:…` or `redis://…`.
    pub(crate) brain: String,
    /// A program with its arguments that starts it; it must end in `exec`. Usually empty.
    pub(crate) wrapper: Vec<String>,
}

impl Setup {
    /// The embedded brain in a folder, no configuration, no rules.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            name: "warroom".to_owned(),
            config: String::new(),
            rules: String::new(),
            brain: format!("file:{}", folder.join("data").display()),
            wrapper: Vec::new(),
        }
    }
}

/// An answer of the server.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// 2xx means that it is durable.
    pub(crate) status: StatusCode,
    /// What it said.
    pub(crate) text: String,
}

impl Answer {
    /// The text as JSON; the test fails when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {} {}", self.status, self.text))
    }
}

/// A running `warroom serve`.
#[derive(Debug)]
pub(crate) struct Warroom {
    setup: Setup,
    /// The process, for signals.
    pub(crate) process: Process,
    client: reqwest::Client,
    address: String,
}

impl Warroom {
    /// Starts it on a free port and waits until it is ready.
    pub(crate) async fn start(setup: Setup) -> Self {
        let mut warroom = Self::start_unready(setup).await;
        warroom.ready().await;
        warroom
    }

    /// Starts it on a free port where it cannot be ready, because its brain is away.
    pub(crate) async fn start_unready(setup: Setup) -> Self {
        Self::listening_at(setup, "127.0.0.1:0").await
    }

    /// Starts it at this address, which others know already, and waits until it is ready.
    pub(crate) async fn start_at(setup: Setup, address: &str) -> Self {
        let mut warroom = Self::listening_at(setup, address).await;
        warroom.ready().await;
        warroom
    }

    async fn listening_at(setup: Setup, address: &str) -> Self {
        let address = address.to_owned();
        let process = spawn(&setup, &address);
        let client = reqwest::Client::builder().no_proxy().timeout(ANSWERS_WITHIN).build().unwrap();
        let mut warroom = Self { setup, process, client, address };
        warroom.listens().await;
        warroom
    }

    /// Starts it again after its end, on the same data and port.
    pub(crate) async fn restart(&mut self) {
        assert!(self.process.ended().is_some(), "it still runs");
        self.process = spawn(&self.setup, &self.address);
        self.ready().await;
    }

    async fn listens(&mut self) {
        let process = &mut self.process;
        // The log holds earlier starts too: the last address counts.
        self.address = until("warroom names its address", READY_WITHIN, async || {
            process.must_run();
            listening(&process.log())
        })
        .await;
    }

    /// Waits until it is ready.
    pub(crate) async fn ready(&mut self) {
        self.listens().await;
        until("warroom is ready", READY_WITHIN, async || {
            self.process.must_run();
            self.try_get("/-/ready").await.filter(|answer| answer.status.is_success())
        })
        .await;
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Kills it without a chance to tidy up.
    pub(crate) fn kill9(&mut self) {
        self.process.kill9();
    }

    /// Ends it by SIGTERM; the test fails when that takes longer than was promised.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.process.terminate(ENDS_WITHIN)
    }

    /// GET; the test fails when there is no answer at all.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.unwrap_or_else(|| panic!("no answer to GET {path}"))
    }

    /// GET; none when there is no answer at all.
    pub(crate) async fn try_get(&self, path: &str) -> Option<Answer> {
        answer(self.client.get(self.url(path))).await
    }

    /// POST; the test fails when there is no answer at all.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).await.unwrap_or_else(|| panic!("no answer to POST {path}"))
    }

    /// POST; none when there is no answer at all.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        answer(self.client.post(self.url(path)).json(body)).await
    }

    /// Every incident, the newest first.
    pub(crate) async fn incidents(&self) -> Vec<Value> {
        self.pages("/api/v1/incidents", "incidents", "before").await
    }

    /// The whole timeline of an incident.
    pub(crate) async fn timeline(&self, number: u64) -> Vec<Value> {
        self.pages(&format!("/api/v1/incidents/{number}/timeline"), "events", "from").await
    }

    /// Every item of a list that comes in pages, `next` being the `cursor` of the page that follows.
    async fn pages(&self, path: &str, items: &str, cursor: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut from = String::new();
        loop {
            let answer = self.get(&format!("{path}?limit=1000{from}")).await;
            assert!(answer.status.is_success(), "GET {path}: {answer:?}");
            let page = answer.json();
            all.extend(page[items].as_array().cloned().unwrap_or_default());
            let Some(next) = page["next"].as_u64() else { return all };
            from = format!("&{cursor}={next}");
        }
    }

    /// Waits for an incident that is as wanted, and gives it.
    pub(crate) async fn incident(
        &self,
        what: &str,
        limit: Duration,
        is_wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        until(what, limit, async || self.incidents().await.into_iter().find(|it| is_wanted(it)))
            .await
    }
}

fn spawn(setup: &Setup, address: &str) -> Process {
    let rules = setup.folder.join("rules");
    fs::create_dir_all(&rules).unwrap();
    fs::write(rules.join("test.toml"), &setup.rules).unwrap();
    let config = setup.folder.join(format!("{}.toml", setup.name));
    fs::write(&config, &setup.config).unwrap();
    let program = [env!("CARGO_BIN_EXE_warroom").to_owned()];
    let mut words = setup.wrapper.iter().chain(&program);
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        .current_dir(&setup.folder)
        .arg("serve")
        .arg("--config")
        .arg(config)
        .args(["--listen", address, "--brain", &setup.brain])
        .arg("--rules")
        .arg(rules);
    Process::start(&setup.name, &mut command, &setup.folder)
}

/// The address of the last start that the log tells of.
fn listening(log: &str) -> Option<String> {
    let (_, rest) = log.rsplit_once("listening on http://")?;
    // Cut in the middle of a line, the port would be wrong.
    let (line, _) = rest.split_once('\n')?;
    let is_address = |c: char| c.is_ascii_digit() || c == '.' || c == ':';
    Some(line.chars().take_while(|c| is_address(*c)).collect())
}

async fn answer(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status();
    Some(Answer { status, text: response.text().await.ok()? })
}
