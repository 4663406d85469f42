//! The command.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::coverage::Reached;
use super::judge::{Verdict, judge};
use super::play::play;
use super::suite::{Case, Suite};
use super::{junit, update};
use crate::cli::files::{self, Files};
use crate::engine::clock::{Clock as _, System};
use crate::engine::rehearsal::{Cast, Seen};

/// What a folder's configuration is called.
const CONFIG: &str = "warroom.toml";
/// The width of the progress bar.
const BAR: usize = 30;
/// The exit code where the files cannot be used, so that nothing was tested.
const UNUSABLE: u8 = 2;

/// The arguments of `warroom test`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    /// A folder with `rules`, `runbooks` and perhaps `warroom.toml`, in place of what the
    /// configuration names; then parts of the names of the tests to play.
    #[arg(value_name = "[DIR] NAME")]
    names: Vec<String>,
    #[command(flatten)]
    files: Files,
    /// Plays only tests with this in their name or file.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Says which rules, throttles, runs and escalation steps no test has reached.
    #[arg(long)]
    coverage: bool,
    /// Writes what happened into the files, in place of what was wanted.
    #[arg(long)]
    update: bool,
    /// Writes the results as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// What came of one test.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) took: Duration,
    verdict: Result<Verdict, String>,
    record: Vec<Seen>,
}

impl Outcome {
    pub(super) fn is_good(&self) -> bool {
        self.verdict.as_ref().is_ok_and(Verdict::is_good)
    }

    /// What is shown of one that failed.
    pub(super) fn diff(&self) -> Option<String> {
        let rows = match &self.verdict {
            Ok(verdict) if verdict.is_good() => return None,
            Ok(verdict) => verdict.0.iter().map(|row| format!("  {row}\n")).collect(),
            Err(why) => format!("  it could not be played: {why}\n"),
        };
        Some(format!("{}:{}: {}\n{rows}", self.file, self.line, self.name))
    }
}

impl Arguments {
    /// The folder, where the first name is one, and the names.
    fn split(&self) -> (Option<&Path>, &[String]) {
        match self.names.split_first() {
            Some((first, names)) if Path::new(first).is_dir() => (Some(Path::new(first)), names),
            _ => (None, &self.names),
        }
    }

    fn files(&self) -> Files {
        let mut files = self.files.clone();
        let Some(dir) = self.split().0 else { return files };
        if files.config.is_none() {
            files.config = Some(dir.join(CONFIG)).filter(|file| file.is_file());
        }
        let folder = |name: &str| dir.join(name).to_str().map(str::to_owned);
        files.rules = files.rules.or_else(|| folder("rules"));
        files.runbooks = files.runbooks.or_else(|| folder("runbooks"));
        files
    }

    fn wants(&self, case: &Case) -> bool {
        let has = |text: &String| case.name.contains(text) || case.place().contains(text.as_str());
        let names = self.split().1;
        self.filter.as_ref().is_none_or(has) && (names.is_empty() || names.iter().any(has))
    }
}

/// Plays the tests of all rules.
///
/// Exit code 0: all is as wanted. 1: some is not. 2: the files cannot be used.
///
/// # Errors
/// When a file cannot be written.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut suite = match Suite::read(&arguments.files()) {
        Ok(Ok(suite)) => suite,
        Ok(Err(wrong)) => {
            files::eprint_diagnostics(&wrong);
            files::eprint_line("nothing was tested: the files cannot be used");
            return Ok(ExitCode::from(UNUSABLE));
        }
        Err(error) => {
            files::eprint_line(&format!("nothing was tested: {error:#}"));
            return Ok(ExitCode::from(UNUSABLE));
        }
    };
    let all = suite.cases.len();
    suite.cases.retain(|case| arguments.wants(case));
    let begun = System::default();
    let outcomes = play_all(&suite);
    let took = begun.uptime();
    for diff in outcomes.iter().filter_map(Outcome::diff) {
        println!("{diff}");
    }
    if let Some(file) = &arguments.junit {
        std::fs::write(file, junit::xml(&outcomes))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if arguments.coverage {
        let mut reached = Reached::default();
        outcomes.iter().for_each(|outcome| reached.note(&suite.book, &outcome.record));
        println!("{}", reached.report(&suite.book));
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.is_good()).count();
    println!("{}", summary(&outcomes, failed, all - outcomes.len(), took));
    if arguments.update && failed > 0 {
        return updated(&suite, &outcomes);
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
fn updated(suite: &Suite, outcomes: &[Outcome]) -> anyhow::Result<ExitCode> {
    let failed = suite.cases.iter().zip(outcomes).filter_map(|(case, outcome)| {
        let verdict = outcome.verdict.as_ref().ok().filter(|verdict| !verdict.is_good())?;
        Some((case, verdict))
    });
    let failed: Vec<(&Case, &Verdict)> = failed.collect();
    let files = update::update(&suite.config.rules_dir, &failed)?;
    println!(
        "what happened is now what is wanted in {files} files: look at what changed before you keep it"
    );
    let is_unplayed = outcomes.iter().any(|outcome| outcome.verdict.is_err());
    Ok(if is_unplayed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn summary(outcomes: &[Outcome], failed: usize, left_out: usize, took: Duration) -> String {
    let (count, good) = (outcomes.len(), outcomes.len() - failed);
    let left_out = if left_out > 0 { format!(", {left_out} left out") } else { String::new() };
    let what = if failed > 0 {
        format!("{failed} failed, {good} passed")
    } else {
        format!("{good} passed")
    };
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more")]
    let rate = count as f64 / took.as_secs_f64().max(f64::EPSILON);
    format!("{what}{left_out}: {count} tests in {:.2} s, {rate:.0} a second", took.as_secs_f64())
}

/// Plays all tests, on every core; gives what came of them in their order.
fn play_all(suite: &Suite) -> Vec<Outcome> {
    let (next, done) = (AtomicUsize::new(0), Mutex::default());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(suite.cases.len()) {
            scope.spawn(|| play_many(suite, &next, &done));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Plays tests that no other thread has taken, until there are none.
fn play_many(suite: &Suite, next: &AtomicUsize, done: &Mutex<Vec<(usize, Outcome)>>) {
    let cast = suite.cast();
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let Some(case) = suite.cases.get(place) else { return };
        let outcome = play_one(case, cast.clone());
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        done.push((place, outcome));
        progress(done.len(), suite.cases.len());
    }
}

fn play_one(case: &Case, cast: Cast) -> Outcome {
    let begun = System::default();
    let (verdict, record) = match play(case, cast) {
        Ok(played) => (Ok(judge(&case.scenario.wants, &played.lines)), played.record),
        Err(error) => (Err(format!("{error:#}")), Vec::new()),
    };
    let place = &case.scenario.place;
    Outcome {
        name: case.name.clone(),
        file: place.source.name.clone(),
        line: place.line(),
        took: begun.uptime(),
        verdict,
        record,
    }
}

/// A bar on a terminal, and nothing elsewhere.
fn progress(done: usize, all: usize) {
    let mut terminal = std::io::stderr();
    if !terminal.is_terminal() {
        return;
    }
    let filled = BAR * done / all.max(1);
    let bar = format!("\r[{:<BAR$}] {done}/{all}", "#".repeat(filled));
    let end = if done == all { "\r\x1b[K" } else { "" };
    // A bar that cannot be drawn is no reason to stop.
    write!(terminal, "{bar}{end}").ok();
}
