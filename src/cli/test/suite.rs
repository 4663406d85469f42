//! Everything that is tested, and the tests.

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;

use crate::cli::files::Files;
use crate::config::Config;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::noise::inhibition::Inhibitions;
use crate::domain::rules::Ruleset;
use crate::domain::runbook;
use crate::domain::scenario::{self, Scenario};
use crate::engine::Book;
use crate::engine::rehearsal::Cast;
use crate::wiring;

/// One test.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Its name, or that of its rule or file with its place among those without one.
    pub(super) name: String,
    /// What is played.
    pub(super) scenario: Scenario,
}

impl Case {
    /// Where it stands: `rules/cms.toml:21`.
    pub(super) fn place(&self) -> String {
        let place = &self.scenario.place;
        format!("{}:{}", place.source.name, place.line())
    }
}

/// All tests, and what they test.
pub(super) struct Suite {
    pub(super) cases: Vec<Case>,
    pub(super) book: Arc<Book>,
    pub(super) config: Config,
    runbooks: Arc<runbook::Book>,
    people: BTreeSet<CompactString>,
}

impl Suite {
    /// Reads the folders of the configuration.
    ///
    /// # Errors
    /// When a folder cannot be read; the inner error is everything that is wrong in the files.
    pub(super) fn read(files: &Files) -> anyhow::Result<Result<Self, Diagnostics>> {
        let (config, warnings) = match files.load() {
            Ok(loaded) => loaded,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let mut found = warnings;
        let (rules, plans, said) = Ruleset::read(&wiring::read_rules(&config.rules_dir)?);
        found.extend(said);
        let texts = wiring::runbook_texts(&config.runbooks_dir)?;
        let (runbooks, said) = runbook::Book::parse(&texts, wiring::KINDS);
        found.extend(said);
        let mut cases = of_rules(&rules);
        for (name, text) in wiring::read_tests(&config.rules_dir)? {
            let (scenarios, said) = scenario::file(&name, &text);
            found.extend(said);
            cases.extend(named(&name, scenarios));
        }
        if found.has_errors() {
            found.sort();
            return Ok(Err(found));
        }
        let people = cases.iter().flat_map(|case| case.scenario.people().cloned()).collect();
        let inhibitions = Inhibitions::new(rules.inhibitions().to_vec());
        let book = Arc::new(Book { rules, inhibitions, plans: Arc::new(plans) });
        Ok(Ok(Self { cases, book, config, runbooks: Arc::new(runbooks), people }))
    }

    /// What is rehearsed.
    pub(super) fn cast(&self) -> Cast {
        wiring::cast(&self.config, self.book.clone(), self.runbooks.clone(), &self.people)
    }
}

fn of_rules(rules: &Ruleset) -> Vec<Case> {
    rules.iter().flat_map(|rule| named(&rule.at.name, rule.tests.clone())).collect()
}

/// Gives tests without a name the one of where they stand.
fn named(of: &str, scenarios: Vec<Scenario>) -> Vec<Case> {
    let name = |(place, scenario): (usize, Scenario)| {
        let said = scenario.name.as_ref().map_or_else(|| format!("test {place}"), Clone::clone);
        Case { name: format!("{of}: {said}"), scenario }
    };
    (1..).zip(scenarios).map(name).collect()
}
