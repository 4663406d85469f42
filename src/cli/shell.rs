//! `warroom completions` and `warroom man`: what a shell and a manual know of the command line.
//!
//! Both follow from the one definition that also reads it. It refuses to install anything.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

/// The arguments of `warroom completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArguments {
    /// For which shell.
    shell: Shell,
}

/// The arguments of `warroom man`.
#[derive(Debug, Clone, Args)]
pub struct ManArguments {
    /// Write a page for each command into this folder, and not the first one to the standard output.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// Prints a shell's completions for a command line.
///
/// # Errors
/// When nobody reads them.
pub fn completions(
    arguments: &CompletionsArguments,
    mut command: Command,
) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    print(&script)
}

/// Prints the manual, or writes its pages.
///
/// # Errors
/// When nobody reads it, or the folder cannot be written.
pub fn man(arguments: &ManArguments, command: Command) -> anyhow::Result<ExitCode> {
    let Some(dir) = &arguments.into else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        return print(&page);
    };
    std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(command, dir))
        .with_context(|| format!("cannot write the pages into {}", dir.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn print(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    std::io::stdout().lock().write_all(bytes).context("cannot print")?;
    Ok(ExitCode::SUCCESS)
}
