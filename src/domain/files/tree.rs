//! The tree of values with their places, and how layers of it are laid over each other.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place, Source};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands; for a table with a header, the header.
    pub place: Place,
}

/// What an author may write as a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A whole number; `None` when it is too large to be one.
    Integer(Option<i64>),
    /// Any other number, as written.
    Float(String),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or a time, as written.
    Time(String),
    /// An array.
    List(Vec<Node>),
    /// A table.
    Table(Table),
    /// A value without a type, from the environment or a flag: it becomes what is asked for.
    Bare(String),
    /// What stands there is no TOML, which was reported: readers pass over it in silence.
    Broken,
}

/// Keys with their values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table(pub BTreeMap<String, Entry>);

/// One key of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where the key stands.
    pub key: Place,
    /// Its value.
    pub node: Node,
}

/// Reads a text. What can be read in spite of faults is in the tree.
pub fn parse(name: &str, text: &str, out: &mut Diagnostics) -> Node {
    let source = Source::new(name, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut broken = Vec::new();
    for error in errors {
        let place = Place { source: Arc::clone(&source), span: error.span().unwrap_or(0..0) };
        out.push(Diagnostic::error(&place, error.message()).label("not valid TOML"));
        broken.push(place.span);
    }
    let mut value = convert_table(table.get_ref(), &source, 0);
    value.mark_broken(&broken);
    Node { value: Value::Table(value), place: Place { source, span: 0..0 } }
}

/// A value without a type, at a place.
#[must_use]
pub fn bare(place: Place, text: &str) -> Node {
    Node { value: Value::Bare(text.to_owned()), place }
}

fn convert_table(table: &DeTable<'_>, source: &Arc<Source>, offset: usize) -> Table {
    let entries = table.iter().map(|(key, value)| {
        let place = Place { source: Arc::clone(source), span: moved(key.span(), offset) };
        (key.get_ref().to_string(), Entry { key: place, node: convert(value, source, offset) })
    });
    Table(entries.collect())
}

fn convert(value: &Spanned<DeValue<'_>>, source: &Arc<Source>, offset: usize) -> Node {
    let place = Place { source: Arc::clone(source), span: moved(value.span(), offset) };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok())
        }
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(time) => Value::Time(time.to_string()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| convert(item, source, offset)).collect())
        }
        DeValue::Table(table) => Value::Table(convert_table(table, source, offset)),
    };
    Node { value, place }
}

fn moved(span: Range<usize>, offset: usize) -> Range<usize> {
    span.start + offset..span.end + offset
}

impl Table {
    /// Values that a syntax fault touches are not what their author wrote.
    fn mark_broken(&mut self, broken: &[Range<usize>]) {
        if broken.is_empty() {
            return;
        }
        for entry in self.0.values_mut() {
            entry.node.mark_broken(broken);
        }
    }

    /// Lays another table over this one: tables merge, everything else is replaced.
    pub fn overlay(&mut self, upper: Self) {
        for (key, entry) in upper.0 {
            match (self.0.get_mut(&key), entry) {
                (
                    Some(Entry { key, node: Node { value: Value::Table(lower), place } }),
                    Entry { key: upper_key, node: Node { value: Value::Table(upper), place: at } },
                ) => {
                    lower.overlay(upper);
                    *key = upper_key;
                    *place = at;
                }
                (_, entry) => {
                    self.0.insert(key, entry);
                }
            }
        }
    }
}

impl Node {
    fn mark_broken(&mut self, broken: &[Range<usize>]) {
        let span = &self.place.span;
        if broken.iter().any(|fault| fault.start <= span.end && span.start <= fault.end) {
            self.value = Value::Broken;
        }
        match &mut self.value {
            Value::Table(table) => table.mark_broken(broken),
            Value::List(items) => items.iter_mut().for_each(|item| item.mark_broken(broken)),
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Time(_)
            | Value::Bare(_)
            | Value::Broken => {}
        }
    }

    /// What it is, in an author's words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) | Value::Bare(_) => "a string",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a number with a fraction",
            Value::Boolean(_) => "a boolean",
            Value::Time(_) => "a date or time",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Broken => "something broken",
        }
    }

    /// A bare value read as TOML, for lists and tables; any other value as it is.
    #[must_use]
    pub fn typed(&self) -> Self {
        let Value::Bare(text) = &self.value else { return self.clone() };
        DeValue::parse(text).map_or_else(
            |_| self.clone(),
            |value| convert(&value, &self.place.source, self.place.span.start),
        )
    }

    /// Where a span of this string's value stands in the file, past quotes and escapes.
    #[must_use]
    pub fn inside(&self, span: Range<usize>) -> Place {
        let written = self.place.source.slice(self.place.span.clone());
        let open = opening(written);
        let offset =
            |decoded: usize| self.place.span.start + open + written_length(written, open, decoded);
        self.place.at(offset(span.start)..offset(span.end))
    }
}

/// The length of the quotes, with the line end that TOML drops after three of them.
fn opening(written: &str) -> usize {
    for (quotes, length) in [("\"\"\"\r\n", 5), ("'''\r\n", 5), ("\"\"\"\n", 4), ("'''\n", 4)] {
        if written.starts_with(quotes) {
            return length;
        }
    }
    match written {
        _ if written.starts_with("\"\"\"") || written.starts_with("'''") => 3,
        _ if written.starts_with(['"', '\'']) => 1,
        _ => 0,
    }
}

/// How many written bytes stand for the first `decoded` bytes of the value.
fn written_length(written: &str, open: usize, decoded: usize) -> usize {
    if !written.starts_with('"') {
        return decoded;
    }
    let mut rest = written.get(open..).unwrap_or_default();
    let (mut from, mut to) = (0, 0);
    while to < decoded {
        let Some(next) = rest.chars().next() else { break };
        let (length, value) =
            if next == '\\' { escape(rest) } else { (next.len_utf8(), next.len_utf8()) };
        from += length;
        to += value;
        rest = rest.get(length..).unwrap_or_default();
    }
    from
}

/// The written and the decoded length of the escape that a text begins with.
fn escape(text: &str) -> (usize, usize) {
    let digits = match text.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        _ => return (2.min(text.len()), 1),
    };
    let value = text.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    (2 + digits, value.and_then(char::from_u32).map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Node {
        let mut out = Diagnostics::default();
        let Value::Table(mut table) = parse("t.toml", text, &mut out).value else { panic!() };
        assert!(out.is_empty(), "{out}");
        table.0.remove("a").unwrap().node
    }

    #[test]
    fn a_span_inside_a_string_survives_quotes_and_escapes() {
        for text in [
            "a = 'x=é,needle!'",
            "a = \"x=é,needle!\"",
            "a = \"\\\"x\\u00e9=\\\\é,needle!\"",
            "a = \"\"\"\nx,needle!\"\"\"",
            "a = '''x,needle!'''",
        ] {
            let node = value(text);
            let Value::Text(decoded) = &node.value else { panic!() };
            let start = decoded.find("needle").unwrap();
            let place = node.inside(start..start + 6);
            assert_eq!(text.get(place.span), Some("needle"), "{text}");
        }
    }

    #[test]
    fn all_syntax_faults_of_a_file_are_reported() {
        let mut out = Diagnostics::default();
        let tree = parse("t.toml", "a = \nb = 1\nc = 'x\nb = 2\n", &mut out);
        assert_eq!(out.iter().count(), 3, "{out}");
        let Value::Table(table) = tree.value else { panic!() };
        assert!(table.0.contains_key("b"));
    }

    #[test]
    fn an_upper_layer_replaces_single_values() {
        let mut out = Diagnostics::default();
        let Value::Table(mut lower) = parse("l", "[a]\nx = 1\ny = [1]", &mut out).value else {
            panic!()
        };
        let Value::Table(upper) = parse("u", "[a]\ny = [2, 3]", &mut out).value else { panic!() };
        lower.overlay(upper);
        let Value::Table(a) = &lower.0["a"].node.value else { panic!() };
        assert_eq!(a.0["x"].node.value, Value::Integer(Some(1)));
        assert_eq!(a.0["y"].node.place.source.name, "u");
        let Value::List(items) = &a.0["y"].node.value else { panic!() };
        assert_eq!(items.len(), 2);
    }
}
