//! `warroom postmortem 42`, `warroom capsule 42`: what an incident leaves behind, as a file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::files::Files;
use super::remote::Server;

/// What is wanted of an incident.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Its postmortem, as Markdown.
    Postmortem,
    /// All of it, as one HTML file.
    Capsule,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Postmortem => "postmortem",
            Self::Capsule => "capsule",
        }
    }
}

/// The arguments of both.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// The incident's number.
    number: u64,
    /// Write it there; without it, to the terminal.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the server is; without it, where the configuration says that it listens.
    #[arg(long, env = "WARROOM_SERVER", value_name = "URL")]
    server: Option<String>,
}

/// Asks the server, and writes what it says.
///
/// # Errors
/// When no server answers, there is no such incident, or the file cannot be written.
pub async fn run(arguments: Arguments, kind: Kind) -> anyhow::Result<ExitCode> {
    let Arguments { files, number, output, server } = arguments;
    let server = Server::of(&files.config()?, server.as_deref())?;
    let path = format!("/api/v1/incidents/{number}/{}", kind.word());
    let text = server.ask(server.get(&path)).await?.text;
    write(output.as_deref(), &text)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a text into a file, or to the terminal, where control characters have no say.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub(super) fn write(output: Option<&std::path::Path>, text: &str) -> anyhow::Result<()> {
    if let Some(path) = output {
        return std::fs::write(path, text)
            .with_context(|| format!("cannot write {}", path.display()));
    }
    let is_plain = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    println!("{}", text.chars().filter(is_plain).collect::<String>().trim_end());
    Ok(())
}
