//! Another program's YAML as a tree whose parts know their lines.
//!
//! What a reader does not ask for is told to the person, so that nothing is left out in silence.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

/// A value and the line on which it, or its key, stands.
#[derive(Debug)]
pub(super) struct Yaml {
    pub(super) line: u64,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Nothing,
    /// Any scalar, as it is written: `1.10` stays `1.10`.
    Text(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

/// What was not carried over: its line, and why.
#[derive(Debug, Default)]
pub(super) struct Lost(Vec<(u64, String)>);

impl Lost {
    pub(super) fn add(&mut self, line: u64, why: impl Into<String>) {
        self.0.push((line, why.into()));
    }

    /// In the order of the file, each once.
    pub(super) fn sentences(mut self, file: &str) -> Vec<String> {
        self.0.sort();
        self.0.dedup();
        self.0.into_iter().map(|(line, why)| format!("{file}:{line}: {why}")).collect()
    }
}

/// Reads a document.
///
/// # Errors
/// When it is no YAML, or nested deeper than anybody writes.
pub(super) fn parse(text: &str) -> Result<Yaml, serde_saphyr::Error> {
    let read: Spanned<Raw> = serde_saphyr::from_str(text)?;
    let letters: Vec<char> = text.chars().collect();
    Ok(read.value.with_lines(read.referenced.line(), read.defined, &letters))
}

impl Yaml {
    /// A scalar's text; none for anything else.
    pub(super) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The items of a list; a scalar is a list of itself.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Text(_) => std::slice::from_ref(self),
            Value::Nothing | Value::Map(_) => &[],
        }
    }

    /// The entries of a mapping; none for anything else.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }
}

/// A mapping that is being read.
pub(super) struct Map<'a> {
    pub(super) line: u64,
    what: String,
    entries: &'a [(String, Yaml)],
    asked: Vec<&'static str>,
}

impl<'a> Map<'a> {
    /// `what` names it where a part of it is lost.
    pub(super) fn new(what: impl Into<String>, yaml: &'a Yaml) -> Self {
        Self { line: yaml.line, what: what.into(), entries: yaml.entries(), asked: Vec::new() }
    }

    /// A value that is there and not empty.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'a Yaml> {
        self.asked.push(key);
        let found = self.entries.iter().find(|(name, _)| name == key);
        found.map(|(_, yaml)| yaml).filter(|yaml| !matches!(yaml.value, Value::Nothing))
    }

    /// A scalar's text, unless it is empty.
    pub(super) fn text(&mut self, key: &'static str) -> Option<&'a str> {
        self.get(key).and_then(Yaml::text).filter(|text| !text.is_empty())
    }

    /// A scalar that is read; what cannot be read is lost, and said.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        lost: &mut Lost,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let yaml = self.get(key)?;
        let value = yaml.text().and_then(read);
        if value.is_none() {
            lost.add(yaml.line, format!("{}: `{key}` cannot be read", self.what));
        }
        value
    }

    /// The texts of a list.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<&'a str> {
        self.get(key).map(Yaml::items).unwrap_or_default().iter().filter_map(Yaml::text).collect()
    }

    /// The keys that nobody asked for, with their lines.
    pub(super) fn unasked(&self) -> impl Iterator<Item = (&'a str, u64)> {
        let is_left = |key: &str| !self.asked.contains(&key);
        self.entries.iter().filter(move |(key, _)| is_left(key)).map(|(key, it)| (&**key, it.line))
    }

    /// Says of every key that nobody asked for that it has no place here.
    pub(super) fn rest(&self, lost: &mut Lost) {
        for (key, line) in self.unasked() {
            lost.add(line, format!("{}: `{key}` has no counterpart", self.what));
        }
    }
}

/// A tree as the parser gives it, where each part knows where it stands.
enum Raw {
    Nothing,
    Text(String),
    /// A number or a truth: what it looks like is in the source.
    Other,
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl Raw {
    fn with_lines(self, line: u64, defined: Location, letters: &[char]) -> Yaml {
        let value = match self {
            Self::Nothing => Value::Nothing,
            Self::Text(text) => Value::Text(text),
            Self::Other => Value::Text(written(defined, letters)),
            Self::List(items) => Value::List(
                items
                    .into_iter()
                    .map(|it| it.value.with_lines(it.referenced.line(), it.defined, letters))
                    .collect(),
            ),
            Self::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, it)| {
                        let line = key.referenced.line();
                        (key.value, it.value.with_lines(line, it.defined, letters))
                    })
                    .collect(),
            ),
        };
        Yaml { line, value }
    }
}

fn written(place: Location, letters: &[char]) -> String {
    let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (from, length) = (index(place.span().offset()), index(place.span().len()));
    letters.iter().skip(from).take(length).collect::<String>().trim().to_owned()
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Nothing)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = from.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_letters_and_everything_its_line() {
        let yaml = parse("é: 1\nroute:\n  match: { version: 1.10, on: true }\n  to:\n").unwrap();
        let mut map = Map::new("it", &yaml);
        let route = map.get("route").unwrap();
        assert_eq!(route.line, 2);
        let mut route = Map::new("route", route);
        let wanted: Vec<_> = route
            .get("match")
            .unwrap()
            .entries()
            .iter()
            .map(|(key, it)| (key.as_str(), it.text().unwrap(), it.line))
            .collect();
        assert_eq!(wanted, [("version", "1.10", 3), ("on", "true", 3)]);
        assert!(route.get("to").is_none());
        assert_eq!(map.unasked().collect::<Vec<_>>(), [("é", 1)]);
    }
}
