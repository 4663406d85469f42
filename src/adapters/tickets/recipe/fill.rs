//! Puts values into the places of a recipe, and finds things in answers.
//!
//! A value is data: it is encoded for where it goes to, and never read for places itself.

use std::collections::BTreeMap;

use serde_json::Value;

use super::words;

/// What the places of one request stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    texts: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<String>>,
}

impl Values {
    /// The same with one more text.
    pub(super) fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.texts.insert(name.to_owned(), text.into());
        self
    }

    /// The same with one more list.
    pub(super) fn with_list(mut self, name: &str, list: Vec<String>) -> Self {
        self.lists.insert(name.to_owned(), list);
        self
    }

    /// A text with its places filled, each value encoded by `encode`.
    fn fill(&self, text: &str, encode: impl Fn(&str, &str) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let Some((name, behind)) = after.split_once("}}") else {
                out.push_str("{{");
                rest = after;
                continue;
            };
            let name = name.trim();
            let value = match (self.texts.get(name), self.lists.get(name)) {
                (Some(text), _) => text.clone(),
                (None, Some(list)) => list.join(","),
                (None, None) => String::new(),
            };
            out.push_str(&encode(name, &value));
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    /// For a header, a query's value or a name.
    pub(super) fn text(&self, text: &str) -> String {
        self.fill(text, |_, value| value.to_owned())
    }

    /// For a path: a project's own slashes stay, everything else is one segment.
    pub(super) fn path(&self, text: &str) -> String {
        self.fill(text, |name, value| match name {
            "project" => value.split('/').map(encoded).collect::<Vec<_>>().join("/"),
            _ => encoded(value),
        })
    }

    /// For a body: a place alone in its text keeps the form of its value.
    pub(super) fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.leaf(text),
            Value::Array(all) => Value::Array(all.iter().map(|one| self.json(one)).collect()),
            Value::Object(fields) => {
                let field = |(name, one): (&String, &Value)| (name.clone(), self.json(one));
                Value::Object(fields.iter().map(field).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn leaf(&self, text: &str) -> Value {
        let place = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        let Some(name) = place.map(str::trim) else { return Value::String(self.text(text)) };
        if let Some(list) = self.lists.get(name) {
            return Value::from(list.clone());
        }
        match name.strip_suffix("_adf").and_then(|name| self.texts.get(name)) {
            Some(text) => words::adf(text),
            None => Value::String(self.text(text)),
        }
    }
}

/// A value as one segment of a path: nothing in it can end the segment, or climb out of it.
fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => out.push(byte.into()),
            // Two dots alone would lead upwards.
            b'.' if !value.trim_matches('.').is_empty() => out.push('.'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// What stands at a path such as `issue.journals.0.notes`; the empty path is the whole.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let parts = path.split('.').filter(|part| !part.is_empty());
    parts.into_iter().try_fold(value, |value, part| match value {
        Value::Object(fields) => fields.get(part),
        Value::Array(all) => all.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

/// As text: words and numbers as they are, what has parts as JSON.
pub(super) fn text_at(value: &Value, path: &str) -> Option<String> {
    match at(value, path)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values() -> Values {
        Values::default()
            .with("project", "team/app one")
            .with("id", "../../admin?x=1")
            .with("title", "{{ token }} \"quoted\"")
            .with_list("labels", vec!["a".to_owned(), "b c".to_owned()])
    }

    #[test]
    fn a_value_cannot_leave_its_segment() {
        let filled = values().path("/repos/{{ project }}/issues/{{ id }}");
        assert_eq!(filled, "/repos/team/app%20one/issues/..%2F..%2Fadmin%3Fx%3D1");
    }

    #[test]
    fn a_value_is_never_read_for_places() {
        let filled = values().json(&json!({"title": "{{ title }}!", "n": 1, "x": ["{{ none }}"]}));
        assert_eq!(filled, json!({"title": "{{ token }} \"quoted\"!", "n": 1, "x": [""]}));
    }

    #[test]
    fn a_list_alone_in_its_place_stays_a_list() {
        let filled = values().json(&json!({"labels": "{{ labels }}", "text": "l: {{ labels }}"}));
        assert_eq!(filled, json!({"labels": ["a", "b c"], "text": "l: a,b c"}));
    }

    #[test]
    fn paths_lead_into_objects_and_lists() {
        let answer = json!({"issue": {"id": 7, "notes": [{"text": "x"}]}});
        assert_eq!(text_at(&answer, "issue.id").as_deref(), Some("7"));
        assert_eq!(text_at(&answer, "issue.notes.0.text").as_deref(), Some("x"));
        assert_eq!(at(&answer, ""), Some(&answer));
        for nothing in ["issue.id.x", "issue.notes.1", "issue.notes.x"] {
            assert_eq!(at(&answer, nothing), None, "{nothing}");
        }
    }
}
