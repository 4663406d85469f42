//! `warroom matrix registration`: the file by which a homeserver learns of warroom as its service.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::files::Files;
use crate::adapters::chat::matrix;
use crate::config::{ChatKind, Config, MatrixChat};
use crate::wiring;

/// The arguments of `warroom matrix`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Print the registration of the application service, with both of its tokens: put it where only
    /// the homeserver reads it (Synapse: `app_service_config_files`).
    Registration {
        #[command(flatten)]
        files: Files,
        /// The platform, by its name in the configuration; needed where several are Matrix.
        #[arg(long)]
        platform: Option<String>,
    },
}

/// Prints it.
///
/// # Errors
/// When the configuration cannot be used, or says nothing of an application service.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let Command::Registration { files, platform } = &arguments.command;
    let config = files.config()?;
    let (name, chat) = account(&config, platform.as_deref())?;
    let options =
        wiring::matrix_options(&config, chat).with_context(|| format!("[chat.{name}]"))?;
    let Some(service) = &options.service else {
        bail!(
            "[chat.{name}] is an account that asks for its events: to let the homeserver push them, \
             add service = {{ hs_token_file = \"…\" }}"
        );
    };
    print!("{}", matrix::registration(&options, service));
    Ok(ExitCode::SUCCESS)
}

fn account<'a>(
    config: &'a Config,
    wanted: Option<&str>,
) -> anyhow::Result<(&'a str, &'a MatrixChat)> {
    let accounts = config.chat.iter().filter_map(|chat| match &chat.kind {
        ChatKind::Matrix(matrix) => Some((chat.name.as_str(), matrix)),
        ChatKind::Mattermost(_) | ChatKind::Slack(_) | ChatKind::Xmpp(_) => None,
    });
    let meant: Vec<_> =
        accounts.filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name)).collect();
    match meant.as_slice() {
        [one] => Ok(*one),
        [] => bail!("no such homeserver is configured: add [chat.NAME] with kind = \"matrix\""),
        [..] => bail!("several homeservers are configured: say which one with --platform NAME"),
    }
}
