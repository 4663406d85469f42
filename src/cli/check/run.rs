//! The command.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::format::{self, Format};
use super::parts::Parts;
use super::{alerts, cross};
use crate::cli::files::{self, Files};

/// The arguments of `warroom check`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    /// A folder with `rules`, `runbooks`, `dashboards` and perhaps `warroom.toml`, in place of what
    /// the configuration names.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    files: Files,
    /// How findings are written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Files with Prometheus' alerting rules: says which of their alerts no rule here takes.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    prometheus_rules: Vec<PathBuf>,
    /// Ends with 1 for a warning, too.
    #[arg(long)]
    strict: bool,
}

/// Reads everything that authors write and says what is wrong in it.
///
/// Exit code 0: it can be used. 1: it cannot, or with `--strict` there are warnings.
///
/// # Errors
/// When a file or folder cannot be read at all.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut parts = Parts::read(&arguments.files.inside(arguments.dir.as_deref()))?;
    cross::names(&mut parts);
    alerts::unrouted(&mut parts, &arguments.prometheus_rules)?;
    parts.found.sort();
    let counts = format::Counts::of(&parts.found);
    let is_good = counts.errors == 0 && !(arguments.strict && counts.warnings > 0);
    match arguments.format {
        Format::Text => {
            if !parts.found.is_empty() {
                files::eprint_diagnostics(&parts.found);
            }
            println!("{}", parts.summary(&counts));
        }
        Format::Json => println!("{}", format::json(&parts.found)),
        Format::Sarif => println!("{}", format::sarif(&parts.found)),
        Format::Github => print!("{}", format::github(&parts.found)),
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
