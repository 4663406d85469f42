//! `warroom people import`: who of the configuration is who on a chat platform.
//!
//! It proposes what mail addresses tell, and changes nothing: a person looks and pastes.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::files::Files;
use crate::adapters::chat::platform::Speaker;
use crate::wiring;

/// The arguments of `warroom people`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Look everybody up by mail address, and print what to paste into the configuration.
    Import {
        #[command(flatten)]
        files: Files,
        /// The platform, by its name in the configuration: `slack`.
        #[arg(long)]
        platform: String,
    },
}

/// Prints proposals. Exit code 1: somebody could not be looked up.
///
/// # Errors
/// When the configuration cannot be used, or has no such platform.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Command::Import { files, platform: name } = arguments.command;
    let config = files.config()?;
    let sites = wiring::sites(&config)?;
    let Some(site) = sites.into_iter().find(|site| site.name == name) else {
        anyhow::bail!("no chat platform {name:?} is configured: add [chat.{name}]");
    };
    println!(
        "# Look at each line before you paste it: whoever has the id can do what the person may."
    );
    let mut is_whole = true;
    for (person, known) in &config.people {
        if known.chat.contains_key(site.name.as_str()) {
            println!("# {person} has an id already");
            continue;
        }
        let Some(asked) = known.email.as_deref() else {
            println!("# {person} has no mail address to be found by");
            continue;
        };
        match site.platform.person(asked).await {
            Ok(Some(found)) => println!("{}", proposal(person, &name, asked, &found)),
            Ok(None) => println!("# {person}: nobody has {asked} there"),
            Err(failure) => {
                is_whole = false;
                println!("# {person}: {failure}");
            }
        }
    }
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn proposal(person: &str, platform: &str, asked: &str, found: &Speaker) -> String {
    let Speaker { id, name, is_bot, is_guest } = found;
    let name = crate::domain::messages::plain(name, 60);
    if *is_bot || *is_guest {
        return format!("# {person}: {asked} is a guest's or a bot's there ({name}): not proposed");
    }
    format!("# {name}, by {asked}\n[people.{person}]\nchat.{platform} = {id:?}")
}
