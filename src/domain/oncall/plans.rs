//! What the files say about schedules, policies and those who stand in.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::escalation::{Escalation, Target};
use super::overrides::Override;
use super::schedule::Schedule;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place, did_you_mean};

/// All schedules and policies of the files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plans {
    /// Schedules by name.
    pub schedules: BTreeMap<CompactString, Schedule>,
    /// Escalation policies by name.
    pub escalations: BTreeMap<CompactString, Escalation>,
    /// Those who stand in.
    pub overrides: Vec<Override>,
    /// Every person and team that is named, with its place.
    pub named: Vec<(Target, Place)>,
}

impl Plans {
    /// What is wrong with the names of people and teams, seen from the configuration. Where that
    /// knows nobody at all there is nothing to compare them with.
    #[must_use]
    pub fn strangers(
        &self,
        people: &BTreeSet<CompactString>,
        teams: &BTreeSet<CompactString>,
    ) -> Diagnostics {
        let mut out = Diagnostics::default();
        if people.is_empty() {
            return out;
        }
        for (target, place) in &self.named {
            let (what, name, known) = match target {
                Target::Person(name) => ("person", name, people),
                Target::Team(name) => ("team", name, teams),
                Target::Schedule(_) | Target::Room(_) => continue,
            };
            if !known.contains(name) {
                let fault = format!("there is no {what} called {name:?} in the configuration");
                let help = did_you_mean(name, known.iter().map(CompactString::as_str))
                    .unwrap_or_else(|| {
                        format!("they may have left: take the {what} out here, or add it there")
                    });
                out.push(Diagnostic::error(place, fault).label("nobody").help(help));
            }
        }
        out.sort();
        out
    }
}
