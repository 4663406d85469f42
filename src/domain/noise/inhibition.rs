//! Alerts that make others redundant: `HostDown` on a host inhibits everything else on it.
//!
//! Which alerts fire is in the brain, so a rule is turned into hashes: an alert on the source side
//! is filed under [`Inhibitions::source_keys`], and an alert on the target side is inhibited while
//! any firing alert is filed under one of its [`Inhibitions::target_keys`].
//!
//! Alertmanager's rule for alerts on both sides is part of the hashes: such an alert is inhibited
//! only by alerts that are on the source side alone. So no alert inhibits itself, and two that are
//! both on both sides do not silence each other. Each source alert is filed under a hash for
//! everybody and, if it is on the source side alone, under a second one that alerts on both sides
//! look for.
//! Labels that are missing on both sides are equal, as in Alertmanager.
//!
//! It refuses to know which alerts fire.

use compact_str::CompactString;

use crate::domain::alert::Labels;
use crate::domain::ids::Fnv;
use crate::domain::incident::RuleRef;
use crate::domain::matcher::{Index, Matchers};

/// Ends each part of a hash, so that `ab` + `c` is not `a` + `bc`.
const SEPARATOR: &[u8] = &[0xff];

/// One inhibition rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inhibition {
    /// Its name, which is part of what is stored, and where it stands.
    pub rule: RuleRef,
    /// The alerts that inhibit.
    pub source: Matchers,
    /// The alerts that are inhibited.
    pub target: Matchers,
    /// The labels in which both must agree.
    pub equal: Vec<CompactString>,
}

/// Which source alerts a hash stands for.
#[derive(Debug, Clone, Copy)]
enum Side {
    /// All of them: looked for by alerts on the target side alone.
    Any,
    /// Those that are not on the target side too: looked for by alerts on both sides.
    SourceOnly,
}

/// All inhibition rules, with an index: the cost for one alert hardly grows with their number.
#[derive(Debug, Clone, Default)]
pub struct Inhibitions {
    rules: Vec<Inhibition>,
    sources: Index,
    targets: Index,
}

impl Inhibitions {
    /// Prepares the rules, in their order.
    #[must_use]
    pub fn new(rules: Vec<Inhibition>) -> Self {
        let sources = Index::new(rules.iter().map(|rule| &rule.source));
        let targets = Index::new(rules.iter().map(|rule| &rule.target));
        Self { rules, sources, targets }
    }

    /// The rules in their order; [`Self::target_keys`] names them by their place here.
    #[must_use]
    pub fn rules(&self) -> &[Inhibition] {
        &self.rules
    }

    /// The hashes under which this alert inhibits while it fires; none where it inhibits nothing.
    #[must_use]
    pub fn source_keys(&self, labels: &Labels) -> Vec<u64> {
        let mut keys = Vec::new();
        for rule in self.sources.candidates(labels).into_iter().filter_map(|at| self.rules.get(at))
        {
            if !rule.source.matches(labels) {
                continue;
            }
            keys.push(rule.key(Side::Any, labels));
            if !rule.target.matches(labels) {
                keys.push(rule.key(Side::SourceOnly, labels));
            }
        }
        keys
    }

    /// The hashes that inhibit this alert if a firing alert is filed under them, each with the
    /// place of its rule.
    #[must_use]
    pub fn target_keys(&self, labels: &Labels) -> Vec<(usize, u64)> {
        let mut keys = Vec::new();
        for place in self.targets.candidates(labels) {
            let Some(rule) = self.rules.get(place).filter(|rule| rule.target.matches(labels))
            else {
                continue;
            };
            let both = rule.source.matches(labels);
            let side = if both { Side::SourceOnly } else { Side::Any };
            keys.push((place, rule.key(side, labels)));
        }
        keys
    }
}

impl Inhibition {
    /// What is stored: never change how it is computed.
    fn key(&self, side: Side, labels: &Labels) -> u64 {
        let side: &[u8] = match side {
            Side::Any => b"any",
            Side::SourceOnly => b"source-only",
        };
        let start = Fnv::default().with(self.rule.name.as_bytes()).with(SEPARATOR);
        let hash = self.equal.iter().fold(start.with(side).with(SEPARATOR), |hash, name| {
            let value = labels.get(name).map_or("", CompactString::as_str);
            hash.with(name.as_bytes()).with(SEPARATOR).with(value.as_bytes()).with(SEPARATOR)
        });
        hash.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(name: &str, source: &str, target: &str, equal: &[&str]) -> Inhibition {
        Inhibition {
            rule: RuleRef { name: name.into(), file: "rules/a.toml".into(), line: 1 },
            source: Matchers::parse(source).unwrap(),
            target: Matchers::parse(target).unwrap(),
            equal: equal.iter().map(|name| (*name).into()).collect(),
        }
    }

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn inhibits(rules: &Inhibitions, source: &Labels, target: &Labels) -> bool {
        let filed = rules.source_keys(source);
        rules.target_keys(target).iter().any(|(_, key)| filed.contains(key))
    }

    /// Alertmanager's `InhibitRule`, read aloud.
    fn by_the_book(rule: &Inhibition, source: &Labels, target: &Labels) -> bool {
        let empty = CompactString::default();
        let equal = |name| source.get(name).unwrap_or(&empty) == target.get(name).unwrap_or(&empty);
        let two_sided = rule.source.matches(target) && rule.target.matches(source);
        rule.source.matches(source)
            && rule.target.matches(target)
            && rule.equal.iter().all(equal)
            && !two_sided
    }

    #[test]
    fn a_dead_host_inhibits_what_runs_on_it() {
        let rules = Inhibitions::new(vec![rule(
            "host-down",
            "alertname=HostDown",
            "alertname!=HostDown",
            &["host"],
        )]);
        let down = labels(&[("alertname", "HostDown"), ("host", "a")]);
        assert!(inhibits(&rules, &down, &labels(&[("alertname", "Slow"), ("host", "a")])));
        assert!(!inhibits(&rules, &down, &labels(&[("alertname", "Slow"), ("host", "b")])));
        assert!(!inhibits(&rules, &down, &down));
        let nowhere = labels(&[("alertname", "HostDown")]);
        assert!(inhibits(&rules, &nowhere, &labels(&[("alertname", "Slow"), ("host", "")])));
    }

    #[test]
    fn an_alert_on_both_sides_never_inhibits_itself() {
        let rules = Inhibitions::new(vec![rule("r", "a=~\"1|2\"", "a=~\"2|3\"", &[])]);
        let [one, two, three] = ["1", "2", "3"].map(|value| labels(&[("a", value)]));
        assert!(!inhibits(&rules, &two, &two));
        assert!(inhibits(&rules, &one, &two));
        assert!(inhibits(&rules, &two, &three));
        assert!(!inhibits(&rules, &three, &two));
    }

    #[test]
    fn the_hash_is_stored_and_never_changes() {
        let rules = Inhibitions::new(vec![rule("r", "a=1", "a=2", &["b", "c"])]);
        let keys = rules.source_keys(&labels(&[("a", "1"), ("b", "x")]));
        insta::assert_snapshot!(format!("{keys:x?}"), @"[3fc222f178c75aca, 7e6f1f30231cb55e]");
    }

    fn label_set() -> impl Strategy<Value = Labels> {
        prop::collection::btree_map("[abc]", "[xy]{0,1}", 0..4).prop_map(|pairs| {
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
        })
    }

    fn matchers() -> impl Strategy<Value = String> {
        let values = prop::sample::select(vec!["", "x", "x|y", ".+", "x|"]);
        let ops = prop::sample::select(vec!["=", "!=", "=~", "!~"]);
        let one =
            ("[abc]", ops, values).prop_map(|(name, op, value)| format!("{name}{op}\"{value}\""));
        prop::collection::vec(one, 1..3).prop_map(|all| all.join(","))
    }

    proptest! {
        #[test]
        fn the_hashes_say_what_alertmanager_says(
            source in matchers(), target in matchers(), equal in prop::sample::subsequence(vec!["a", "b", "d"], 0..3),
            one in label_set(), two in label_set(),
        ) {
            let rule = rule("r", &source, &target, &equal);
            let rules = Inhibitions::new(vec![rule.clone()]);
            prop_assert_eq!(inhibits(&rules, &one, &two), by_the_book(&rule, &one, &two));
            prop_assert!(!inhibits(&rules, &one, &one));
        }
    }
}
