//! Which alerts a set of rules leaves alone.

use compact_str::{CompactString, format_compact};

use crate::domain::alert::Labels;
use crate::domain::rules::{Route, Rule, Ruleset};

/// Why an alert reaches nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silent {
    /// No rule wants it.
    NoRule,
    /// Its rules open nothing, page nobody and tell no room.
    AsksForNothing,
}

/// Why an alert with this route reaches nobody; none where it reaches somebody.
#[must_use]
pub fn silent(rules: &Ruleset, route: &Route) -> Option<Silent> {
    let Some(owner) = route.owner.and_then(|id| rules.rule(id)) else {
        return Some(Silent::NoRule);
    };
    let also = route.also.iter().filter_map(|id| rules.rule(*id));
    let is_told = std::iter::once(owner).chain(also).any(|rule| !rule.notify.is_empty());
    (!is_told && !asks(owner)).then_some(Silent::AsksForNothing)
}

fn asks(rule: &Rule) -> bool {
    rule.page.is_some() || rule.ask.room.is_some() || rule.ask.tracker.is_some()
}

impl Silent {
    /// As a list names such alerts: by their names, so that a thousand instances are one line.
    #[must_use]
    pub fn named(self, labels: &Labels) -> CompactString {
        let name = labels.get("alertname").map_or("an alert without a name", |name| name);
        match self {
            Self::NoRule => format_compact!("{name}: no rule"),
            Self::AsksForNothing => format_compact!("{name}: its rule asks for nothing"),
        }
    }
}
