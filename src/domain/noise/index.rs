//! Which of many lists of matchers may match an alert, without trying all of them.
//!
//! Each list is filed under one of its matchers: under the rarest words that a label must have, or
//! under a regex that a label must match, or, where everything in it also matches a missing label,
//! under nothing. An alert asks one hash table a label and one set of regexes a name.
//! It refuses to decide: what it names must still be matched in full.

use std::collections::{BTreeMap, HashMap};

use compact_str::CompactString;
use regex::{RegexSet, RegexSetBuilder};

use crate::domain::alert::Labels;
use crate::domain::matcher::{Matcher, Matchers, Op};

/// The most memory that one set of regexes may take, in bytes; beyond it the lists are tried.
const MAX_SET_BYTES: usize = 16 << 20;

/// Finds lists by their place in the order in which they were given.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    words: HashMap<CompactString, HashMap<CompactString, Vec<usize>>>,
    regexes: HashMap<CompactString, Regexes>,
    always: Vec<usize>,
}

/// The lists that are filed under a regex on the same label.
#[derive(Debug, Clone)]
struct Regexes {
    /// As long as `places`; `None` where it would have been too large.
    set: Option<RegexSet>,
    places: Vec<usize>,
}

/// How often each word is demanded of each label.
type Demand<'m> = HashMap<(&'m str, &'m str), usize>;

impl Index {
    /// Files lists under what is rarest in each.
    pub(super) fn new<'m>(lists: impl Iterator<Item = &'m Matchers> + Clone) -> Self {
        let mut demand = Demand::new();
        for (name, word) in lists.clone().flatten().filter_map(demanded).flatten() {
            *demand.entry((name, word)).or_default() += 1;
        }
        let mut index = Self::default();
        let mut regexes: BTreeMap<&CompactString, Vec<(usize, String)>> = BTreeMap::new();
        for (place, matchers) in lists.enumerate() {
            if let Some(rarest) = rarest(matchers, &demand) {
                index.file(rarest, place);
            } else if let Some(matcher) = matchers.iter().find(|matcher| needs_regex(matcher)) {
                let anchored = format!("^(?:{})$", matcher.value());
                regexes.entry(matcher.name()).or_default().push((place, anchored));
            } else {
                index.always.push(place);
            }
        }
        index.regexes =
            regexes.into_iter().map(|(name, all)| (name.clone(), Regexes::new(all))).collect();
        index
    }

    /// The places of the lists that may match, in their order, each once.
    pub(super) fn candidates(&self, labels: &Labels) -> Vec<usize> {
        let mut places = self.always.clone();
        for (name, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
            if let Some(filed) = self.words.get(name).and_then(|words| words.get(value)) {
                places.extend_from_slice(filed);
            }
            if let Some(regexes) = self.regexes.get(name) {
                regexes.add_candidates(value, &mut places);
            }
        }
        places.sort_unstable();
        places
    }

    fn file(&mut self, matcher: &Matcher, place: usize) {
        let words = self.words.entry(matcher.name().clone()).or_default();
        for word in matcher.only_values().unwrap_or_default() {
            words.entry(word.clone()).or_default().push(place);
        }
    }
}

impl Regexes {
    fn new(all: Vec<(usize, String)>) -> Self {
        let (places, regexes): (Vec<usize>, Vec<String>) = all.into_iter().unzip();
        let set = RegexSetBuilder::new(&regexes).size_limit(MAX_SET_BYTES).build().ok();
        Self { set, places }
    }

    fn add_candidates(&self, value: &str, places: &mut Vec<usize>) {
        let Some(set) = &self.set else {
            places.extend_from_slice(&self.places);
            return;
        };
        let hits = set.matches(value);
        places.extend(hits.iter().filter_map(|hit| self.places.get(hit)));
    }
}

/// The words of a matcher, one of which the label must have.
fn demanded(matcher: &Matcher) -> Option<impl Iterator<Item = (&str, &str)>> {
    let words = matcher.only_values().filter(|_| !matcher.matches_value(""))?;
    Some(words.iter().map(|word| (matcher.name().as_str(), word.as_str())))
}

/// The matcher whose words are demanded by the fewest lists.
fn rarest<'m>(matchers: &'m Matchers, demand: &Demand<'_>) -> Option<&'m Matcher> {
    let cost = |matcher: &Matcher| -> Option<usize> {
        Some(demanded(matcher)?.filter_map(|word| demand.get(&word)).sum())
    };
    let costs = matchers.iter().filter_map(|matcher| Some((cost(matcher)?, matcher)));
    costs.min_by_key(|(cost, _)| *cost).map(|(_, matcher)| matcher)
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
