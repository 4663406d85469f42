//! `warroom check`: configuration, rules, runbooks and dashboards, offline.

use std::process::ExitCode;

use clap::Args;

use super::files::{self, Files};
use super::oncall;
use crate::domain::commands::words;
use crate::domain::dashboard::Library;
use crate::domain::diagnostic::nearest;
use crate::domain::runbook;
use crate::engine::Book;
use crate::engine::clock::{Clock as _, System};
use crate::wiring;

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
    let (library, warnings) = wiring::library(&config)?;
    if !warnings.is_empty() {
        files::eprint_diagnostics(&warnings);
    }
    let (runbooks, warnings) = wiring::runbooks(&config)?;
    if !warnings.is_empty() {
        files::eprint_diagnostics(&warnings);
    }
    for warning in unknown_graphs(&book, &library).iter().chain(&unknown_runs(&book, &runbooks)) {
        files::eprint_line(warning);
    }
    for finding in oncall::findings(&config, &book, System::default().now())? {
        files::eprint_line(&format!("warning: {finding}"));
    }
    let plans = &book.plans;
    println!(
        "good: the configuration, {} rules, {} inhibition rules, {} schedules and {} escalation policies in {}, {} runbooks in {}, {} graphs in {}",
        book.rules.len(),
        book.inhibitions.rules().len(),
        plans.schedules.len(),
        plans.escalations.len(),
        config.rules_dir.display(),
        runbooks.names().count(),
        config.runbooks_dir.display(),
        library.counts().graphs,
        config.dashboards.dir.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Graphs that rules name and that no dashboard has.
fn unknown_graphs(book: &Book, library: &Library) -> Vec<String> {
    let mut warnings = Vec::new();
    for rule in book.rules.iter() {
        for graph in &rule.ask.graphs {
            let Some(name) = name_of(graph.source()) else { continue };
            if let Err(bad) = library.knows(&name) {
                let at = &rule.at;
                warnings.push(format!(
                    "warning: {}:{}: rule {} posts the graph `{}`: {bad}",
                    at.file,
                    at.line,
                    at.name,
                    graph.source()
                ));
            }
        }
    }
    warnings
}

/// Runbooks that rules name and that no file describes.
fn unknown_runs(book: &Book, runbooks: &runbook::Book) -> Vec<String> {
    let known = |name: &str| runbooks.get(name).is_some();
    let unknown = book.rules.iter().filter_map(|rule| {
        let name = &rule.run.as_ref().filter(|run| !known(&run.runbook))?.runbook;
        let near = nearest(name, runbooks.names());
        let near = near.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
        let (at, what) = (&rule.at, format!("runs `{name}`, which no runbook is called{near}"));
        Some(format!("warning: {}:{}: rule {} {what}", at.file, at.line, at.name))
    });
    unknown.collect()
}

/// The graph's name in a rule's line, where the line itself says it and no label does.
fn name_of(line: &str) -> Option<String> {
    let (before, _) = line.split_once("{{").unwrap_or((line, ""));
    let is_whole = before.len() == line.len() || before.ends_with(char::is_whitespace);
    let words = words(before).ok()?;
    let mut names = words.into_iter().filter(|word| word.text != "graph");
    let first = names.next().filter(|word| word.key.is_none())?;
    (is_whole || names.next().is_some()).then_some(first.text)
}
