//! Labels that somebody types, on the files of a folder.

use std::sync::Arc;

use anyhow::{anyhow, bail};
use chrono::{DateTime, Utc};

use super::run::{Arguments, Format};
use crate::cli::files;
use crate::domain::alert::{Alert, Labels};
use crate::domain::explain::{Files, explain as explained};
use crate::domain::matcher::{Matchers, Op};
use crate::domain::messages::explain as say;
use crate::domain::oncall::When;
use crate::engine::clock::{Clock as _, System};
use crate::wiring;

/// The text, and whether a rule wants the alert.
pub(super) fn explain(arguments: &Arguments) -> anyhow::Result<(String, bool)> {
    let labels = labels(&arguments.labels.join(","))?;
    let config = arguments.files.inside(arguments.dir.as_deref()).config()?;
    let book = files::book(&config)?;
    let (runbooks, _) = wiring::runbooks(&config)?;
    let roster = wiring::on_call(&config, &book.plans);
    let at = moment(&arguments.at)?;
    let files = Files {
        rules: &book.rules,
        inhibitions: &book.inhibitions,
        roster: &roster,
        runbooks: &runbooks,
    };
    let it = explained(files, &Arc::new(typed(labels, at)), at);
    let most = if arguments.all { usize::MAX } else { say::FAILED_SHOWN };
    let text = match arguments.format {
        Format::Text => plain(&say::explained(&it, most)),
        Format::Json => serde_json::to_string_pretty(&it)?,
    };
    Ok((text, it.outcome.is_some()))
}

/// An alert of which no more is known than its labels.
pub(in crate::cli) fn typed(labels: Labels, at: DateTime<Utc>) -> Alert {
    Alert {
        labels,
        annotations: Labels::new(),
        starts_at: at,
        is_start_unnamed: false,
        generator_url: "".into(),
        source: "typed".into(),
    }
}

/// Reads `alertname=DiskFull,service=cms`.
///
/// # Errors
/// When it is something else, or says less than one value for each label.
pub(in crate::cli) fn labels(text: &str) -> anyhow::Result<Labels> {
    let read = Matchers::parse(text).map_err(|bad| anyhow!("cannot read the labels: {bad}"))?;
    let mut labels = Labels::new();
    for matcher in &read {
        if matcher.op() != Op::Equal {
            bail!("an alert has one value for each label: write name=value in place of {matcher}");
        }
        labels.insert(matcher.name().clone(), matcher.value().clone());
    }
    Ok(labels)
}

/// A time as people type it, on this machine's clock in UTC.
pub(in crate::cli) fn moment(text: &str) -> anyhow::Result<DateTime<Utc>> {
    let when: When = text.parse().map_err(|bad| anyhow!("--at {text}: {bad}"))?;
    Ok(when.resolve(System::default().now(), chrono_tz::Tz::UTC))
}

/// A label may hold what a terminal would obey.
pub(in crate::cli) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}
