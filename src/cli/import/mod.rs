//! `warroom import`: an export of another on-call tool becomes our files.
//!
//! It reads one JSON file with what that tool's API lists, writes schedules and policies as a rule
//! file and people for the configuration, and says what could not be carried over. Alertmanager's
//! configuration becomes rules, too. It refuses to overwrite anything, and to guess: what it does not
//! understand is named, never left out in silence.

pub(super) mod alertmanager;
mod calendar;
mod oncall;
mod opsgenie;
mod pagerduty;
mod write;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use self::write::Carried;
pub(super) use self::write::{list, quoted};
use super::files::eprint_line;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::rules::Ruleset;
use crate::engine::clock::{Clock as _, System};

/// Bytes of an export: more is some other file.
const FILE_MAX: u64 = 50 << 20;

/// The arguments of `warroom import`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Whose export it is.
    from: From,
    /// The file: JSON with `users`, `schedules` and policies as the tool's API lists them; a
    /// calendar; or Alertmanager's configuration.
    file: PathBuf,
    /// Write the files into this folder, and not all to the standard output.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// The tools whose exports are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// Alertmanager's configuration: routes, receivers, inhibitions, time intervals.
    Alertmanager,
    /// PagerDuty's REST API: `users`, `schedules`, `escalation_policies`.
    Pagerduty,
    /// Opsgenie's configuration: `users`, `schedules`, `escalations`.
    Opsgenie,
    /// Grafana OnCall's API: `users`, `schedules`, `on_call_shifts`, `escalation_chains`,
    /// `escalation_policies`.
    Oncall,
    /// An iCalendar file: its events of the next 24 months become one schedule.
    Ical,
}

/// Carries an export over. Exit code 0, also where something was left behind: it is said.
///
/// # Errors
/// When the file cannot be read or is none of that tool, or files would be overwritten.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let text = read(&arguments.file)?;
    let carried = match arguments.from {
        From::Alertmanager => return routes(&text, arguments),
        From::Pagerduty => pagerduty::read(&text)?,
        From::Opsgenie => opsgenie::read(&text)?,
        From::Oncall => oncall::read(&text)?,
        From::Ical => {
            let stem = arguments.file.file_stem().unwrap_or_default().to_string_lossy();
            calendar::read(&text, &stem, System::default().now())?
        }
    };
    let (rules, people) = (carried.rules(), carried.people());
    let wrong = wrong(&rules);
    if wrong.has_errors() {
        bail!("what was carried over cannot be used; this is a fault of warroom:\n{wrong}");
    }
    match &arguments.into {
        None => print(&rules, &people),
        Some(dir) => {
            create(dir, "oncall.toml", &rules)?;
            create(dir, "people.toml", &people)?;
        }
    }
    say(&carried);
    Ok(ExitCode::SUCCESS)
}

/// Files that were made of something else, not yet written.
pub(super) struct Set {
    /// Their names below the folder, and their texts.
    pub(super) files: Vec<(&'static str, String)>,
    /// What was carried over, in one line.
    pub(super) said: String,
    /// What was not, a sentence each.
    pub(super) lost: Vec<String>,
}

impl Set {
    /// Writes all of them, or none where one is there already.
    ///
    /// # Errors
    /// When a file is there, or cannot be written.
    pub(super) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        for (name, _) in &self.files {
            refuse(&dir.join(name))?;
        }
        self.files.iter().try_for_each(|(name, text)| create(dir, name, text))
    }
}

fn routes(text: &str, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let set = alertmanager::read(text, &arguments.file.display().to_string())?;
    match &arguments.into {
        None => set.files.iter().for_each(|(name, text)| print_file(name, text)),
        Some(dir) => set.write(dir)?,
    }
    eprint_line(&format!("carried over: {}", set.said));
    say_lost(&set.lost);
    let dir = arguments.into.as_deref().unwrap_or(Path::new("DIR"));
    eprint_line(&format!("next: warroom check {}", dir.display()));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    let what = || format!("cannot read {}", file.display());
    let size = std::fs::metadata(file).with_context(what)?.len();
    if size > FILE_MAX {
        bail!("{}: the file has more than {FILE_MAX} bytes: this is no export", file.display());
    }
    std::fs::read_to_string(file).with_context(what)
}

/// What our own reader says of the files that were made.
fn wrong(rules: &str) -> Diagnostics {
    Ruleset::read(&[("oncall.toml".to_owned(), rules.to_owned())]).2
}

fn create(dir: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = dir.join(name);
    refuse(&path)?;
    std::fs::create_dir_all(path.parent().unwrap_or(dir))
        .and_then(|()| std::fs::write(&path, text))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn refuse(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        bail!("{} is there already: nothing was written over it", path.display());
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
fn print_file(name: &str, text: &str) {
    println!("# {name}\n{text}");
}

#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
fn print(rules: &str, people: &str) {
    println!("# rules/oncall.toml\n{rules}\n# into the configuration\n{people}");
}

fn say(carried: &Carried) {
    let Carried { people, schedules, policies, lost } = carried;
    eprint_line(&format!(
        "carried over: {} people, {} schedules, {} policies",
        people.len(),
        schedules.len(),
        policies.len()
    ));
    say_lost(lost);
    eprint_line("next: name the pagers of people's contacts, then: warroom oncall check");
}

/// What was left behind.
pub(super) fn say_lost(lost: &[String]) {
    if !lost.is_empty() {
        eprint_line(&format!("not carried over ({}):", lost.len()));
        lost.iter().for_each(|lost| eprint_line(&format!("- {lost}")));
    }
}
