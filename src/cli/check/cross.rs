//! What files name and nobody has: graphs, runbooks, people; and hours that nobody covers.

use super::parts::Parts;
use crate::cli::oncall;
use crate::domain::commands::words;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::engine::clock::{Clock as _, System};

/// Warns of graphs that no dashboard has, and of runbooks that no file describes.
pub(super) fn names(parts: &mut Parts) {
    let mut found = Diagnostics::default();
    graphs(parts, &mut found);
    runs(parts, &mut found);
    on_call(parts, &mut found);
    parts.found.extend(found);
}

fn on_call(parts: &Parts, found: &mut Diagnostics) {
    let now = System::default().now();
    let (strangers, findings) = oncall::findings(&parts.config, &parts.plans, now);
    found.extend(strangers);
    for finding in findings {
        let fault = format!("{} {}", finding.at.name, finding.what);
        found.push(Diagnostic::warning(&parts.place(&finding.at), fault).label("this one"));
    }
}

fn graphs(parts: &Parts, found: &mut Diagnostics) {
    for rule in parts.rules.iter() {
        for graph in &rule.ask.graphs {
            let Some(name) = name_of(graph.source()) else { continue };
            let Err(bad) = parts.library.knows(&name) else { continue };
            let place = parts.place(&rule.at);
            let fault =
                format!("the rule `{}` posts the graph `{}`: {bad}", rule.at.name, graph.source());
            found.push(Diagnostic::warning(&place, fault).label("in this rule"));
        }
    }
}

fn runs(parts: &Parts, found: &mut Diagnostics) {
    for rule in parts.rules.iter() {
        let Some(run) = &rule.run else { continue };
        if parts.runbooks.get(&run.runbook).is_some() {
            continue;
        }
        let place = parts.place(&rule.at);
        let fault = format!(
            "the rule `{}` runs `{}`, which no runbook is called",
            rule.at.name, run.runbook
        );
        let help = did_you_mean(&run.runbook, parts.runbooks.names());
        found.push(Diagnostic::warning(&place, fault).label("in this rule").help(help));
    }
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
