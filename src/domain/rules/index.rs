//! Finds the few rules that an alert may match, so that 100,000 rules cost little more than ten.
//!
//! Each rule is filed once, under the matcher that the fewest rules share: a value that a label
//! must have (`service="cms"`, and `service=~"cms|web"` under two), else a regex, which is asked
//! together with the other regexes of its label, else among those that are always tried.
//! It refuses to be exact: what it names is tried in full. What it does not name cannot match.

use std::collections::HashMap;
use std::sync::OnceLock;

use compact_str::CompactString;
use regex::{RegexSet, RegexSetBuilder};

use super::rule::Rule;
use crate::domain::alert::Labels;
use crate::domain::matcher::{Matcher, Op};

/// Patterns of one set: more make it slow to build, fewer make it slow to ask.
const CHUNK: usize = 256;
/// Bytes of one compiled set. A set that needs more is not used: its rules are tried one by one.
const SET_BYTES: usize = 1 << 26;

/// Where the rules are filed. Maps are only looked into, never walked, so their order is not seen.
#[derive(Debug, Default)]
pub(super) struct Index {
    values: HashMap<CompactString, HashMap<CompactString, Vec<u32>>>,
    patterns: Vec<Chunk>,
    always: Vec<u32>,
}

/// Some regexes of one label, compiled when the first alert asks.
#[derive(Debug)]
struct Chunk {
    label: CompactString,
    patterns: Vec<CompactString>,
    /// The rules of each pattern.
    rules: Vec<Vec<u32>>,
    set: OnceLock<Option<RegexSet>>,
}

/// How many rules want a label to have a value.
type Counts<'a> = HashMap<(&'a str, &'a str), usize>;

impl Index {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut counts = Counts::new();
        for (matcher, words) in rules.iter().flat_map(listed) {
            for word in words {
                *counts.entry((matcher.name(), word)).or_default() += 1;
            }
        }
        let mut index = Self::default();
        let mut open = HashMap::new();
        for (number, rule) in (0_u32..).zip(rules) {
            index.file(number, rule, &counts, &mut open);
        }
        index
    }

    fn file(
        &mut self,
        number: u32,
        rule: &Rule,
        counts: &Counts<'_>,
        open: &mut HashMap<CompactString, usize>,
    ) {
        let rarest = listed(rule).min_by_key(|(matcher, words)| {
            let shared =
                words.iter().map(|word| counts.get(&(matcher.name().as_str(), word.as_str())));
            shared.flatten().sum::<usize>()
        });
        if let Some((matcher, words)) = rarest {
            let values = self.values.entry(matcher.name().clone()).or_default();
            for word in words {
                values.entry(word.clone()).or_default().push(number);
            }
        } else if let Some(matcher) = rule.matchers.iter().find(|matcher| is_pattern(matcher)) {
            self.file_pattern(number, matcher, open);
        } else {
            self.always.push(number);
        }
    }

    /// `open` names the chunk of each label that still has room.
    fn file_pattern(
        &mut self,
        number: u32,
        matcher: &Matcher,
        open: &mut HashMap<CompactString, usize>,
    ) {
        let has_room = |place: &usize| {
            self.patterns.get(*place).is_some_and(|chunk| chunk.patterns.len() < CHUNK)
        };
        let place = open.get(matcher.name()).copied().filter(has_room);
        let place = place.unwrap_or_else(|| {
            let place = self.patterns.len();
            self.patterns.push(Chunk::new(matcher.name()));
            open.insert(matcher.name().clone(), place);
            place
        });
        if let Some(chunk) = self.patterns.get_mut(place) {
            chunk.add(number, matcher.value());
        }
    }

    /// The rules that may match, in their order, each once.
    pub(super) fn candidates(&self, labels: &Labels) -> Vec<u32> {
        let mut found = self.always.clone();
        for (name, value) in labels {
            if let Some(rules) = self.values.get(name).and_then(|values| values.get(value)) {
                found.extend(rules);
            }
        }
        for chunk in &self.patterns {
            if let Some(value) = labels.get(&chunk.label) {
                chunk.ask(value, &mut found);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Chunk {
    fn new(label: &CompactString) -> Self {
        let label = label.clone();
        Self { label, patterns: Vec::new(), rules: Vec::new(), set: OnceLock::new() }
    }

    fn add(&mut self, number: u32, pattern: &CompactString) {
        // Rules that stand together often share a pattern.
        if self.patterns.last() == Some(pattern) {
            self.rules.last_mut().into_iter().for_each(|rules| rules.push(number));
            return;
        }
        self.patterns.push(pattern.clone());
        self.rules.push(vec![number]);
    }

    fn ask(&self, value: &str, found: &mut Vec<u32>) {
        match self.set.get_or_init(|| self.compile()) {
            Some(set) => {
                let matched = set.matches(value);
                found.extend(matched.iter().filter_map(|place| self.rules.get(place)).flatten());
            }
            None => found.extend(self.rules.iter().flatten()),
        }
    }

    fn compile(&self) -> Option<RegexSet> {
        let anchored = self.patterns.iter().map(|pattern| format!("^(?:{pattern})$"));
        RegexSetBuilder::new(anchored).size_limit(SET_BYTES).build().ok()
    }
}

/// The matchers of a rule whose values can be listed and exclude the missing label.
fn listed(rule: &Rule) -> impl Iterator<Item = (&Matcher, &[CompactString])> {
    rule.matchers.iter().filter_map(|matcher| {
        let words = matcher.only_values()?;
        (!words.iter().any(|word| word.is_empty())).then_some((matcher, words))
    })
}

fn is_pattern(matcher: &Matcher) -> bool {
    matcher.op() == Op::Match && matcher.only_values().is_none() && !matcher.matches_value("")
}
