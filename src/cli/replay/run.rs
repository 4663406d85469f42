//! The command.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use url::Url;

use super::sets::Sets;
use super::source;
use crate::cli::files::{Files, eprint_line};
use crate::domain::chart::Look;
use crate::domain::messages::replay as say;
use crate::domain::replay::Compared;
use crate::engine::clock::{Clock as _, System};
use crate::engine::replay::{self, Play};
use crate::wiring;

/// How the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// Tables for a terminal.
    #[default]
    Text,
    /// Tables for a pull request.
    Markdown,
    /// One JSON object.
    Json,
}

/// The arguments of `warroom replay`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// A folder with other rules: says what the rules change against them.
    #[arg(long, value_name = "DIR", conflicts_with = "against_git")]
    pub(super) against: Option<PathBuf>,
    /// The rules as they were at a revision of their git repository: `main`, `HEAD~1`.
    #[arg(long, value_name = "REV")]
    pub(super) against_git: Option<String>,
    /// Reads the ALERTS series of a Prometheus, or whatever speaks its language. A token stands in
    /// `WARROOM_PROMETHEUS_TOKEN`.
    #[arg(long, value_name = "URL", conflicts_with_all = ["file", "journal"])]
    pub(super) from_prometheus: Option<Url>,
    /// Reads alerts from a file of JSON lines, as Alertmanager's API gives them.
    #[arg(long, value_name = "FILE", conflicts_with = "journal")]
    pub(super) file: Option<PathBuf>,
    /// The folder of a journal, in place of the configured one.
    #[arg(long, value_name = "DIR")]
    pub(super) journal: Option<PathBuf>,
    /// From when: a time back from the end, or a day.
    #[arg(long, value_name = "TIME", default_value = "7d")]
    pub(super) since: String,
    /// Until when; without it, now.
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<String>,
    /// How finely a Prometheus is asked: the interval of its rules.
    #[arg(long, value_name = "TIME", default_value = "1m")]
    pub(super) step: String,
    /// Narrows what a Prometheus is asked for: `service="cms"`.
    #[arg(long, value_name = "MATCHERS", default_value = "")]
    pub(super) matching: String,
    /// Whose clock day and night are: `Europe/Berlin`.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: Tz,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Draws the pages by hour into a PNG file.
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
}

/// Replays. Exit code 0, whatever the files would have done.
///
/// # Errors
/// When files or the recording cannot be read.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = arguments.files.config()?;
    let sets = Sets::read(&arguments, &config)?;
    let (runbooks, _) = wiring::runbooks(&config)?;
    let runbooks = Arc::new(runbooks);
    let nobody = BTreeSet::new();
    let cast = |book| wiring::cast(&config, Arc::new(book), runbooks.clone(), &nobody);
    let (before, after) = (sets.before.map(cast), cast(sets.after));
    let now = System::default().now();
    let source = source::read(&arguments, &config, now).await?;
    if source.recording.deliveries.is_empty() {
        eprint_line(&format!("{} holds no alerts in that time", source.name));
    }
    let play = Play {
        recording: Arc::new(source.recording),
        span: source.span,
        zone: arguments.zone,
        source: source.name,
    };
    // A rehearsal has a runtime of its own, and wants a thread for it.
    let compared = tokio::task::spawn_blocking(move || replay::compare(&play, before, after));
    let compared = compared.await.context("the replay broke off")??;
    if let Some(file) = &arguments.picture {
        let png = replay::pages_by_hour(&compared, &Look::default());
        let png = png.map_err(|error| anyhow!("cannot draw the picture: {error}"))?;
        std::fs::write(file, png).with_context(|| format!("cannot write {}", file.display()))?;
    }
    println!("{}", written(&compared, arguments.format)?);
    Ok(ExitCode::SUCCESS)
}

fn written(compared: &Compared, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => crate::cli::explain::plain(&say::text(compared)),
        Format::Markdown => say::markdown(compared),
        Format::Json => serde_json::to_string_pretty(compared)?,
    })
}
