//! Which of many lists of matchers may match an alert, without trying all of them.
//!
//! Each list is filed under one of its matchers: under the rarest words that a label must have, or
//! under a regex that a label must match, or, where everything in it also matches a missing label,
//! under nothing. An alert asks one hash table a label, and the sets of regexes of its labels.
//! It refuses to decide: what it names must still be matched in full. What it does not name cannot
//! match.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use compact_str::CompactString;
use regex::{RegexSet, RegexSetBuilder};

use super::all::Matchers;
use super::one::{Matcher, Op};
use crate::domain::alert::Labels;

/// Regexes of one set: more make it slow to build, fewer make many sets to ask.
const CHUNK: usize = 256;
/// The most memory that one set may take, in bytes; beyond it its lists are tried one by one.
const MAX_SET_BYTES: usize = 16 << 20;

/// Finds lists by their place in the order in which they were given. Its hash maps are only looked
/// into, never walked.
#[derive(Debug, Clone, Default)]
pub struct Index {
    words: HashMap<CompactString, HashMap<CompactString, Places>>,
    regexes: HashMap<CompactString, Vec<Regexes>>,
    always: Vec<usize>,
}

/// The lists that are filed under one word: nearly always one, which then lies in the table itself.
#[derive(Debug, Clone)]
struct Places {
    first: usize,
    more: Vec<usize>,
}

/// Some lists that are filed under a regex on the same label.
#[derive(Debug, Clone)]
struct Regexes {
    /// `None` where it would have been too large.
    set: Option<RegexSet>,
    /// The lists of each regex of the set.
    places: Vec<Vec<usize>>,
}

/// How often each word is demanded of each label.
type Demand<'m> = HashMap<(&'m str, &'m str), usize>;

/// Lists by label and regex, so that each regex is compiled once.
type Waiting<'m> = BTreeMap<&'m CompactString, BTreeMap<&'m str, Vec<usize>>>;

impl Index {
    /// Files lists under what is rarest in each.
    #[must_use]
    pub fn new<'m>(lists: impl Iterator<Item = &'m Matchers> + Clone) -> Self {
        let mut demand = Demand::new();
        for (matcher, words) in lists.clone().flat_map(demanded) {
            for word in words {
                *demand.entry((matcher.name(), word)).or_default() += 1;
            }
        }
        let mut index = Self::default();
        let mut waiting = Waiting::new();
        for (place, matchers) in lists.enumerate() {
            if let Some((matcher, words)) = rarest(matchers, &demand) {
                index.file(matcher, words, place);
            } else if let Some(matcher) = matchers.iter().find(|matcher| needs_regex(matcher)) {
                let regexes = waiting.entry(matcher.name()).or_default();
                regexes.entry(matcher.value()).or_default().push(place);
            } else {
                index.always.push(place);
            }
        }
        let compiled = waiting.into_iter().map(|(name, all)| (name.clone(), Regexes::chunks(all)));
        index.regexes = compiled.collect();
        index
    }

    /// The places of the lists that may match, in their order, each once.
    #[must_use]
    pub fn candidates(&self, labels: &Labels) -> Vec<usize> {
        let mut places = self.always.clone();
        for (name, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
            if let Some(filed) = self.words.get(name).and_then(|words| words.get(value)) {
                places.push(filed.first);
                places.extend_from_slice(&filed.more);
            }
            for regexes in self.regexes.get(name).into_iter().flatten() {
                regexes.add_candidates(value, &mut places);
            }
        }
        places.sort_unstable();
        places
    }

    fn file(&mut self, matcher: &Matcher, words: &[CompactString], place: usize) {
        let filed = self.words.entry(matcher.name().clone()).or_default();
        for word in words {
            match filed.entry(word.clone()) {
                Entry::Occupied(mut here) => here.get_mut().more.push(place),
                Entry::Vacant(free) => drop(free.insert(Places { first: place, more: Vec::new() })),
            }
        }
    }
}

impl Regexes {
    fn chunks(all: BTreeMap<&str, Vec<usize>>) -> Vec<Self> {
        let all: Vec<(&str, Vec<usize>)> = all.into_iter().collect();
        all.chunks(CHUNK).map(Self::new).collect()
    }

    fn new(chunk: &[(&str, Vec<usize>)]) -> Self {
        let anchored = chunk.iter().map(|(regex, _)| format!("^(?:{regex})$"));
        let set = RegexSetBuilder::new(anchored).size_limit(MAX_SET_BYTES).build().ok();
        Self { set, places: chunk.iter().map(|(_, places)| places.clone()).collect() }
    }

    fn add_candidates(&self, value: &str, places: &mut Vec<usize>) {
        let Some(set) = &self.set else {
            places.extend(self.places.iter().flatten());
            return;
        };
        let hits = set.matches(value);
        places.extend(hits.iter().filter_map(|hit| self.places.get(hit)).flatten());
    }
}

/// The matchers of a list that demand one of some words.
fn demanded(matchers: &Matchers) -> impl Iterator<Item = (&Matcher, &[CompactString])> {
    matchers.iter().filter_map(|matcher| {
        let words = matcher.only_values()?;
        (!words.iter().any(|word| word.is_empty())).then_some((matcher, words))
    })
}

/// Of those, the one that the fewest lists share.
fn rarest<'m>(
    matchers: &'m Matchers,
    demand: &Demand<'m>,
) -> Option<(&'m Matcher, &'m [CompactString])> {
    demanded(matchers).min_by_key(|(matcher, words)| {
        let shared = words.iter().map(|word| demand.get(&(matcher.name().as_str(), word.as_str())));
        shared.flatten().sum::<usize>()
    })
}

/// Whether a label must be there and match a regex.
fn needs_regex(matcher: &Matcher) -> bool {
    matcher.op() == Op::Match && !matcher.matches_value("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lists(texts: &[String]) -> Vec<Matchers> {
        texts.iter().map(|text| Matchers::parse(text).unwrap()).collect()
    }

    #[test]
    fn an_alert_meets_few_of_many_lists() {
        let by_word = (0..1000).map(|n| format!("severity=critical, service=s{n}"));
        let by_regex = (0..200).map(|n| format!("instance=~\"db{n}-.*\""));
        let lists = lists(&by_word.chain(by_regex).collect::<Vec<_>>());
        let index = Index::new(lists.iter());
        let labels = [("severity", "critical"), ("service", "s7"), ("instance", "db3-eu")];
        let labels = labels.map(|(name, value)| (name.into(), value.into())).into();
        assert_eq!(index.candidates(&labels), [7, 1003]);
    }

    fn matcher() -> impl Strategy<Value = String> {
        let ops = prop::sample::select(vec!["=", "!=", "=~", "!~"]);
        let values = prop::sample::select(vec!["", "x", "y", "x|y", "x.*", ".+", "x|", ".*"]);
        ("[abc]", ops, values).prop_map(|(name, op, value)| format!("{name}{op}\"{value}\""))
    }

    proptest! {
        #[test]
        fn nothing_that_matches_is_missed(
            texts in prop::collection::vec(prop::collection::vec(matcher(), 1..4), 0..12),
            labels in prop::collection::btree_map("[abc]", "[xy]{0,2}", 0..4),
        ) {
            let lists = lists(&texts.iter().map(|list| list.join(",")).collect::<Vec<_>>());
            let labels = labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
            let candidates = Index::new(lists.iter()).candidates(&labels);
            prop_assert!(candidates.windows(2).all(|pair| pair[0] < pair[1]));
            for (place, matchers) in lists.iter().enumerate() {
                prop_assert!(!matchers.matches(&labels) || candidates.contains(&place));
            }
        }
    }
}
