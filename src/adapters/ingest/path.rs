//! The small language of paths into JSON: `a.b[0].c`, `items[]`, `"a key.with dots"`.
//!
//! A path starts at the alert, or with `$` at the whole body. `[]` (or `[*]`) means each item. A
//! path that ends in `?` may lead nowhere. `='text'` is no path but the text itself. It refuses
//! filters, slices and arithmetic: what needs them is mapped by the sender.

use std::fmt;

use compact_str::CompactString;
use serde::Deserialize;
use serde_json::Value;

/// Steps of one path: more is a mistake.
const STEPS: usize = 32;

/// A path, or a text that stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "CompactString")]
pub enum Source {
    /// Always this text.
    Text(CompactString),
    /// What stands there.
    Path(Path),
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "CompactString")]
pub struct Path {
    text: CompactString,
    from_root: bool,
    is_optional: bool,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(CompactString),
    Item(usize),
    Each,
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path:?} is not a path at {rest:?}: write it like a.b[0].c, items[] or ='text'")]
pub struct BadPath {
    path: String,
    rest: String,
}

impl TryFrom<CompactString> for Source {
    type Error = BadPath;

    fn try_from(text: CompactString) -> Result<Self, BadPath> {
        match text.strip_prefix("='").and_then(|rest| rest.strip_suffix('\'')) {
            Some(literal) => Ok(Self::Text(literal.into())),
            None => Path::try_from(text).map(Self::Path),
        }
    }
}

impl TryFrom<CompactString> for Path {
    type Error = BadPath;

    fn try_from(text: CompactString) -> Result<Self, BadPath> {
        let is_optional = text.ends_with('?');
        let body = text.strip_suffix('?').unwrap_or(&text);
        let from_root = body.starts_with('$');
        let mut rest = body.strip_prefix('$').unwrap_or(body);
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let is_first = steps.is_empty() && !from_root;
            let next = step(rest, is_first).filter(|_| steps.len() < STEPS);
            let Some((step, tail)) = next else {
                return Err(BadPath { path: text.to_string(), rest: rest.to_owned() });
            };
            steps.push(step);
            rest = tail;
        }
        if steps.is_empty() && !from_root {
            return Err(BadPath { path: text.to_string(), rest: String::new() });
        }
        Ok(Self { text, from_root, is_optional, steps })
    }
}

/// The next step and what follows it.
fn step(rest: &str, is_first: bool) -> Option<(Step, &str)> {
    if let Some(inside) = rest.strip_prefix('[') {
        let (index, tail) = inside.split_once(']')?;
        return match index {
            "" | "*" => Some((Step::Each, tail)),
            index => Some((Step::Item(index.parse().ok()?), tail)),
        };
    }
    let rest = if is_first { rest } else { rest.strip_prefix('.')? };
    if let Some(quoted) = rest.strip_prefix('"') {
        let (key, tail) = quoted.split_once('"')?;
        return Some((Step::Key(key.into()), tail));
    }
    let end = rest.find(['.', '[', ']', '"', '?', '\'', '=']).unwrap_or(rest.len());
    let (key, tail) = rest.split_at_checked(end)?;
    (!key.is_empty()).then(|| (Step::Key(key.into()), tail))
}

impl Path {
    /// Whether it names each item of something.
    #[must_use]
    pub fn is_many(&self) -> bool {
        self.steps.contains(&Step::Each)
    }

    /// What stands there; `Ok(None)` where nothing does and nothing need.
    ///
    /// # Errors
    /// With the path and the part that is not there.
    pub fn find<'v>(&self, root: &'v Value, item: &'v Value) -> Result<Option<&'v Value>, String> {
        let mut all = self.find_all(root, item)?;
        Ok(if all.is_empty() { None } else { Some(all.swap_remove(0)) }.filter(|v| !v.is_null()))
    }

    /// Everything that the path names, in order.
    ///
    /// # Errors
    /// With the path and the part that is not there.
    pub fn find_all<'v>(&self, root: &'v Value, item: &'v Value) -> Result<Vec<&'v Value>, String> {
        let mut here = vec![if self.from_root { root } else { item }];
        for (depth, step) in self.steps.iter().enumerate() {
            let mut next = Vec::new();
            for value in here {
                match step.of(value) {
                    Some(found) => next.extend(found),
                    None if self.is_optional => {}
                    None => return Err(self.nothing(depth)),
                }
            }
            here = next;
        }
        Ok(here)
    }

    fn nothing(&self, depth: usize) -> String {
        let start = if self.from_root { "$" } else { "" };
        let until: String = self.steps.iter().take(depth + 1).map(Step::to_string).collect();
        let until = format!("{start}{until}");
        let until = until.strip_prefix('.').unwrap_or(&until);
        format!("nothing at `{until}` (of the path `{}`)", self.text)
    }
}

impl Step {
    fn of<'v>(&self, value: &'v Value) -> Option<Vec<&'v Value>> {
        match self {
            Self::Key(key) => value.get(key.as_str()).map(|found| vec![found]),
            Self::Item(index) => value.get(index).map(|found| vec![found]),
            Self::Each => value.as_array().map(|items| items.iter().collect()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, ".{key}"),
            Self::Item(index) => write!(f, "[{index}]"),
            Self::Each => f.write_str("[]"),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn find(path: &str) -> Result<Option<Value>, String> {
        let root = json!({"items": [{"a": {"b": [1, 2]}}, {"x.y": "dot"}], "n": null, "top": 7});
        let path = Path::try_from(CompactString::from(path)).map_err(|bad| bad.to_string())?;
        path.find(&root, &root["items"][0]).map(|found| found.cloned())
    }

    #[test]
    fn paths_find_what_they_name() {
        assert_eq!(find("a.b[1]"), Ok(Some(json!(2))));
        assert_eq!(find("$.top"), Ok(Some(json!(7))));
        assert_eq!(find("$.items[1].\"x.y\""), Ok(Some(json!("dot"))));
        assert_eq!(find("$.items[*].a?"), Ok(Some(json!({"b": [1, 2]}))));
        assert_eq!(find("$.n"), Ok(None));
        assert_eq!(find("a.c?"), Ok(None));
    }

    #[test]
    fn a_path_that_leads_nowhere_says_where_it_ended() {
        assert_eq!(find("a.c.d").unwrap_err(), "nothing at `a.c` (of the path `a.c.d`)");
        assert_eq!(
            find("$.items[7]").unwrap_err(),
            "nothing at `$.items[7]` (of the path `$.items[7]`)"
        );
        assert_eq!(find("a[]").unwrap_err(), "nothing at `a[]` (of the path `a[]`)");
    }

    #[test]
    fn what_is_no_path_is_refused_with_the_place() {
        for text in ["", "a..b", "a[", "a[-1]", "a[x]", ".a", "a b.", "='open", "?", "a]"] {
            assert!(find(text).unwrap_err().contains("is not a path"), "{text}");
        }
        let deep = "a.".repeat(40) + "a";
        assert!(find(&deep).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a$.\\[\\]*?\"'=0-9ü]{0,20}") {
            let _unused = find(&text);
        }
    }
}
