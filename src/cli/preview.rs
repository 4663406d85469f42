//! `warroom preview`: what a rule would open, say and send for one alert, without sending it.
//!
//! The alert is typed, or made from the rule's matchers, and goes through the real engine in a
//! rehearsal: what is printed is what people would read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;

use super::explain;
use super::files::{self, Files};
use crate::domain::alert::{Labels, Report, What};
use crate::domain::diagnostic::did_you_mean;
use crate::domain::explain::sample;
use crate::domain::rules::Ruleset;
use crate::engine::rehearsal::{Cast, Happening, Rehearsal, Seen};
use crate::wiring;

/// Pages and posts of the first moment follow within it; the next step of an escalation does not.
const FIRST: TimeDelta = TimeDelta::seconds(5);

/// The arguments of `warroom preview`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    /// The rule's name.
    rule: String,
    /// The alert's labels, `alertname=DiskFull,service=cms`; without them, some that fit the rule.
    #[arg(value_name = "LABELS")]
    labels: Vec<String>,
    /// A folder with `rules`, `runbooks` and perhaps `warroom.toml`, in place of what the
    /// configuration names.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// When it would fire, which decides who is on call: `18:00`, `2026-12-24T03:00`, `+2h`.
    #[arg(long, value_name = "TIME", default_value = "now")]
    at: String,
    #[command(flatten)]
    files: Files,
}

/// Shows it. Exit code 1: another rule takes such an alert.
///
/// # Errors
/// When there is no such rule, or the files cannot be read.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = arguments.files.inside(arguments.dir.as_deref()).config()?;
    let book = Arc::new(files::book(&config)?);
    let labels = labels(&arguments, &book.rules)?;
    let at = explain::moment(&arguments.at)?;
    let (runbooks, _) = wiring::runbooks(&config)?;
    let cast = wiring::cast(&config, book.clone(), Arc::new(runbooks), &BTreeSet::new());
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    let owner = book.rules.route(&labels).owner.and_then(|id| book.rules.rule(id));
    let is_own = owner.is_some_and(|rule| rule.at.name == arguments.rule);
    let taker = owner.map_or("no rule", |rule| &rule.at.name);
    let mut lines = vec![format!("alert    {}", pairs.join(" "))];
    if !is_own {
        lines.push(format!(
            "It is not {}'s: {taker} takes it. Type labels that fit.",
            arguments.rule
        ));
    }
    // A rehearsal has a runtime of its own, and wants a thread for it.
    let seen = tokio::task::spawn_blocking(move || rehearsed(cast, labels, at));
    let seen = seen.await.context("the preview broke off")??;
    lines.extend(shown(&seen));
    println!("{}", explain::plain(&lines.join("\n")));
    Ok(if is_own { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn labels(arguments: &Arguments, rules: &Ruleset) -> anyhow::Result<Labels> {
    let name = arguments.rule.as_str();
    let rule = rules.find(name).and_then(|id| rules.rule(id));
    let rule = rule.ok_or_else(|| {
        let near = did_you_mean(name, rules.iter().map(|rule| rule.at.name.as_str()));
        let near = near.map(|near| format!("; {near}")).unwrap_or_default();
        anyhow!("no rule is called {name:?}{near}")
    })?;
    if arguments.labels.is_empty() {
        return Ok(sample(rule));
    }
    explain::labels(&arguments.labels.join(","))
}

fn rehearsed(cast: Cast, labels: Labels, at: DateTime<Utc>) -> anyhow::Result<Vec<Seen>> {
    let stage = Rehearsal::new(cast, at)?;
    let what = What::Firing { expires_at: None };
    stage.deliver(at, vec![Report { alert: Arc::new(explain::typed(labels, at)), what }])?;
    stage.advance_to(at + FIRST)?;
    Ok(stage.record())
}

/// What was seen; of a post that was edited, its last form.
fn shown(seen: &[Seen]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut cards = BTreeMap::new();
    for one in seen {
        match &one.what {
            Happening::Opened { severity, title, .. } => {
                lines.push(format!("opens    {severity} {title}"));
            }
            Happening::Room { name, invite, .. } => {
                lines.push(format!("room     {name} with {}", listed(invite)));
            }
            Happening::Ticket { tracker, title, labels, .. } => {
                lines.push(format!("ticket   {tracker}: {title} [{}]", labels.join(", ")));
            }
            Happening::Page { step, to, text, policy, .. } => {
                let whom = to.as_ref().map_or_else(
                    || format!("whoever stands behind {policy}"),
                    |to| format!("{} by {}", to.person, to.pager),
                );
                lines.push(format!("page     step {step}, {whom}:\n{}", indented(text)));
            }
            Happening::Graph { query, .. } => lines.push(format!("graph    {query}")),
            Happening::Run { runbook, mode, .. } => {
                lines.push(format!("run      {runbook} {mode:?}"))
            }
            Happening::Post { room, text, is_edit: true } => {
                cards.insert(room.clone(), text.clone());
            }
            Happening::Post { room, text, is_edit: false } => {
                lines.push(format!("says     in {room}:\n{}", indented(text)));
            }
            Happening::Held { .. } => {
                lines.push("held     it would be kept, and do nothing".to_owned())
            }
            _ => {}
        }
    }
    lines.extend(
        cards.iter().map(|(room, text)| format!("card     in {room}:\n{}", indented(text))),
    );
    lines
}

fn listed(invite: &[String]) -> String {
    if invite.is_empty() { "nobody invited".to_owned() } else { invite.join(", ") }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("         {line}")).collect::<Vec<_>>().join("\n")
}
