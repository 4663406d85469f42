//! Which rules make noise: what opened often, woke people, and went by itself.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::days;
use super::make::{self, Report, Seen};
use crate::domain::commands::{Cell, Kind, Values};
use crate::domain::review::Review;

#[derive(Default)]
struct Rule {
    incidents: u32,
    alerts: usize,
    calls: usize,
    by_itself: u32,
    reopened: u32,
    flapped: usize,
    held: usize,
    by_day: BTreeMap<chrono::NaiveDate, u32>,
}

pub(super) fn make(seen: &Seen) -> Report {
    let mut rules: BTreeMap<CompactString, Rule> = BTreeMap::new();
    for review in &seen.incidents {
        rules.entry(review.rule.name.clone()).or_default().count(seen, review);
    }
    let mut rules: Vec<(CompactString, Rule)> = rules.into_iter().collect();
    rules.sort_by_key(|(_, rule)| std::cmp::Reverse((rule.by_itself, rule.incidents)));
    let columns = [
        ("rule", Kind::Text),
        ("incidents", Kind::Number),
        ("by itself", Kind::Number),
        ("calls", Kind::Number),
        ("alerts", Kind::Number),
        ("held", Kind::Number),
        ("flaps", Kind::Number),
        ("came back", Kind::Number),
    ];
    let mut values = Values::new(&columns, seen.until);
    for (name, rule) in &rules {
        values.push(rule.row(name));
    }
    let lines = rules.iter().map(|(name, rule)| days::counts(seen, name, &rule.by_day)).collect();
    Report {
        kind: make::Kind::Noise,
        text: text(seen, rules.first()),
        values,
        chart: days::chart(seen, make::Kind::Noise, "incidents a day, by rule", lines),
    }
}

impl Rule {
    fn count(&mut self, seen: &Seen, review: &Review) {
        self.incidents += 1;
        self.alerts += review.alerts;
        self.calls += review.wakes.len();
        self.by_itself += u32::from(review.went_by_itself());
        self.reopened += review.reopened;
        self.flapped += review.flapped;
        self.held += review.held;
        *self.by_day.entry(days::day(seen, review.opened_at)).or_default() += 1;
    }

    fn row(&self, name: &str) -> Vec<Cell> {
        let count =
            |count: usize| Cell::Number(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        vec![
            Cell::Text(name.to_owned()),
            Cell::Number(f64::from(self.incidents)),
            Cell::Number(f64::from(self.by_itself)),
            count(self.calls),
            count(self.alerts),
            count(self.held),
            count(self.flapped),
            Cell::Number(f64::from(self.reopened)),
        ]
    }
}

fn text(seen: &Seen, worst: Option<&(CompactString, Rule)>) -> String {
    let all = seen.incidents.len();
    let alone = seen.incidents.iter().filter(|it| it.went_by_itself()).count();
    match worst {
        None => "No incident opened in this time.".to_owned(),
        Some(_) if alone == 0 => format!("None of {all} incidents went by itself, untouched."),
        Some((name, rule)) => format!(
            "{alone} of {all} incidents went by themselves, untouched; most by the rule {name}: {} of {}.",
            rule.by_itself, rule.incidents
        ),
    }
}
