//! `warroom do "ack 12"`: types a line to a running server and prints the answer.
//!
//! It refuses to do anything by itself: what a line may do is the server's business.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::Deserialize;

use super::files::Files;
use super::remote::Server;
use crate::domain::room::{Post, Table};

/// Spaces between two columns.
const GAP: usize = 2;

/// The arguments of `warroom do`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// The line: `warroom do ack 12`, or in quotes where the shell would read it: "alerts | head 5".
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    line: Vec<String>,
    /// Where the server is; without it, where the configuration says that it listens.
    #[arg(long, env = "WARROOM_SERVER", value_name = "URL")]
    server: Option<String>,
    /// Type it in this room: what was typed and answered then stands there.
    #[arg(long, value_name = "ROOM")]
    room: Option<String>,
}

/// The arguments of a command that is a line of the chat language.
#[derive(Debug, Clone, Default, Args)]
pub struct Words {
    #[command(flatten)]
    arguments: Arguments,
}

impl Words {
    /// The line, with its verb before it.
    #[must_use]
    pub fn after(self, verb: &str) -> Arguments {
        let Self { mut arguments } = self;
        arguments.line.insert(0, verb.to_owned());
        arguments
    }
}

/// What the server says.
#[derive(Debug, Deserialize)]
struct Said {
    outcome: String,
    post: Post,
}

/// Types the line. Exit code 1: it was refused or failed; 2: it was not understood.
///
/// # Errors
/// When no server answers, or it does not let us in.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = arguments.files.config()?;
    let server = Server::of(&config, arguments.server.as_deref())?;
    let body = serde_json::json!({ "line": arguments.line.join(" "), "room": arguments.room });
    let answer = server.ask(server.post("/api/v1/commands").json(&body)).await?;
    let said: Said =
        serde_json::from_str(&answer.text).context("this is no answer of a warroom")?;
    print(&shown(&said.post));
    Ok(match said.outcome.as_str() {
        "done" => ExitCode::SUCCESS,
        "misunderstood" => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    })
}

/// A post as a terminal shows it.
pub(super) fn shown(post: &Post) -> String {
    let mut lines = vec![post.text.clone()];
    lines.extend(post.table.as_ref().map(aligned));
    lines.extend(
        post.picture.iter().map(|picture| {
            format!("{}\n(the picture: /api/v1/pictures/{})", picture.alt, picture.id)
        }),
    );
    lines.extend(post.buttons.iter().map(|button| format!("  warroom do {:?}", button.command)));
    // A label may hold what a terminal would obey.
    let plain = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    lines.join("\n").chars().map(plain).collect()
}

/// A table with its columns under one another.
fn aligned(table: &Table) -> String {
    let count = |text: &String| text.chars().count();
    let mut widths: Vec<usize> = table.columns.iter().map(count).collect();
    for row in &table.rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(count(cell));
        }
    }
    let line = |cells: &Vec<String>| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| {
            format!("{cell}{}", " ".repeat(width + GAP - count(cell).min(*width)))
        });
        cells.collect::<String>().trim_end().to_owned()
    };
    let mut lines = vec![line(&table.columns)];
    lines.extend(table.rows.iter().map(line));
    if table.more > 0 {
        lines.push(format!("and {} more", table.more));
    }
    lines.join("\n")
}

#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
fn print(text: &str) {
    println!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_stands_under_its_names() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let table = Table {
            columns: row(["name", "since"]),
            rows: vec![row(["a\u{e9}b", "1"]), row(["longer", "2"])],
            more: 3,
        };
        assert_eq!(aligned(&table), "name    since\na\u{e9}b     1\nlonger  2\nand 3 more");
    }

    #[test]
    fn a_terminal_is_told_nothing_but_text() {
        let post = Post::text("a\u{1b}[2Jb\nc");
        assert_eq!(shown(&post), "a [2Jb\nc");
    }
}
