//! Whom an outcome wakes: an escalation policy for each combination of receivers.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::flatten::Outcome;
use super::receivers::{Book, unique};
use super::times::Hours;
use super::yaml::Lost;
use crate::cli::import::write::{list, quoted};
use crate::domain::duration;

/// So often an unanswered page is repeated: the most that a policy takes.
const REPEAT: u64 = 20;

/// The policies that were needed so far, by name.
#[derive(Debug, Default)]
pub(super) struct Policies(BTreeMap<String, Policy>);

#[derive(Debug, PartialEq, Eq)]
struct Policy {
    teams: Vec<String>,
    hours: Option<Hours>,
    again: TimeDelta,
}

impl Policies {
    /// The policy of an outcome. None: nobody is woken.
    pub(super) fn of(
        &mut self,
        outcome: &Outcome<'_>,
        book: &Book,
        lost: &mut Lost,
    ) -> Option<String> {
        let wakes = |name: &String| book.receivers.get(name).and_then(|it| it.team.clone());
        let mut waking = outcome.routes.iter().filter(|route| wakes(&route.receiver).is_some());
        let first = waking.clone().next()?;
        let mut teams = Vec::new();
        for team in outcome.routes.iter().filter_map(|route| wakes(&route.receiver)) {
            if !teams.contains(&team) {
                teams.push(team);
            }
        }
        let is_alike = waking.all(|route| route.hours == first.hours);
        if !is_alike {
            lost.add(first.line, "routes that take the same alert page at different hours: together they page at any");
        }
        let hours = first.hours.clone().filter(|_| is_alike);
        let policy = Policy { teams, hours, again: first.repeat };
        if let Some((name, _)) = self.0.iter().find(|(_, known)| **known == policy) {
            return Some(name.clone());
        }
        let name = unique(&policy.teams.join("."), &self.0);
        self.0.insert(name.clone(), policy);
        Some(name)
    }

    /// As they stand in a rule file.
    pub(super) fn toml(&self) -> String {
        self.0.iter().map(|(name, policy)| policy.toml(name)).collect()
    }
}

impl Policy {
    fn toml(&self, name: &str) -> String {
        let again = quoted(&duration::format(self.again));
        let mut out = format!(
            "\n[[policy]]\nname = {}\nrepeat = {REPEAT}\nstale_after = {again}\n",
            quoted(name)
        );
        if let Some(hours) = &self.hours {
            out.push_str(&format!("zone = {}\n", quoted(&hours.zone)));
        }
        let always = vec![(Vec::new(), Vec::new())];
        let teams: Vec<String> = self.teams.iter().map(|team| format!("team:{team}")).collect();
        for (days, times) in self.hours.as_ref().map_or(&always, |hours| &hours.parts) {
            out.push_str(&format!("\n[[policy.step]]\npage = {}\nafter = {again}\n", list(&teams)));
            for (key, values) in [("days", days), ("hours", times)] {
                if !values.is_empty() {
                    out.push_str(&format!("{key} = {}\n", list(values)));
                }
            }
        }
        out
    }
}
