//! One rule as its author wrote it, checked.

use compact_str::CompactString;

use super::template::Template;
use crate::domain::incident::{Moment, RuleRef, RunPlan, Timing};
use crate::domain::matcher::Matchers;
use crate::domain::noise::limit::Limit;
use crate::domain::scenario::Scenario;

/// What a rule asks for. It never changes: a new reading makes a new rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name and place.
    pub at: RuleRef,
    /// Which alerts it is about.
    pub matchers: Matchers,
    /// The labels whose values make one incident, sorted; `...` alone means all labels.
    pub group_by: Vec<CompactString>,
    /// How bad it is.
    pub severity: Template,
    /// One line that says what is wrong.
    pub title: Template,
    /// The room, the ticket, the graphs.
    pub ask: Ask,
    /// The escalation policy to page.
    pub page: Option<CompactString>,
    /// The runbook to start.
    pub run: Option<RunPlan>,
    /// Other rooms that hear of it.
    pub notify: Vec<Tell>,
    /// How often it may act.
    pub throttles: Throttles,
    /// Whether later rules may add their notifications.
    pub goes_on: bool,
    /// The waits of its incidents.
    pub timing: Timing,
    /// Its examples, which `warroom test` plays.
    pub tests: Vec<Scenario>,
}

/// What a rule wants opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// The room's name. None: no room.
    pub room: Option<Template>,
    /// Who comes into the room.
    pub invite: Vec<Template>,
    /// The chat platforms that show the room. None: the first that is configured.
    pub on: Vec<CompactString>,
    /// The tracker of the ticket. None: no ticket.
    pub tracker: Option<CompactString>,
    /// The ticket's labels.
    pub ticket_labels: Vec<Template>,
    /// Graph commands for the room.
    pub graphs: Vec<Template>,
}

/// A room that hears of some moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tell {
    /// The room as the platform names it.
    pub room: Template,
    /// Which moments; all of them where the rule does not say.
    pub on: Vec<Moment>,
}

/// How often a rule may act.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Throttles {
    /// Openings of rooms.
    pub rooms: Option<Limit>,
}
