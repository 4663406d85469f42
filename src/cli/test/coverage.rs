//! Which rules, and which of their branches, some test has reached.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use crate::domain::incident::HeldBy;
use crate::domain::rules::Rule;
use crate::engine::Book;
use crate::engine::rehearsal::{Happening, Seen, Why};

/// What was reached, by the words that [`branches`] has for it.
#[derive(Debug, Default)]
pub(super) struct Reached(BTreeSet<String>);

/// One thing that a test can reach.
struct Branch {
    /// `rules/cms.toml:12`
    place: String,
    /// `rule cms-latency: throttle`
    what: String,
}

impl Reached {
    /// Notes what this record has reached.
    pub(super) fn note(&mut self, book: &Book, record: &[Seen]) {
        let mut rules: BTreeMap<u64, CompactString> = BTreeMap::new();
        for seen in record {
            match &seen.what {
                Happening::Opened { number, rule, severity, .. } => {
                    rules.insert(number.0, rule.name.clone());
                    self.0.insert(format!("rule {}", rule.name));
                    self.0.insert(format!("rule {}: severity {severity}", rule.name));
                }
                Happening::Room { number, .. } => self.of(&rules, number.0, "room"),
                Happening::Ticket { number, .. } => self.of(&rules, number.0, "ticket"),
                Happening::Run { number: Some(number), .. } => self.of(&rules, number.0, "run"),
                Happening::Escalated { policy, step, .. } => {
                    let steps = book.plans.escalations.get(policy).map_or(1, |it| it.steps.len());
                    let step = usize::from(step.saturating_sub(1)) % steps.max(1) + 1;
                    self.0.insert(format!("policy {policy}: step {step}"));
                }
                Happening::Held { why, .. } => self.held(why),
                _ => {}
            }
        }
    }

    fn of(&mut self, rules: &BTreeMap<u64, CompactString>, number: u64, branch: &str) {
        if let Some(rule) = rules.get(&number) {
            self.0.insert(format!("rule {rule}: {branch}"));
        }
    }

    fn held(&mut self, why: &Why) {
        match why {
            Why::Held(HeldBy::Inhibition { rule, .. }) => {
                self.0.insert(format!("inhibition {rule}"));
            }
            Why::Throttle { limit, .. } => {
                if let Some(rule) = limit.strip_prefix("rooms/rule/") {
                    self.0.insert(format!("rule {rule}: throttle"));
                }
            }
            Why::Held(_) | Why::Storm | Why::Flapping => {}
        }
    }

    /// A line for each thing that no test reached, and one for all together.
    pub(super) fn report(&self, book: &Book) -> String {
        let branches = branches(book);
        let missed: Vec<&Branch> =
            branches.iter().filter(|branch| !self.0.contains(&branch.what)).collect();
        let lines = missed
            .iter()
            .map(|branch| format!("{}: {} is in no test\n", branch.place, branch.what));
        let (all, reached) = (branches.len(), branches.len() - missed.len());
        let share = (reached * 100).checked_div(all).unwrap_or(100);
        lines.collect::<String>()
            + &format!("{reached} of {all} rules and branches are reached, {share} %")
    }
}

fn branches(book: &Book) -> Vec<Branch> {
    let mut all = Vec::new();
    for rule in book.rules.iter() {
        let place = format!("{}:{}", rule.at.file, rule.at.line);
        let name = format!("rule {}", rule.at.name);
        let of_rule = of_rule(rule).into_iter().map(|branch| format!("{name}: {branch}"));
        for what in std::iter::once(name.clone()).chain(of_rule) {
            all.push(Branch { place: place.clone(), what });
        }
    }
    for inhibition in book.rules.inhibitions() {
        let at = &inhibition.rule;
        let place = format!("{}:{}", at.file, at.line);
        all.push(Branch { place, what: format!("inhibition {}", at.name) });
    }
    for (name, policy) in &book.plans.escalations {
        let place = format!("{}:{}", policy.at.file, policy.at.line);
        for step in 1..=policy.steps.len() {
            all.push(Branch { place: place.clone(), what: format!("policy {name}: step {step}") });
        }
    }
    all
}

fn of_rule(rule: &Rule) -> Vec<String> {
    let asks = [
        (rule.ask.room.is_some(), "room"),
        (rule.ask.tracker.is_some(), "ticket"),
        (rule.run.is_some(), "run"),
        (rule.throttles.rooms.is_some(), "throttle"),
    ];
    let asks = asks.into_iter().filter(|(is_there, _)| *is_there).map(|(_, what)| what.to_owned());
    asks.chain(severities(rule.severity.source())).collect()
}

/// The severities that a template with conditions names: a fixed one is reached with its rule.
fn severities(template: &str) -> Vec<String> {
    if !template.contains('{') {
        return Vec::new();
    }
    let words = template.split(|c: char| !c.is_ascii_alphanumeric());
    let named: BTreeSet<&str> = words
        .filter(|word| word.strip_prefix("sev").is_some_and(|level| level.parse::<u8>().is_ok()))
        .collect();
    named.into_iter().map(|severity| format!("severity {severity}")).collect()
}
