//! Reads the parameters of a runbook, and the lists that they may be taken from.

use std::collections::BTreeMap;

use compact_str::CompactString;
use regex::Regex;

use super::inventory::ANY;
use super::param::Param;
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{Node, boolean, list, named, table, text};

/// The longest pattern: it is compiled, and a person must be able to read it.
const PATTERN_MAX: usize = 200;

enum From {
    Label(CompactString),
    Inventory(String),
    Arguments,
}

pub(super) fn param(node: &Node, out: &mut Diagnostics) -> Option<Param> {
    table(node, "parameter", out, |fields| {
        let from = fields.optional("from", from).unwrap_or(From::Arguments);
        let default = fields.optional("default", text);
        let listed = fields.optional("inventory", text);
        let may_be_option = fields.optional("may_be_option", boolean).unwrap_or(false);
        let pattern = fields.required("pattern", pattern)?;
        let (label, inventory) = match from {
            From::Label(label) => (Some(label), listed),
            From::Inventory(name) => (None, Some(name)),
            From::Arguments => (None, listed),
        };
        Some(Param { label, default, inventory, pattern, may_be_option })
    })
    .flatten()
}

pub(super) fn inventory(
    node: &Node,
    out: &mut Diagnostics,
) -> Option<BTreeMap<String, Vec<String>>> {
    named(|_, node, out| list(text)(node, out))(node, out)
}

fn from(node: &Node, out: &mut Diagnostics) -> Option<From> {
    let from = text(node, out)?;
    let named = |name: &&str| !name.is_empty();
    if from == "inventory" {
        return Some(From::Inventory(ANY.to_owned()));
    }
    if from == "arguments" {
        return Some(From::Arguments);
    }
    if let Some(label) = from.strip_prefix("labels.").filter(named) {
        return Some(From::Label(label.into()));
    }
    if let Some(name) = from.strip_prefix("inventory.").filter(named) {
        return Some(From::Inventory(name.to_owned()));
    }
    let fault = format!("`{from}` is nothing that a parameter can come from");
    let help =
        "write \"labels.service\", \"inventory.web\", \"inventory\" or \"arguments\"".to_owned();
    out.push(Diagnostic::error(&node.place, fault).label("not known here").help(help));
    None
}

/// Anchored at both ends, whatever its author wrote.
pub(super) fn pattern(node: &Node, out: &mut Diagnostics) -> Option<Regex> {
    let pattern = text(node, out)?;
    if pattern.len() > PATTERN_MAX {
        let fault = format!("a pattern may not be longer than {PATTERN_MAX} bytes");
        out.push(Diagnostic::error(&node.place, fault).label("too long"));
        return None;
    }
    Regex::new(&format!(r"\A(?:{pattern})\z"))
        .map_err(|error| {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let fault = format!("this pattern does not compile: {why}");
            out.push(Diagnostic::error(&node.place, fault).label("not a pattern"));
        })
        .ok()
}
