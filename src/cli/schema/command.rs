//! The command.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{config, plain, shapes};

/// Which dialect the schemas are written in.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// The arguments of `warroom schema`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Which files it describes. Without it, and with `--write`: all of them.
    #[arg(required_unless_present = "write")]
    kind: Option<Kind>,
    /// Write KIND.json into this folder, over what is there, and not to the standard output. Files
    /// name it in their first line: `#:schema ../.schemas/rules.json`.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// `warroom.toml`.
    Config,
    /// `rules/*.toml`: rules, inhibitions, schedules, policies, overrides.
    #[value(alias = "oncall")]
    Rules,
    /// `rules/*_test.toml`: examples that `warroom test` runs.
    Tests,
    /// `runbooks/*.toml`.
    Runbooks,
    /// `dashboards/*.toml`.
    Dashboards,
}

impl Kind {
    /// The file that holds its schema.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Config => "config.json",
            Self::Rules => "rules.json",
            Self::Tests => "tests.json",
            Self::Runbooks => "runbooks.json",
            Self::Dashboards => "dashboards.json",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Config => "warroom: the configuration",
            Self::Rules => "warroom: rules, schedules and policies",
            Self::Tests => "warroom: examples",
            Self::Runbooks => "warroom: a runbook",
            Self::Dashboards => "warroom: graphs",
        }
    }
}

/// The schema of a kind of file, as text that ends with a line's end.
#[must_use]
pub fn text(kind: Kind) -> String {
    let mut schema = match kind {
        Kind::Config => config::schema(),
        Kind::Rules => plain::of::<shapes::Rules>(),
        Kind::Tests => plain::of::<shapes::Tests>(),
        Kind::Runbooks => shapes::runbook(),
        Kind::Dashboards => plain::of::<shapes::Dashboard>(),
    };
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".to_owned(), json!(DIALECT));
        map.insert("title".to_owned(), json!(kind.title()));
    }
    format!("{schema:#}\n")
}

/// Prints a schema, or writes some.
///
/// # Errors
/// When the folder cannot be written.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let kinds: Vec<Kind> =
        arguments.kind.map_or_else(|| Kind::value_variants().to_vec(), |kind| vec![kind]);
    for kind in kinds {
        let Some(dir) = &arguments.write else {
            print!("{}", text(kind));
            continue;
        };
        let path = dir.join(kind.file());
        std::fs::create_dir_all(dir)
            .and_then(|()| std::fs::write(&path, text(kind)))
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
