//! Rule files, and the index against asking every rule in turn.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::domain::alert::Labels;
use warroom::domain::matcher::Matcher;
use warroom::domain::rules::Ruleset;
use warroom_fuzz::{labels, text};

/// Rules of one input whose own labels are asked.
const RULES: usize = 16;

fuzz_target!(|input: &[u8]| {
    let Some(text) = text(input) else { return };
    let files = [("rules/fuzz.toml".to_owned(), text.to_owned())];
    let (rules, faults) = Ruleset::parse(&files);
    let (again, same) = Ruleset::parse(&files);
    assert_eq!(faults, same);
    assert!(rules.iter().eq(again.iter()), "the same text gives other rules");
    for fault in faults.iter() {
        assert!(!fault.to_string().trim().is_empty());
        assert!(fault.place.line() >= 1);
    }
    assert_eq!(faults.has_errors(), !faults.is_empty() && faults.to_string().contains("error"));
    for rule in rules.iter().take(RULES) {
        let own: Labels = labels(rule.matchers.iter().map(|matcher| (matcher.name().as_str(), word(matcher))));
        routes_like_a_walk(&rules, &own);
        let turned = own.iter().map(|(name, value)| (name.clone(), value.chars().rev().collect()));
        routes_like_a_walk(&rules, &turned.collect());
    }
    routes_like_a_walk(&rules, &labels([("alertname", "Up"), ("severity", "critical"), ("service", "cms")]));
});

/// A value that the matcher probably takes.
fn word(matcher: &Matcher) -> &str {
    matcher.value().split(['|', '(', '.', '[']).next().unwrap_or_default()
}

fn routes_like_a_walk(rules: &Ruleset, labels: &Labels) {
    let route = rules.route(labels);
    assert_eq!(route, rules.route(labels));
    let mut matched = rules.iter().filter(|rule| rule.matchers.matches(labels));
    let told: Vec<bool> = rules.explain(labels).iter().map(|tried| tried.matched).collect();
    assert!(rules.iter().map(|rule| rule.matchers.matches(labels)).eq(told), "`why` says otherwise");
    let first = matched.next();
    let owner = route.owner.and_then(|id| rules.rule(id));
    assert_eq!(owner, first, "{labels:?}");
    let mut goes_on = first.is_some_and(|rule| rule.goes_on);
    let mut also = Vec::new();
    while goes_on && let Some(rule) = matched.next() {
        also.push(rule);
        goes_on = rule.goes_on;
    }
    let told: Vec<_> = route.also.iter().filter_map(|id| rules.rule(*id)).collect();
    assert_eq!(told, also, "{labels:?}");
}
