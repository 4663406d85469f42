//! All of it together, as our files.

use anyhow::{Context as _, bail};

use std::collections::BTreeMap;

use super::flatten::{Outcome, outcomes};
use super::inhibit::{self, Inhibition};
use super::policies::Policies;
use super::receivers::{self, Book, Room, unique};
use super::yaml::{self, Lost, Map};
use super::{route, times};
use crate::cli::import::Set;
use crate::cli::import::write::{list, quoted};
use crate::config::Config;
use crate::domain::duration;
use crate::domain::matcher::Matchers;
use crate::domain::rules::Ruleset;

/// Where the rules go, below the folder that is written.
const RULES: &str = "rules/alertmanager.toml";
/// What every rule says of its incidents: Alertmanager has no word for it.
const LOOKS: &str = "\
severity = \"{% if labels.severity in ['critical', 'page', 'emergency'] %}sev2{% else %}sev3{% endif %}\"
title    = \"{{ labels.alertname }}: {{ annotations.summary | default(annotations.description) | default('no summary') }}\"
";
const ROOM: &str = "room     = { name = \"inc-{{ number }}-{{ labels.alertname }}\" }\n";

/// What Alertmanager's configuration becomes; `name` is the file as the person called it.
///
/// # Errors
/// When it is no configuration of Alertmanager.
pub(in crate::cli) fn read(text: &str, name: &str) -> anyhow::Result<Set> {
    let yaml = yaml::parse(text).map_err(|error| {
        let why = error.to_string();
        anyhow::anyhow!("{name} is no YAML: {}", why.lines().next().unwrap_or_default())
    })?;
    let mut top = Map::new("the configuration", &yaml);
    let mut lost = Lost::default();
    let named = times::named(&mut top, &mut lost);
    let book = receivers::read(&mut top, &mut lost);
    let inhibitions = inhibit::read(&mut top, &mut lost);
    let root = top.get("route").context("this is no configuration of Alertmanager: no `route`")?;
    let root = route::read(root, &named, &mut lost).context("the first route cannot be read")?;
    for yaml in top.get("templates").map(yaml::Yaml::items).unwrap_or_default() {
        lost.add(
            yaml.line,
            "templates: messages are warroom's own, a rule's `title` is a template",
        );
    }
    top.rest(&mut lost);
    let found = outcomes(&root, &mut lost);
    let mut pen = Pen { book: &book, policies: Policies::default(), rules: BTreeMap::new(), lost };
    let mut rules = format!(
        "# From {name}, by `warroom import alertmanager`. The first rule that matches counts.\n"
    );
    found.iter().for_each(|outcome| rules.push_str(&pen.rule(outcome)));
    inhibitions.iter().enumerate().for_each(|(at, it)| rules.push_str(&inhibition(at + 1, it)));
    rules.push_str(&pen.policies.toml());
    let config = format!(
        "# From {name}, by `warroom import alertmanager`.\n{}{}",
        alerts(&mut top),
        book.sections()
    );
    let said = format!(
        "{} rules, {} inhibitions, {} receivers",
        found.len(),
        inhibitions.len(),
        book.receivers.len()
    );
    prove(&rules, &config)?;
    let files = vec![("warroom.toml", config), (RULES, rules)];
    Ok(Set { files, said, lost: pen.lost.sentences(name) })
}

/// What our own readers say of the files that were made.
fn prove(rules: &str, config: &str) -> anyhow::Result<()> {
    let wrong = Ruleset::read(&[(RULES.to_owned(), rules.to_owned())]).2;
    if wrong.has_errors() {
        bail!("what was carried over cannot be used; this is a fault of warroom:\n{wrong}");
    }
    if let Err(wrong) = Config::parse(Some(("warroom.toml", config)), [], &[]) {
        bail!("what was carried over cannot be used; this is a fault of warroom:\n{wrong}");
    }
    Ok(())
}

fn alerts(top: &mut Map<'_>) -> String {
    let global = top.get("global").map(|global| Map::new("global", global));
    let timeout = global.and_then(|mut global| global.text("resolve_timeout").map(str::to_owned));
    let Some(timeout) = timeout.and_then(|it| duration::parse(&it).ok()) else {
        return String::new();
    };
    format!("\n[alerts]\nresolve_timeout = {}\n", quoted(&duration::format(timeout)))
}

/// What rules need while they are written.
struct Pen<'a> {
    book: &'a Book,
    policies: Policies,
    /// The names of rules so far.
    rules: BTreeMap<String, ()>,
    lost: Lost,
}

impl Pen<'_> {
    fn rule(&mut self, outcome: &Outcome<'_>) -> String {
        let Some(first) = outcome.routes.first() else { return String::new() };
        let mut receivers: Vec<&str> = Vec::new();
        for route in &outcome.routes {
            if !self.book.receivers.contains_key(&route.receiver) {
                let why = format!("this route: there is no receiver called {:?}", route.receiver);
                self.lost.add(route.line, why);
            }
            if !receivers.contains(&route.receiver.as_str()) {
                receivers.push(&route.receiver);
            }
        }
        if outcome.routes.iter().any(|route| route.group_by != first.group_by) {
            self.lost.add(first.line, "routes that take the same alert group it differently: it is in one incident, grouped as the first of them says");
        }
        let lines: Vec<String> = outcome.routes.iter().map(|it| it.line.to_string()).collect();
        let name = unique(&receivers.join("."), &self.rules);
        self.rules.insert(name.clone(), ());
        let labels: Vec<String> = first.group_by.iter().map(ToString::to_string).collect();
        let mut out = format!("\n# line {}: {}\n[[rule]]\n", lines.join(", "), shown(&receivers));
        out.push_str(&format!("name     = {}\n", quoted(&name)));
        out.push_str(&format!("match    = {}\n", matching(&outcome.matchers)));
        out.push_str(&format!("group_by = {}\n{LOOKS}", list(&labels)));
        if let Some(policy) = self.policies.of(outcome, self.book, &mut self.lost) {
            out.push_str(&format!("{ROOM}page     = {}\n", quoted(&policy)));
        }
        out.push_str(&self.notify(&receivers));
        out
    }

    fn notify(&self, receivers: &[&str]) -> String {
        let rooms = receivers.iter().filter_map(|name| self.book.receivers.get(*name));
        let mut told: Vec<&Room> = Vec::new();
        for room in rooms.flat_map(|receiver| &receiver.rooms) {
            if !told.contains(&room) {
                told.push(room);
            }
        }
        if told.is_empty() {
            return String::new();
        }
        let one = |room: &&Room| {
            let end = if room.resolved { ", \"resolved\"" } else { "" };
            format!("{{ room = {}, on = [\"opened\", \"reopened\"{end}] }}", quoted(&room.name))
        };
        format!("notify   = [{}]\n", told.iter().map(one).collect::<Vec<_>>().join(", "))
    }
}

/// What goes into a comment: nothing that ends its line.
fn shown(receivers: &[&str]) -> String {
    receivers.join(", ").replace(char::is_control, " ")
}

/// Matchers as TOML; a rule that takes everything must say so.
fn matching(matchers: &Matchers) -> String {
    if matchers.is_empty() {
        return "'alertname=~\".*\"'".to_owned();
    }
    let text = matchers.to_string();
    let is_literal = !text.contains('\'') && !text.chars().any(char::is_control);
    if is_literal { format!("'{text}'") } else { quoted(&text) }
}

fn inhibition(number: usize, it: &Inhibition) -> String {
    let mut out =
        format!("\n# line {}\n[[inhibit]]\nname   = \"alertmanager-{number}\"\n", it.line);
    out.push_str(&format!("source = {}\n", matching(&it.source)));
    out.push_str(&format!("target = {}\n", matching(&it.target)));
    out.push_str(&format!("equal  = {}\n", list(&it.equal)));
    out
}
