//! An alert that a rule is about, made from what the rule says.

use compact_str::{CompactString, format_compact};

use crate::domain::alert::Labels;
use crate::domain::matcher::Matcher;
use crate::domain::rules::Rule;

/// What is tried where a regex does not list its words.
const WORDS: [&str; 8] = ["some", "a", "1", "web-1", "prod", "critical", "10.0.0.1:80", "A"];

/// Labels that every matcher of a rule accepts, as far as such can be guessed, with a value for each
/// label that it groups by.
#[must_use]
pub fn sample(rule: &Rule) -> Labels {
    let mut labels = Labels::new();
    for matcher in &rule.matchers {
        if matcher.matches_value(labels.get(matcher.name()).map_or("", |value| value)) {
            continue;
        }
        if let Some(value) = guess(matcher) {
            labels.insert(matcher.name().clone(), value);
        }
    }
    for name in rule.group_by.iter().filter(|name| *name != "...") {
        let value = format_compact!("some-{name}");
        let fits = |matcher: &Matcher| matcher.name() != name || matcher.matches_value(&value);
        if !labels.contains_key(name) && rule.matchers.iter().all(fits) {
            labels.insert(name.clone(), value);
        }
    }
    labels
}

fn guess(matcher: &Matcher) -> Option<CompactString> {
    let listed = matcher.only_values().unwrap_or_default().iter().find(|word| !word.is_empty());
    let plain: CompactString =
        matcher.value().chars().filter(|c| c.is_alphanumeric() || "_-:".contains(*c)).collect();
    let guesses = listed.cloned().into_iter().chain([plain]).chain(WORDS.map(CompactString::from));
    let mut fitting = guesses.filter(|value| matcher.matches_value(value));
    fitting.next()
}
