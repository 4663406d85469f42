//! Matchers as Alertmanager has written them over the years.

use std::sync::LazyLock;

use regex::Regex;

use super::yaml::{Lost, Map, Yaml};
use crate::domain::matcher::{Matcher, Matchers, Op};

/// Alertmanager's first syntax: what stands behind the operator is the value, whatever it is
/// (<https://github.com/prometheus/alertmanager/blob/main/pkg/labels/parse.go>).
static CLASSIC: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s)^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$").ok()
});

/// The keys under which one side of a route or an inhibition has its matchers.
pub(super) struct Keys {
    pub(super) equal: &'static str,
    pub(super) regex: &'static str,
    pub(super) list: &'static str,
}

/// All matchers under some keys. None when one of them cannot be read, which is said: whatever has
/// them must not be carried over, for it would match more than it should.
pub(super) fn read(map: &mut Map<'_>, keys: &Keys, lost: &mut Lost) -> Option<Vec<Matcher>> {
    let mut found = Some(Vec::new());
    for (key, op) in [(keys.equal, Op::Equal), (keys.regex, Op::Match)] {
        for (label, value) in map.get(key).map(Yaml::entries).unwrap_or_default() {
            let matcher = Matcher::new(label.as_str(), op, value.text().unwrap_or_default());
            push(
                &mut found,
                matcher.map(|it| vec![it]).map_err(|bad| bad.to_string()),
                value,
                lost,
            );
        }
    }
    for yaml in map.get(keys.list).map(Yaml::items).unwrap_or_default() {
        let text = yaml.text().unwrap_or_default();
        push(&mut found, parse(text), yaml, lost);
    }
    found
}

fn push(
    all: &mut Option<Vec<Matcher>>,
    read: Result<Vec<Matcher>, String>,
    at: &Yaml,
    lost: &mut Lost,
) {
    match (read, all.as_mut()) {
        (Ok(read), Some(all)) => all.extend(read.into_iter().filter(|it| !is_always(it))),
        (Ok(_), None) => {}
        (Err(why), _) => {
            lost.add(at.line, format!("this matcher cannot be read: {why}"));
            *all = None;
        }
    }
}

/// What everything matches says nothing.
fn is_always(matcher: &Matcher) -> bool {
    matcher.op() == Op::Match && matcher.value() == ".*"
}

/// One line of matchers, in the new syntax or in the old one.
pub(super) fn parse(text: &str) -> Result<Vec<Matcher>, String> {
    let bad = match Matchers::parse(text) {
        Ok(matchers) => return Ok(matchers.iter().cloned().collect()),
        Err(bad) => bad.to_string(),
    };
    classic(text).map_or(Err(bad), |one| Ok(vec![one]))
}

fn classic(text: &str) -> Option<Matcher> {
    let parts = CLASSIC.as_ref()?.captures(text)?;
    let (name, op, value) =
        (parts.get(1)?.as_str(), parts.get(2)?.as_str(), parts.get(3)?.as_str());
    let op = Op::ALL.into_iter().find(|known| known.text() == op)?;
    let value = value.strip_prefix('"').map_or(value, |it| it.strip_suffix('"').unwrap_or(it));
    let mut plain = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, false) => plain.push(letter),
            (_, true) => match letters.next() {
                Some('n') => plain.push('\n'),
                Some(quoted @ ('"' | '\\')) => plain.push(quoted),
                Some(other) => plain.extend(['\\', other]),
                None => plain.push('\\'),
            },
        }
    }
    Matcher::new(name, op, plain).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn shown(text: &str) -> String {
        let read = parse(text).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        read.map_or_else(|why| why, |all| all.join(" "))
    }

    #[test]
    fn both_syntaxes_are_read() {
        for (text, wanted) in [
            ("severity=critical", r#"severity="critical""#),
            (r#"{a="b", c=~"d|e"}"#, r#"a="b" c=~"d|e""#),
            ("service=~^(foo|bar{2})$", r#"service=~"^(foo|bar{2})$""#),
            (r#"path != "a\"b\\d""#, r#"path!="a\"b\\d""#),
            ("name = two words", r#"name="two words""#),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
        assert!(parse("nothing").is_err());
    }
}
