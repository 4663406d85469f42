//! The few things that a suite does, as its author writes them.

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

use crate::adapters::actions::Fault;

/// Steps of one suite: it is a check, not a program.
pub(super) const STEPS_MAX: usize = 50;

/// One step, with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Goes to an address of the site.
    Open(Url),
    /// Presses what a CSS selector finds.
    Click(String),
    /// Types a value into what a CSS selector finds.
    Type { value: String, into: String },
    /// Waits until the page says this.
    Expect(String),
    /// Takes a picture.
    Screenshot,
}

/// A step and the words that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) step: Step,
    words: String,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.words)
    }
}

/// Reads all steps, before the first is done.
pub(super) fn read(
    steps: &[String],
    site: &Url,
    values: &BTreeMap<&str, &str>,
) -> Result<Vec<Written>, Fault> {
    if steps.is_empty() || steps.len() > STEPS_MAX {
        return Err(Fault::Refused(format!("`steps` are not 1 to {STEPS_MAX}")));
    }
    let one = |words: &String| {
        let step = step(words.trim(), site, values).ok_or_else(|| {
            Fault::Refused(format!("{words:?} is no step of a browser, or its value is missing"))
        })?;
        Ok(Written { step, words: words.clone() })
    };
    steps.iter().map(one).collect()
}

fn step(words: &str, site: &Url, values: &BTreeMap<&str, &str>) -> Option<Step> {
    let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
    let rest = rest.trim();
    if verb == "screenshot" {
        return rest.is_empty().then_some(Step::Screenshot);
    }
    if rest.is_empty() {
        return None;
    }
    Some(match verb {
        "open" => Step::Open(below(site, rest)?),
        "click" => Step::Click(rest.to_owned()),
        "expect" => Step::Expect(rest.to_owned()),
        "type" => {
            let (name, into) = rest.split_once(" into ")?;
            Step::Type { value: (*values.get(name)?).to_owned(), into: into.to_owned() }
        }
        _ => return None,
    })
}

/// An address of the site; nothing leads to another one.
fn below(site: &Url, path: &str) -> Option<Url> {
    let url = site.join(path).ok()?;
    (path.starts_with('/') && url.origin() == site.origin()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(words: &str) -> Result<Step, Fault> {
        let site = Url::parse("https://shop.example.org/").unwrap();
        let values = BTreeMap::from([("query", "a into b; open /x")]);
        read(&[words.to_owned()], &site, &values).map(|mut all| all.remove(0).step)
    }

    #[test]
    fn a_value_is_typed_and_never_read_as_a_step() {
        let (value, into) = ("a into b; open /x".to_owned(), "#q input".to_owned());
        assert_eq!(one("type query into #q input"), Ok(Step::Type { value, into }));
    }

    #[test]
    fn other_sites_and_unknown_words_are_refused() {
        let bad = [
            "open https://evil.example/",
            "open //evil.example/",
            "open /\\evil.example/",
            "open",
            "type password into #p",
            "run alert(1)",
            "screenshot /etc/passwd",
        ];
        for words in bad {
            assert!(matches!(one(words), Err(Fault::Refused(_))), "{words}");
        }
        assert!(matches!(one("open /login?next=/"), Ok(Step::Open(_))));
    }
}
