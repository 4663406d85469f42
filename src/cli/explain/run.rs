//! The command.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::{live, offline};
use crate::cli::files::Files;
use crate::domain::ids::Fingerprint;

/// How an explanation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// For people: the answer first.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// The arguments of `warroom explain`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    /// The alert's labels: `alertname=DiskFull,service=cms`. They are tried on the files.
    #[arg(value_name = "LABELS")]
    pub(super) labels: Vec<String>,
    /// An alert that the running server knows, by its 16 hexadecimal digits.
    #[arg(long, value_name = "F", conflicts_with_all = ["labels", "incident"])]
    pub(super) fingerprint: Option<Fingerprint>,
    /// An incident of the running server.
    #[arg(long, value_name = "N", conflicts_with = "labels")]
    pub(super) incident: Option<u64>,
    /// A folder with `rules`, `runbooks` and perhaps `warroom.toml`, in place of what the
    /// configuration names.
    #[arg(long, value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// When it would fire, which decides who is on call: `18:00`, `2026-12-24T03:00`, `+2h`.
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub(super) at: String,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Shows every rule that does not match, too.
    #[arg(long)]
    pub(super) all: bool,
    /// Where the server is; without it, where the configuration says that it listens.
    #[arg(long, env = "WARROOM_SERVER", value_name = "URL")]
    pub(super) server: Option<String>,
    #[command(flatten)]
    pub(super) files: Files,
}

/// Explains. Exit code 1: no rule wants the alert.
///
/// # Errors
/// When the labels or the files cannot be read, or the server does not know what is asked for.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (text, is_wanted) = match (arguments.fingerprint, arguments.incident) {
        (Some(fingerprint), _) => (live::alert(&arguments, fingerprint).await?, true),
        (None, Some(number)) => (live::incident(&arguments, number).await?, true),
        (None, None) if arguments.labels.is_empty() => bail!(
            "say which alert: its labels (alertname=DiskFull,service=cms), --fingerprint or --incident"
        ),
        (None, None) => offline::explain(&arguments)?,
    };
    println!("{text}");
    Ok(if is_wanted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
