//! `warroom help [TOPIC]`: the guides, as text for the terminal.
//!
//! They are Markdown made to be read as it is. A name that is a command gets that command's own help.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use crate::docs::{GUIDES, Guide};

/// What to read about.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A guide, or a command; without it, the list of guides.
    pub topic: Option<String>,
}

/// Prints a guide or the list of them; `command` is the whole command line, for help about a command.
///
/// # Errors
/// When there is neither a guide nor a command of this name; it names the nearest.
pub fn run(arguments: &Arguments, mut command: clap::Command) -> anyhow::Result<ExitCode> {
    let Some(topic) = arguments.topic.as_deref() else {
        print(&contents());
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(guide) = GUIDES.iter().find(|guide| guide.topic == topic) {
        print(guide.text);
        return Ok(ExitCode::SUCCESS);
    }
    command.build();
    if let Some(about) = command.find_subcommand_mut(topic) {
        print(&about.render_long_help().to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let commands = command.get_subcommands().map(clap::Command::get_name);
    let known: Vec<&str> = GUIDES.iter().map(|guide| guide.topic).chain(commands).collect();
    let near = crate::domain::diagnostic::nearest(topic, known.iter().copied());
    let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
    bail!("there is no guide and no command called {topic:?}{near} `warroom help` lists the guides")
}

fn contents() -> String {
    let line = |guide: &Guide| format!("  {:<10} {}\n", guide.topic, guide.about);
    let guides: String = GUIDES.iter().map(line).collect();
    format!(
        "Guides, each shown by `warroom help NAME`, and at /help in the console:\n\n{guides}\n\
         `warroom --help` lists the commands, `warroom help COMMAND` tells about one.\n"
    )
}

#[expect(clippy::print_stdout, reason = "it was asked for")]
fn print(text: &str) {
    println!("{}", text.trim_end());
}
