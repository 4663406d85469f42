//! Whether a list of matchers can hold at all, and whether one list says all that another says.
//!
//! Both questions are answered on the safe side: a regex is not taken apart, so that "cannot hold"
//! and "says as much" are only said where they are certain.

use compact_str::CompactString;

use super::all::Matchers;
use super::one::{Matcher, Op};

impl Matchers {
    /// Two matchers that no alert can fulfil at once, if there are such: `a="x"` and `a!="x"`.
    #[must_use]
    pub fn contradiction(&self) -> Option<(&Matcher, &Matcher)> {
        let same = |one: &&Matcher, other: &&Matcher| one.name() == other.name();
        self.iter().find_map(|one| {
            let words = one.only_values()?;
            let mut others = self.iter().filter(|other| same(&one, other));
            let other = others.find(|other| !words.iter().any(|word| other.matches_value(word)))?;
            Some((one, other))
        })
    }

    /// Whether every alert that fulfils these also fulfils `other`. Never wrongly true.
    #[must_use]
    pub fn imply(&self, other: &Self) -> bool {
        other.iter().all(|wanted| self.imply_one(wanted))
    }

    fn imply_one(&self, wanted: &Matcher) -> bool {
        let on_label: Vec<&Matcher> =
            self.iter().filter(|matcher| matcher.name() == wanted.name()).collect();
        if on_label.is_empty() {
            // Any value may stand there: only what refuses no value is fulfilled.
            return is_always(wanted);
        }
        on_label.iter().any(|given| implies(given, wanted))
    }
}

/// `a=~".*"` and the like, as people write it.
fn is_always(matcher: &Matcher) -> bool {
    matcher.op() == Op::Match && matcher.value() == ".*"
}

fn implies(given: &Matcher, wanted: &Matcher) -> bool {
    if given == wanted || is_always(wanted) {
        return true;
    }
    if let Some(words) = given.only_values() {
        return words.iter().all(|word| wanted.matches_value(word));
    }
    // What a regex may match is not known, but what it does not match is.
    let refuses = |word: &CompactString| !given.matches_value(word);
    match wanted.op() {
        Op::NotEqual => refuses(wanted.value()),
        Op::Match => matches!(wanted.value().as_str(), ".+") && !given.matches_value(""),
        Op::Equal | Op::NotMatch => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Matchers {
        Matchers::parse(text).unwrap()
    }

    #[test]
    fn what_cannot_hold_is_found() {
        for text in [
            r#"a="x", a="y""#,
            r#"a="x", a!="x""#,
            r#"a="x", b="1", a=~"y|z""#,
            r#"a=~"x|y", a!~"x|y|z""#,
        ] {
            assert!(list(text).contradiction().is_some(), "{text}");
        }
        for text in [r#"a="x", b="y""#, r#"a=~"x|y", a!="x""#, r#"a=~"x.*", a!="x""#] {
            assert!(list(text).contradiction().is_none(), "{text}");
        }
    }

    #[test]
    fn a_narrower_list_implies_a_wider_one() {
        for (narrow, wide) in [
            (r#"a="x", b="y""#, r#"a="x""#),
            (r#"a="x""#, r#"a=~"x|y""#),
            (r#"a=~"x|y""#, r#"a=~"x|y|z""#),
            (r#"a="x""#, r#"a!="y""#),
            (r#"a=~"x.*""#, r#"a!="y""#),
            (r#"a=~"x.+""#, r#"a=~".+""#),
            (r#"a="x""#, r#"b=~".*""#),
        ] {
            assert!(list(narrow).imply(&list(wide)), "{narrow} implies {wide}");
        }
        for (one, other) in [
            (r#"a="x""#, r#"a="x", b="y""#),
            (r#"a=~"x|y""#, r#"a="x""#),
            (r#"a=~"x.*""#, r#"a=~"x.+""#),
            (r#"b="y""#, r#"a!="x""#),
            (r#"a!="x""#, r#"a="y""#),
        ] {
            assert!(!list(one).imply(&list(other)), "{one} does not imply {other}");
        }
    }
}
