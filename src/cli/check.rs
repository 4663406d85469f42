//! `warroom check`: configuration and rules, offline.

use std::process::ExitCode;

use clap::Args;

use super::files::{self, Files};

/// The arguments of `warroom check`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
}

/// Reads everything that authors write and says what is wrong in it. Exit code 1: something is.
///
/// # Errors
/// Everything that is wrong, as authors should read it.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = arguments.files.config()?;
    let book = files::book(&config)?;
    println!(
        "good: the configuration, {} rules and {} inhibition rules in {}",
        book.rules.len(),
        book.inhibitions.rules().len(),
        config.rules_dir.display()
    );
    Ok(ExitCode::SUCCESS)
}
