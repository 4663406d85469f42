//! Everything that authors write, read as far as it can be.

use std::sync::Arc;

use super::format::Counts;
use crate::cli::files::Files;
use crate::config::Config;
use crate::domain::dashboard::Library;
use crate::domain::diagnostic::{Diagnostics, Place, Source};
use crate::domain::incident::RuleRef;
use crate::domain::oncall::Plans;
use crate::domain::rules::Ruleset;
use crate::domain::runbook;
use crate::wiring;

/// What was read, and everything that is wrong in it.
pub(super) struct Parts {
    pub(super) config: Config,
    pub(super) rules: Ruleset,
    pub(super) plans: Plans,
    pub(super) runbooks: runbook::Book,
    pub(super) library: Library,
    pub(super) found: Diagnostics,
    sources: Vec<Arc<Source>>,
}

impl Parts {
    /// Reads the folders of the configuration, or of the built-in one where that is broken.
    pub(super) fn read(files: &Files) -> anyhow::Result<Self> {
        let (config, mut found) = match files.load() {
            Ok(loaded) => loaded,
            Err(wrong) => (files.defaults()?, wrong),
        };
        let rules = wiring::read_rules(&config.rules_dir)?;
        let sources = rules.iter().map(|(name, text)| Source::new(name, text)).collect();
        let (rules, plans, said) = Ruleset::read(&rules);
        found.extend(said);
        let texts = wiring::runbook_texts(&config.runbooks_dir)?;
        let (inventory, said) = wiring::inventory(&config)?;
        found.extend(said);
        let (runbooks, said) = runbook::Book::parse_with(&texts, wiring::KINDS, &inventory);
        found.extend(said);
        let (library, said) = Library::parse(&wiring::read_dashboards(&config.dashboards.dir)?);
        found.extend(said);
        Ok(Self { config, rules, plans, runbooks, library, found, sources })
    }

    /// The line of a rule's `[[rule]]`, for what is wrong with it and others together.
    pub(super) fn place(&self, at: &RuleRef) -> Place {
        let known = self.sources.iter().find(|source| source.name == at.file.as_str());
        let source = known.cloned().unwrap_or_else(|| Source::new(&at.file, ""));
        let span = source.line(at.line);
        Place { source, span }
    }

    /// The last line for people.
    pub(super) fn summary(&self, counts: &Counts) -> String {
        let read = format!(
            "the configuration; {}, {}, {} and {} in {} (version {}); {} in {}; {} in {}",
            count(self.rules.len(), "rule"),
            count(self.rules.inhibitions().len(), "inhibition rule"),
            count(self.plans.schedules.len(), "schedule"),
            count(self.plans.escalations.len(), "escalation policy"),
            self.config.rules_dir.display(),
            self.rules.version(),
            count(self.runbooks.names().count(), "runbook"),
            self.config.runbooks_dir.display(),
            count(self.library.counts().graphs, "graph"),
            self.config.dashboards.dir.display()
        );
        match (counts.errors, counts.warnings) {
            (0, 0) => format!("good: {read}"),
            (0, warnings) => format!("usable, with {}: {read}", count(warnings, "warning")),
            (errors, 0) => format!("not usable, {}: {read}", count(errors, "error")),
            (errors, warnings) => format!(
                "not usable, {} and {}: {read}",
                count(errors, "error"),
                count(warnings, "warning")
            ),
        }
    }
}

fn count(number: usize, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {what}s"),
    }
}
