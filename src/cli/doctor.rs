//! `warroom doctor`: what is configured, what answers, and which promise holds now.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use compact_str::CompactString;
use futures_util::future::join_all;

use super::doctor_chat;
use super::files::{self, Files};
use super::outside;
use crate::adapters::actions::cage;
use crate::adapters::chat::Finding;
use crate::adapters::http;
use crate::brain::{Brain, Guard, Health};
use crate::config::{Config, Promise};
use crate::engine::audit;
use crate::engine::clock::{Clock, System};
use crate::engine::fallback::{AWAY_MIN, PAGES_MAX};
use crate::engine::promise::Mode;
use crate::wiring;

/// How long a running server may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// How many differences are told one by one: whoever has more has one reason for all of them.
const DIFFERENCES_MAX: usize = 100;

/// The arguments of `warroom doctor`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// Also replay the timeline of every case and compare it with what is stored. An embedded brain
    /// is examined while the server is stopped.
    #[arg(long)]
    verify: bool,
}

/// What the examination found, line by line.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<String>,
    is_ill: bool,
}

impl Report {
    pub(super) fn good(&mut self, line: impl Into<String>) {
        self.lines.push(format!("  ok    {}", line.into()));
    }

    pub(super) fn warn(&mut self, line: impl Into<String>) {
        self.lines.push(format!("  warn  {}", line.into()));
    }

    pub(super) fn bad(&mut self, line: impl Into<String>) {
        self.is_ill = true;
        self.lines.push(format!("  BAD   {}", line.into()));
    }
}

/// Examines everything. Exit code 1: something does not work.
///
/// # Errors
/// When the configuration cannot be used at all.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = arguments.files.config()?;
    let mut report = Report::default();
    examine_rules(&config, &mut report);
    let is_running = examine_server(&config, &mut report).await;
    let brain = examine_brain(&config, is_running, &mut report).await;
    if arguments.verify {
        verify(brain.as_deref(), &mut report).await;
    }
    examine_adapters(&config, &mut report);
    outside::examine(&config, &mut report).await;
    examine_reading(&config, &mut report).await;
    examine_chat(&config, &mut report).await;
    println!("warroom {}", env!("CARGO_PKG_VERSION"));
    for line in &report.lines {
        println!("{line}");
    }
    Ok(if report.is_ill { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn examine_rules(config: &Config, report: &mut Report) {
    match files::book(config) {
        Ok(book) => {
            report.good(format!("rules: {} in {}", book.rules.len(), config.rules_dir.display()))
        }
        Err(error) => report.bad(format!("rules: {error:#}")),
    }
}

/// Asks the server that should be running, if any.
async fn examine_server(config: &Config, report: &mut Report) -> bool {
    let address = config.server.listen;
    let Ok(client) = http::client() else {
        report.bad("server: the HTTP client cannot be built");
        return false;
    };
    let request = client.get(format!("http://{address}/-/ready")).timeout(ANSWER_MAX);
    match request.send().await {
        Err(_) => {
            report.warn(format!(
                "server: nothing answers on {address}; start it with: warroom serve"
            ));
            false
        }
        Ok(answer) if answer.status().is_success() => {
            report.good(format!("server: ready on {address}"));
            true
        }
        Ok(answer) => {
            let missing = answer.text().await.unwrap_or_default();
            report
                .bad(format!("server: answers on {address}, but is not ready: {}", missing.trim()));
            true
        }
    }
}

/// Opens the brain and describes it; gives it back when it is of use.
async fn examine_brain(
    config: &Config,
    is_running: bool,
    report: &mut Report,
) -> Option<Arc<dyn Brain>> {
    let is_embedded = config.brain.url.scheme() == "file";
    if is_embedded && is_running {
        // Only one process may open the folder, and the server, which has it, says that it is ready.
        report.good(format!("brain: {} is open in the running server", config.brain.url));
        promise(Mode::Strict, None, report);
        return None;
    }
    if is_embedded && !wiring::brain_folder(config).exists() {
        report.warn(format!("brain: {} is not there yet; serve makes it", config.brain.url));
        return None;
    }
    let brain = match wiring::brain(config).await {
        Ok(brain) => brain,
        Err(error) => {
            report.bad(format!("brain: {error:#}"));
            promise(Mode::Degraded, None, report);
            return None;
        }
    };
    match brain.health().await {
        Err(error) => {
            report.bad(format!("brain: {error}"));
            promise(Mode::Degraded, None, report);
        }
        Ok(health) => {
            describe(&health, report);
            let is_fast = health.is_shared && config.brain.promise == Promise::Fast;
            promise(if is_fast { Mode::Fast } else { Mode::Strict }, Some(&health), report);
        }
    }
    Some(brain)
}

/// Replays every timeline.
async fn verify(brain: Option<&dyn Brain>, report: &mut Report) {
    let Some(brain) = brain else {
        report.bad("verify: the brain cannot be opened here; stop the server that has it");
        return;
    };
    let (mut told, mut found) = (Vec::new(), 0_usize);
    let audited = audit::audit(brain, |difference| {
        found += 1;
        if told.len() < DIFFERENCES_MAX {
            told.push(format!("verify: {difference}"));
        }
    })
    .await;
    let untold = found - told.len();
    told.into_iter().for_each(|line| report.bad(line));
    if untold > 0 {
        report.bad(format!("verify: {untold} more differences"));
    }
    match audited {
        Err(error) => report.bad(format!("verify: cannot go on: {error}")),
        Ok(done) if found == 0 => report
            .good(format!("verify: {} cases follow from their {} events", done.cases, done.events)),
        Ok(done) => report.bad(format!("verify: {found} differences in {} cases", done.cases)),
    }
}

fn describe(health: &Health, report: &mut Report) {
    report.good(format!("brain: {}, id {}, {} shards", health.brain, health.id, health.shards));
    for warning in &health.warnings {
        report.warn(format!("brain: {warning}"));
    }
}

/// Which promise holds now, and what it can lose.
fn promise(mode: Mode, health: Option<&Health>, report: &mut Report) {
    let meaning = mode.meaning(health);
    match mode {
        Mode::Strict => report.good(format!("promise: strict; {meaning}")),
        Mode::Fast => report.warn(format!("promise: fast; {meaning}")),
        Mode::Degraded => report.warn(format!("promise: degraded; {meaning}")),
    }
}

/// Who is paged while a shared brain is away.
fn fallback(config: &Config, report: &mut Report) {
    let wait = AWAY_MIN.as_secs();
    if config.pagers.is_empty() {
        report.warn(format!(
            "fallback: without the brain for {wait} s, pages only go to the log: add [pagers.NAME]"
        ));
    } else {
        report.good(format!(
            "fallback: without the brain for {wait} s, each process pages from its journal: once \
             for each group, {PAGES_MAX} groups at most, and one page sums up the rest"
        ));
    }
}

fn examine_adapters(config: &Config, report: &mut Report) {
    let open = config.sources.iter().filter(|(_, source)| source.enabled);
    let names: Vec<&str> = open.map(|(name, _)| name.as_str()).collect();
    report.good(format!("sources: {}", names.join(", ")));
    if config.pagers.is_empty() {
        report.warn("pagers: none is configured; pages only go to the log: add [pagers.NAME]");
    }
    if config.brain.url.scheme() != "file" {
        fallback(config, report);
    }
    match &config.runs {
        None => report.warn("runs: nobody executes runbooks; rules with mode auto will say so"),
        Some(runs) => report.good(format!("runs: {}", runs.url.host_str().unwrap_or_default())),
    }
    if config.executor.is_some() {
        for finding in cage::probe() {
            let line = format!("executor: {}", finding.text);
            if finding.is_there { report.good(line) } else { report.warn(line) }
        }
    }
    // Nothing is sent: no brain is needed to see whether every adapter can be built.
    let brain: Arc<dyn Brain> = Arc::new(Guard::closed(String::new()));
    let clock: Arc<dyn Clock> = Arc::new(System::default());
    match wiring::Adapters::build(config, &brain, &clock) {
        Ok(_) => report.good("secrets: every one can be read"),
        Err(error) => report.bad(format!("secrets: {error:#}")),
    }
}

/// Asks every source of numbers and log lines whether it is there.
async fn examine_chat(config: &Config, report: &mut Report) {
    let findings = match doctor_chat::examine(config).await {
        Ok(findings) => findings,
        Err(error) => return report.bad(format!("chat: {error:#}")),
    };
    for Finding { is_well, what, advice } in findings {
        match (is_well, advice) {
            (true, _) => report.good(format!("chat: {what}")),
            (false, Some(advice)) => report.bad(format!("chat: {what}; {advice}")),
            (false, None) => report.bad(format!("chat: {what}")),
        }
    }
}

async fn examine_reading(config: &Config, report: &mut Report) {
    let sources = match wiring::metric_sources(config) {
        Ok(sources) => sources,
        Err(error) => return report.bad(format!("metrics and logs: {error:#}")),
    };
    if sources.metrics.is_empty() {
        report.warn("metrics: none is configured; graphs cannot be drawn: add [metrics.NAME]");
    }
    let is_default = |default: &Option<CompactString>, name: &CompactString| {
        if default.as_ref() == Some(name) { " (default)" } else { "" }
    };
    let metrics = sources.metrics.iter().map(async |(name, source)| {
        let name = format!("metrics: {name}{}", is_default(&sources.default, name));
        (name, source.about().await.map_err(|trouble| trouble.to_string()))
    });
    let logs = sources.logs.iter().map(async |(name, source)| {
        let name = format!("logs: {name}{}", is_default(&sources.default_logs, name));
        (name, source.about().await.map_err(|failure| failure.to_string()))
    });
    // All at once: those that are away cost one deadline together.
    let answers = futures_util::join!(join_all(metrics), join_all(logs));
    for (name, answer) in answers.0.into_iter().chain(answers.1) {
        match answer {
            Ok(about) => report.good(format!("{name}: {about}")),
            Err(why) => report.bad(format!("{name}: {why}")),
        }
    }
    let several = [
        ("metrics", sources.metrics.len(), &sources.default),
        ("logs", sources.logs.len(), &sources.default_logs),
    ];
    for (section, count, default) in several {
        if count > 1 && default.is_none() {
            report.warn(format!(
                "{section}: {count} sources and no default; a question that names none fails: \
                 give one of them `default = true`"
            ));
        }
    }
}
