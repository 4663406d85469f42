//! Where a recording comes from.

use std::fs::File;
use std::io::BufReader;

use anyhow::{Context as _, anyhow, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::run::Arguments;
use crate::config::Config;
use crate::domain::duration;
use crate::domain::oncall::When;
use crate::domain::secret::Secret;
use crate::engine::replay::{self, Recording, Repetitions, Span};
use crate::wiring;

/// How long one answer of a Prometheus may take: a chunk of a busy week is megabytes.
const ANSWER_MAX: std::time::Duration = std::time::Duration::from_secs(60);
/// Where the token for a Prometheus stands, since arguments are seen by everybody.
const TOKEN: &str = "WARROOM_PROMETHEUS_TOKEN";

/// The recording, in words, and what it covers.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) recording: Recording,
}

/// Reads what the arguments name; the journal where they name nothing.
pub(super) async fn read(
    arguments: &Arguments,
    config: &Config,
    now: DateTime<Utc>,
) -> anyhow::Result<Source> {
    let span = span(arguments, now)?;
    let (name, recording) = match (&arguments.from_prometheus, &arguments.file) {
        (Some(url), _) => (url.host_str().unwrap_or("a Prometheus").to_owned(), {
            let step = duration::parse(&arguments.step).context("--step")?;
            if step < TimeDelta::seconds(1) {
                bail!("--step: at least 1s");
            }
            let token = std::env::var(TOKEN).ok().map(|token| Secret::new(&token));
            let source = wiring::prometheus(url, token, ANSWER_MAX).context("--from-prometheus")?;
            replay::from_prometheus(&*source, &arguments.matching, span, step).await?
        }),
        (None, Some(file)) => {
            let name = file.display().to_string();
            let opened = File::open(file).with_context(|| format!("cannot open {name}"))?;
            let recording = replay::from_lines(&name, BufReader::new(opened), span)?;
            (name, recording)
        }
        (None, None) => {
            let dir = arguments.journal.clone().unwrap_or_else(|| wiring::journal_dir(config));
            if !dir.is_dir() {
                bail!(
                    "there is no journal in {}: name one with --journal, or use --file or --from-prometheus",
                    dir.display()
                );
            }
            let is_whole = wiring::is_shared(config);
            let repetitions = if is_whole { Repetitions::Kept } else { Repetitions::Dropped };
            ("the journal".to_owned(), replay::from_journal(&dir, span, repetitions)?)
        }
    };
    Ok(Source { name, span, recording })
}

fn span(arguments: &Arguments, now: DateTime<Utc>) -> anyhow::Result<Span> {
    let until = match arguments.until.as_deref() {
        None => now,
        Some(text) => text
            .parse::<When>()
            .map_err(|bad| anyhow!("--until {text}: {bad}"))?
            .resolve(now, chrono_tz::Tz::UTC),
    };
    let from = match duration::parse(&arguments.since) {
        Ok(length) => until - length,
        Err(_) => arguments
            .since
            .parse::<When>()
            .map_err(|_| anyhow!("--since {}: write 7d or 2026-12-24", arguments.since))?
            .resolve(now, chrono_tz::Tz::UTC),
    };
    if from >= until {
        bail!("--since {} is not before --until", arguments.since);
    }
    Ok(Span { from, until })
}
