//! Readers of single values: each takes a node, reports what is wrong with it, and gives a value.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::tree::{Node, Value};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::domain::duration as durations;

/// Units of sizes, in bytes. Binary ones only: `MB` would make people guess.
const SIZES: [(&str, u64); 4] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)];

pub(super) fn wrong(node: &Node, wanted: &str, out: &mut Diagnostics) {
    wrong_with_help(node, wanted, None, out);
}

fn wrong_with_help(node: &Node, wanted: &str, help: Option<String>, out: &mut Diagnostics) {
    if node.value != Value::Broken {
        let fault = format!("expected {wanted}, found {}", node.kind());
        let label = format!("must be {wanted}");
        out.push(Diagnostic::error(&node.place, fault).label(label).help(help));
    }
}

/// A string.
pub fn text(node: &Node, out: &mut Diagnostics) -> Option<String> {
    if let Value::Text(text) | Value::Bare(text) = &node.value {
        return Some(text.clone());
    }
    wrong(node, "a string", out);
    None
}

/// A whole number that is not negative.
pub fn integer(node: &Node, out: &mut Diagnostics) -> Option<u64> {
    let Value::Integer(number) = node.typed().value else {
        wrong(node, "an integer", out);
        return None;
    };
    let number = number.and_then(|number| u64::try_from(number).ok());
    if number.is_none() {
        let fault = "expected a whole number from 0 to 9223372036854775807";
        out.push(Diagnostic::error(&node.place, fault).label("out of range"));
    }
    number
}

/// `true` or `false`.
pub fn boolean(node: &Node, out: &mut Diagnostics) -> Option<bool> {
    if let Value::Boolean(value) = node.typed().value {
        return Some(value);
    }
    wrong(node, "true or false", out);
    None
}

/// A wait, written like `5m`.
pub fn duration(node: &Node, out: &mut Diagnostics) -> Option<TimeDelta> {
    if let Value::Integer(Some(number)) = node.value {
        let help = format!("write it with its unit: \"{number}s\" or \"{number}m\"");
        let fault = "expected a duration, found a bare number";
        out.push(Diagnostic::error(&node.place, fault).label("which unit?").help(help));
        return None;
    }
    let text = text(node, out)?;
    durations::parse(&text)
        .map_err(|bad| {
            out.push(Diagnostic::error(&node.place, bad.to_string()).label("not a duration"));
        })
        .ok()
}

/// A size, written like `8MiB`, in bytes.
pub fn size(node: &Node, out: &mut Diagnostics) -> Option<u64> {
    let text = text(node, out)?;
    let bytes = SIZES.iter().find_map(|(unit, bytes)| {
        let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
        number.checked_mul(*bytes)
    });
    if bytes.is_none() {
        let fault = format!("`{text}` is not a size: write it like 512KiB, 8MiB or 1GiB");
        out.push(Diagnostic::error(&node.place, fault).label("not a size"));
    }
    bytes
}

/// An address.
pub fn url(node: &Node, out: &mut Diagnostics) -> Option<url::Url> {
    let text = text(node, out)?;
    url::Url::parse(&text)
        .map_err(|error| {
            let fault = format!("this is not a URL: {error}");
            out.push(Diagnostic::error(&node.place, fault).label("not a URL"));
        })
        .ok()
}

/// One of some words, each with its meaning.
pub fn one_of<T: Copy>(
    known: &'static [(&'static str, T)],
) -> impl Fn(&Node, &mut Diagnostics) -> Option<T> {
    move |node, out| {
        let word = text(node, out)?;
        let found = known.iter().find(|(name, _)| *name == word).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let fault = format!("`{word}` is not one of: {}", names.join(", "));
            let help = did_you_mean(&word, names);
            out.push(Diagnostic::error(&node.place, fault).label("not known here").help(help));
        }
        found
    }
}

/// A list, each item read by `read`. Items that cannot be read are left out.
pub fn list<T>(
    mut read: impl FnMut(&Node, &mut Diagnostics) -> Option<T>,
) -> impl FnOnce(&Node, &mut Diagnostics) -> Option<Vec<T>> {
    move |node, out| {
        let node = node.typed();
        let Value::List(items) = &node.value else {
            wrong_with_help(&node, "a list", list_help(&node), out);
            return None;
        };
        Some(items.iter().filter_map(|item| read(item, out)).collect())
    }
}

fn list_help(node: &Node) -> Option<String> {
    match &node.value {
        Value::Table(_) => {
            Some("a table of which there may be many has two brackets: `[[…]]`".to_owned())
        }
        Value::Text(_) => {
            let written = node.place.source.slice(node.place.span.clone());
            Some(format!("write it in brackets: [{written}]"))
        }
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Time(_)
        | Value::List(_)
        | Value::Bare(_)
        | Value::Broken => None,
    }
}

/// A table whose keys are names that the author chose, each value read by `read`.
pub fn named<T>(
    mut read: impl FnMut(&str, &Node, &mut Diagnostics) -> Option<T>,
) -> impl FnOnce(&Node, &mut Diagnostics) -> Option<BTreeMap<String, T>> {
    move |node, out| {
        let node = node.typed();
        let Value::Table(table) = &node.value else {
            wrong(&node, "a table", out);
            return None;
        };
        let read = table
            .0
            .iter()
            .filter_map(|(name, entry)| Some((name.clone(), read(name, &entry.node, out)?)));
        Some(read.collect())
    }
}
