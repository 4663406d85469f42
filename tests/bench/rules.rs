//! What it costs to find the rules of an alert, by the number of rules.

use std::hint::black_box;
use std::time::Instant;

use warroom::domain::alert::Labels;
use warroom::domain::rules::Ruleset;

use super::table::{self, Rounds, row, short};

const ROUNDS: usize = 5;
const ALERTS: usize = 20_000;

pub(crate) fn run() {
    let mut rows = vec![row(["rules", "ns an alert", "over 10 rules", "ms to read the files"])];
    let mut ten = Rounds::default();
    for count in [10, 1_000, 100_000] {
        let texts = [("rules/all.toml".to_owned(), text(count))];
        let begin = Instant::now();
        let (rules, faults) = Ruleset::parse(&texts);
        let reading = begin.elapsed().as_secs_f64() * 1000.0;
        assert!(!faults.has_errors() && rules.len() == count);
        let alerts: Vec<Labels> = (0..ALERTS).map(|number| labels(number, count)).collect();
        let times = Rounds((0..ROUNDS).map(|_| nanoseconds(&rules, &alerts)).collect());
        if count == 10 {
            ten = times.clone();
        }
        rows.push(row([
            &count.to_string(),
            &times.spread(),
            &format!("{:.2}x", times.over(&ten)),
            &short(reading),
        ]));
    }
    table::print(
        "rules: routing one alert; nine rules of ten name a service, one has a regex",
        &rows,
    );
}

fn nanoseconds(rules: &Ruleset, alerts: &[Labels]) -> f64 {
    let begin = Instant::now();
    for labels in alerts {
        black_box(rules.route(black_box(labels)));
    }
    begin.elapsed().as_secs_f64() * 1e9 / ALERTS as f64
}

/// Each rule is about another service; every tenth takes the instances of one by a regex.
fn text(count: usize) -> String {
    let rule = |number: usize| {
        let matchers = if number % 10 == 9 {
            format!(r#"service="service-{number}", instance=~"db-[0-9]+""#)
        } else {
            format!(r#"service="service-{number}", severity!="info""#)
        };
        format!(
            "[[rule]]\nname = \"rule-{number}\"\nmatch = '{matchers}'\ngroup_by = [\"service\"]\nseverity = \"sev2\"\ntitle = \"{{{{ labels.service }}}}\"\n"
        )
    };
    (0..count).map(rule).collect()
}

fn labels(number: usize, rules: usize) -> Labels {
    // Spread, so that no cache holds the rules that are asked.
    let service = number.wrapping_mul(7_919) % rules;
    [
        ("alertname", "HighLatency".to_owned()),
        ("env", "prod".to_owned()),
        ("instance", format!("db-{number}")),
        ("service", format!("service-{service}")),
        ("severity", "critical".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value.into()))
    .collect()
}
