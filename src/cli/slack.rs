//! `warroom slack manifest`: the app that an administrator makes in Slack.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use url::Url;

use crate::adapters::chat::slack;

/// The arguments of `warroom slack`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Print the manifest of the app, to be pasted at <https://api.slack.com/apps> under From a manifest.
    Manifest {
        /// Where Slack shall post events, as signed requests: `https://HOST/hooks/chat/slack`. Without
        /// it the app uses Socket Mode, which needs no port that is open to the outside.
        #[arg(long)]
        events: Option<Url>,
    },
}

/// Prints it.
///
/// # Errors
/// Never, so far.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let Command::Manifest { events } = &arguments.command;
    println!("{}", serde_json::to_string_pretty(&slack::manifest(events.as_ref()))?);
    Ok(ExitCode::SUCCESS)
}
