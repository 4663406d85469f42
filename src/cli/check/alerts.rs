//! Which alerts of Prometheus' own rules no rule here takes.
//!
//! An alert's labels are those of its rule and whatever its expression gives. What the expression
//! gives is not known here, so a rule takes an alert when nothing known speaks against it: what is
//! warned of is certain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::parts::Parts;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place, Source};
use crate::domain::rules::Rule;

/// The largest file: the largest public collection of rules has half a megabyte.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// <https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/>
#[derive(Debug, Deserialize)]
struct RuleFile {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    rules: Vec<AlertRule>,
}

#[derive(Debug, Deserialize)]
struct AlertRule {
    /// None: a recording rule.
    alert: Option<Spanned<String>>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// Warns of every alert in these files that no rule takes, and of those that reach nobody.
pub(super) fn unrouted(parts: &mut Parts, files: &[PathBuf]) -> anyhow::Result<()> {
    let mut found = Diagnostics::default();
    for file in files {
        let text = read(file)?;
        let name = file.display().to_string();
        let source = Source::new(&name, &text);
        match serde_saphyr::from_str::<RuleFile>(&text) {
            Ok(read) => look(parts, &read, &source, &mut found),
            Err(error) => {
                let line = error.location().map_or(1, |place| place.line());
                let fault = format!("this is no file of Prometheus rules: {error}");
                let fault = fault.lines().next().unwrap_or_default().to_owned();
                found.push(Diagnostic::error(&at(&source, line), fault).label("here"));
            }
        }
    }
    parts.found.extend(found);
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    let shown = file.display();
    let size = std::fs::metadata(file).with_context(|| format!("cannot read {shown}"))?.len();
    if size > FILE_BYTES_MAX {
        bail!("{shown} is larger than {FILE_BYTES_MAX} bytes");
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))
}

fn at(source: &Arc<Source>, line: u64) -> Place {
    let span = source.line(u32::try_from(line).unwrap_or(u32::MAX));
    Place { source: source.clone(), span }
}

fn look(parts: &Parts, file: &RuleFile, source: &Arc<Source>, found: &mut Diagnostics) {
    for group in &file.groups {
        for alert in &group.rules {
            let Some(name) = &alert.alert else { continue };
            let labels = known(name, &group.labels, &alert.labels);
            let mut takers = parts.rules.iter().filter(|rule| may_take(rule, &labels)).peekable();
            let place = at(source, name.referenced.line());
            if takers.peek().is_none() {
                let fault = format!("no rule takes the alert `{}`", name.value);
                let help = format!(
                    "it would be kept and shown, and open nothing; a rule for it: match = 'alertname=\"{}\"'",
                    name.value
                );
                found.push(Diagnostic::warning(&place, fault).label("this alert").help(help));
            } else if takers.all(|rule| !reaches_anybody(rule)) {
                let fault = format!("the alert `{}` reaches nobody", name.value);
                let help = "the rules that take it open no room, page nobody and tell no room";
                found.push(
                    Diagnostic::warning(&place, fault).label("this alert").help(help.to_owned()),
                );
            }
        }
    }
}

/// The labels that are certain. A template's value depends on the expression.
fn known(
    name: &Spanned<String>,
    group: &BTreeMap<String, String>,
    own: &BTreeMap<String, String>,
) -> BTreeMap<String, Option<String>> {
    let value = |value: &String| (!value.contains("{{")).then(|| value.clone());
    let both = group.iter().chain(own).map(|(name, it)| (name.clone(), value(it)));
    both.chain([("alertname".to_owned(), Some(name.value.clone()))]).collect()
}

fn may_take(rule: &Rule, labels: &BTreeMap<String, Option<String>>) -> bool {
    rule.matchers.iter().all(|matcher| match labels.get(matcher.name().as_str()) {
        Some(Some(value)) => matcher.matches_value(value),
        Some(None) | None => true,
    })
}

fn reaches_anybody(rule: &Rule) -> bool {
    rule.ask.room.is_some()
        || rule.ask.tracker.is_some()
        || rule.page.is_some()
        || !rule.notify.is_empty()
}
