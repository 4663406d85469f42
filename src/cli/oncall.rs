//! `warroom oncall`: who is on call by the files, what is wrong with schedules, and calendars.
//!
//! It reads files alone: overrides that people made are known to the running server, which
//! `warroom do who is on call` asks.

use std::process::ExitCode;

use anyhow::{anyhow, bail};
use chrono::{DateTime, Months, TimeDelta, Utc};
use clap::{Args, Subcommand};

use super::files::{self, Files};
use crate::config::Config;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::messages::oncall as say;
use crate::domain::oncall::{Finding, Plans, Roster, Schedule, When, check, ics};
use crate::engine::clock::{Clock as _, System};

/// How far ahead schedules are proved.
const MONTHS: Months = Months::new(24);
/// What an exported calendar holds.
const CALENDAR: TimeDelta = TimeDelta::days(366);

/// The arguments of `warroom oncall`.
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    files: Files,
    /// For what, and when: `for cms at 18:00`, `cms`, or nothing for every schedule.
    words: Vec<String>,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Prove every schedule over the next 24 months: gaps, double cover, people who left.
    Check {
        #[command(flatten)]
        files: Files,
    },
    /// Print a schedule's shifts of the next year as iCalendar.
    Export {
        #[command(flatten)]
        files: Files,
        /// The schedule.
        name: String,
    },
}

/// Answers. Exit code 1: a check found something.
///
/// # Errors
/// When files cannot be read, or there is no such schedule.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let now = System::default().now();
    match &arguments.command {
        None => who(arguments, now),
        Some(Command::Check { files }) => prove(&files.config()?, now),
        Some(Command::Export { files, name }) => export(&files.config()?, name, now),
    }
}

fn roster(config: &Config) -> anyhow::Result<Roster> {
    Ok(Roster { plans: files::book(config)?.plans, ..Roster::default() })
}

#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
fn who(arguments: &Arguments, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let roster = roster(&arguments.files.config()?)?;
    let (mut wanted, mut at) = (None, When::Now);
    let mut words = arguments.words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "for" | "is" | "who" | "on" | "call" => {}
            "at" => at = words.next().unwrap_or_default().parse()?,
            word => wanted = Some(word),
        }
    }
    let schedules: Vec<&Schedule> = match wanted {
        None => roster.plans.schedules.values().collect(),
        Some(word) => vec![named(&roster, word)?],
    };
    if schedules.is_empty() {
        println!("{}", say::no_schedules());
    }
    for schedule in schedules {
        let name = &schedule.at.name;
        let at = at.resolve(now, schedule.zone);
        let (duty, next) = schedule.now_and_next(at, &roster.overrides(name));
        println!("{}", say::duty(name, &duty, next.as_ref(), schedule.zone));
    }
    Ok(ExitCode::SUCCESS)
}

fn named<'a>(roster: &'a Roster, word: &str) -> anyhow::Result<&'a Schedule> {
    let schedules = &roster.plans.schedules;
    let found = roster.schedule_for(word).and_then(|name| schedules.get(name));
    let known: Vec<&str> = schedules.keys().map(AsRef::as_ref).collect();
    found.ok_or_else(|| anyhow!("{}", say::unknown_schedule(word, &known)))
}

#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
fn prove(config: &Config, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let book = files::book(config)?;
    let (strangers, found) = findings(config, &book.plans, now);
    if strangers.has_errors() {
        bail!("schedules and policies name people who are not there:\n{strangers}");
    }
    found.iter().for_each(|finding| println!("{finding}"));
    let Plans { schedules, escalations, .. } = &*book.plans;
    if !found.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let (count, policies) = (schedules.len(), escalations.len());
    println!("good: {count} schedules over 24 months, and {policies} escalation policies");
    Ok(ExitCode::SUCCESS)
}

/// People and teams who are named and not there, and what is probably not meant in schedules and
/// policies over the next 24 months.
pub(super) fn findings(
    config: &Config,
    plans: &Plans,
    now: DateTime<Utc>,
) -> (Diagnostics, Vec<Finding>) {
    let people = config.people.keys().map(|name| name.as_str().into()).collect();
    let teams = config.teams.keys().map(|name| name.as_str().into()).collect();
    let strangers = plans.strangers(&people, &teams);
    let to = now.checked_add_months(MONTHS).unwrap_or(now);
    let mut findings = check(plans, (now, to));
    findings.extend(silent(config, plans));
    (strangers, findings)
}

/// People who are on call and cannot be woken.
fn silent(config: &Config, plans: &Plans) -> Vec<Finding> {
    let mut silent = Vec::new();
    for schedule in plans.schedules.values() {
        for name in schedule.everybody() {
            let person = config.people.get(name.as_str());
            if person.is_some_and(|person| person.reach.ways.is_empty()) {
                let what =
                    format!("has {name}, who has no contact: add `contacts` to [people.{name}]");
                silent.push(Finding { at: schedule.at.clone(), what });
            }
        }
    }
    silent
}

#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
fn export(config: &Config, name: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let roster = roster(config)?;
    let schedule = named(&roster, name)?;
    let shifts = schedule.shifts((now, now + CALENDAR), &roster.overrides(&schedule.at.name));
    print!("{}", ics(schedule, &shifts, now));
    Ok(ExitCode::SUCCESS)
}
