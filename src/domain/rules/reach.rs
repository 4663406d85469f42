//! Rules that no alert can ever reach: warnings for their authors.

use std::collections::HashMap;

use compact_str::CompactString;

use super::rule::Rule;
use super::ruleset::Named;
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::matcher::Matchers;

/// Warns of rules that cannot match, and of rules whose alerts an earlier one always takes.
///
/// Earlier rules are filed under one word that they demand, and asked only where a later rule demands
/// it too, so that 10 000 rules do not cost 50 million comparisons.
pub(super) fn warn(rules: &[(Named, Rule)], out: &mut Diagnostics) {
    let mut filed = Filed::default();
    for (place, (named, rule)) in rules.iter().enumerate() {
        if let Some((one, other)) = rule.matchers.contradiction() {
            let fault = format!("the rule `{}` can never match an alert", named.name);
            let help = format!("no alert has both {one} and {other}: take one of them away");
            out.push(Diagnostic::warning(&named.place, fault).label("never matches").help(help));
            continue;
        }
        let earlier = filed.candidates(&rule.matchers).filter_map(|place| rules.get(place));
        let taker = earlier.into_iter().find(|(_, earlier)| rule.matchers.imply(&earlier.matchers));
        if let Some((taker, _)) = taker {
            let fault = format!("the rule `{}` never gets an alert", named.name);
            let help = format!(
                "put it before `{}`, or give that one `continue = true` so that this one adds its notifications",
                taker.name
            );
            let warning = Diagnostic::warning(&named.place, fault)
                .label("an earlier rule takes everything that this one matches")
                .see(&taker.place, "this one")
                .help(help);
            out.push(warning);
        }
        // One that goes on takes nothing away.
        if !rule.goes_on {
            filed.add(&rule.matchers, place);
        }
    }
}

/// Earlier rules by a word that each of them demands. The map is only looked into, never walked.
#[derive(Debug, Default)]
struct Filed {
    by_word: HashMap<(CompactString, CompactString), Vec<usize>>,
    others: Vec<usize>,
}

impl Filed {
    fn add(&mut self, matchers: &Matchers, place: usize) {
        let key = matchers.iter().find_map(|matcher| {
            let [word] = matcher.only_values()? else { return None };
            Some((matcher.name().clone(), word.clone()))
        });
        match key {
            Some(key) => self.by_word.entry(key).or_default().push(place),
            None => self.others.push(place),
        }
    }

    /// A rule that demands one word can only take what demands just that word.
    fn candidates(&self, matchers: &Matchers) -> impl Iterator<Item = usize> {
        let mut places = self.others.clone();
        for matcher in matchers.iter() {
            let Some([word]) = matcher.only_values() else { continue };
            let key = (matcher.name().clone(), word.clone());
            places.extend(self.by_word.get(&key).into_iter().flatten());
        }
        places.sort_unstable();
        places.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::rules::Ruleset;

    fn said(rules: &[&str]) -> String {
        let text: String = rules
            .iter()
            .enumerate()
            .map(|(number, rule)| format!("[[rule]]\nname = \"r{number}\"\n{rule}\n"))
            .collect();
        let (_, out) = Ruleset::parse(&[("rules/it.toml".to_owned(), text)]);
        out.to_string()
    }

    #[test]
    fn a_rule_behind_a_wider_one_is_warned_of() {
        let said = said(&[r#"match = 'a="x"'"#, r#"match = 'a="x", b="y"'"#]);
        assert!(said.contains("`r1` never gets an alert"), "{said}");
        assert!(said.contains("continue = true"), "{said}");
    }

    #[test]
    fn a_wider_one_that_goes_on_takes_nothing() {
        let rules = ["match = 'a=\"x\"'\ncontinue = true", r#"match = 'a="x", b="y"'"#];
        assert_eq!(said(&rules), "");
        assert_eq!(said(&[r#"match = 'a="x", b="y"'"#, r#"match = 'a="x"'"#]), "");
    }

    #[test]
    fn a_rule_that_cannot_match_is_warned_of_with_both_matchers() {
        let said = said(&[r#"match = 'a="x", b="1", a!="x"'"#]);
        assert!(said.contains("can never match"), "{said}");
        assert!(said.contains(r#"a="x""#) && said.contains(r#"a!="x""#), "{said}");
    }

    #[test]
    fn ten_thousand_rules_are_compared_by_their_words_alone() {
        let rules: Vec<String> = (0..10_000)
            .map(|n| format!("match = 'service=\"s{n}\", severity!=\"info\"'"))
            .collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        assert_eq!(said(&rules), "");
    }
}
