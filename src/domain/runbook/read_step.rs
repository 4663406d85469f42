//! Reads one step of a runbook.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use compact_str::CompactString;

use super::kind::Kind;
use super::read::word;
use super::read_call::{call, names};
use super::read_param::pattern;
use super::step::{Action, Check, Is, Step, When};
use super::text::Text;
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{
    Fields, Node, Value, boolean, duration, integer, list, named, table, text,
};

/// How long a step may take where its author does not say.
const TIMEOUT: TimeDelta = TimeDelta::minutes(1);
/// What is tried so often and fails will fail again.
const RETRIES_MAX: u64 = 10;

/// The kinds of actions that executors know, and the lists of the runbook.
pub(super) type Known<'a> = (&'a [&'static Kind], &'a BTreeMap<String, Vec<String>>);

pub(super) fn step(node: &Node, known: Known<'_>, out: &mut Diagnostics) -> Option<Step> {
    table(node, "step", out, |fields| {
        let place = fields.place().clone();
        let name = fields.optional("name", word);
        let timeout = fields.optional("timeout", duration).unwrap_or(TIMEOUT);
        let retries = fields.optional("retries", retries).unwrap_or(0);
        let says_repeatable = fields.optional("repeatable", boolean).unwrap_or(false);
        let when = fields.optional("when", when).flatten();
        let for_each = fields.optional("for_each", |node, out| for_each(node, known.1, out));
        let executor = fields.optional("executor", word).unwrap_or_default();
        let outputs = fields.optional("outputs", named(|_, node, out| pattern(node, out)));
        let (action, is_repeatable) = action(fields, known.0)?;
        let is_repeatable = is_repeatable || says_repeatable;
        if retries > 0 && !is_repeatable {
            let fault = "only what may be done twice can be tried again";
            let help = "write `repeatable = true` where doing it twice does no harm".to_owned();
            fields
                .out
                .push(Diagnostic::error(&place, fault).label("`retries` of this step").help(help));
        }
        Some(Step {
            name: name.unwrap_or_else(|| usual_name(&action)),
            action,
            timeout,
            retries,
            is_repeatable,
            when,
            for_each,
            executor,
            outputs: outputs.unwrap_or_default(),
            place,
        })
    })
    .flatten()
}

fn usual_name(action: &Action) -> CompactString {
    match action {
        Action::Call { kind, .. } => kind.clone(),
        Action::Wait(_) => "wait".into(),
        Action::Check(_) => "check".into(),
        Action::Ask(_) => "ask".into(),
        Action::Note(_) => "note".into(),
        Action::Page(_) => "page".into(),
    }
}

/// Exactly one of the keys that say what a step does, and whether that may be done twice.
fn action(fields: &mut Fields<'_>, kinds: &[&'static Kind]) -> Option<(Action, bool)> {
    let natives = [
        fields.optional("wait", duration).map(Action::Wait),
        fields.optional("check", check).flatten().map(Action::Check),
        fields.optional("ask", filled).map(Action::Ask),
        fields.optional("note", filled).map(Action::Note),
        fields.optional("page", filled).map(Action::Page),
    ];
    let mut found: Vec<(Action, bool)> =
        natives.into_iter().flatten().map(|native| (native, true)).collect();
    let keys = names(kinds);
    let mut said = 0;
    for key in &keys {
        said += usize::from(fields.node(key).is_some());
    }
    for kind in kinds {
        let called = fields.optional(kind.name, |node, out| call(node, kind, out));
        found.extend(called.map(|action| (action, kind.is_repeatable)));
    }
    if said != 1 {
        let place = fields.place().clone();
        let fault = format!("a step does one thing: {}", keys.join(", "));
        let help = "write a [[step]] for each, in the order in which they happen".to_owned();
        let label = if said == 0 { "does nothing" } else { "more than one" };
        fields.out.push(Diagnostic::error(&place, fault).label(label).help(help));
        return None;
    }
    found.pop()
}

pub(super) fn filled(node: &Node, out: &mut Diagnostics) -> Option<Text> {
    let text = text(node, out)?;
    Text::parse(&text)
        .map_err(|(span, fault)| {
            out.push(Diagnostic::error(&node.inside(span), fault).label("here"));
        })
        .ok()
}

fn retries(node: &Node, out: &mut Diagnostics) -> Option<u8> {
    let number = integer(node, out)?;
    if number > RETRIES_MAX {
        let fault = format!("a step is tried again {RETRIES_MAX} times at most");
        out.push(Diagnostic::error(&node.place, fault).label("too often"));
        return None;
    }
    u8::try_from(number).ok()
}

fn when(node: &Node, out: &mut Diagnostics) -> Option<Option<When>> {
    table(node, "when", out, |fields| {
        let value = fields.required("value", filled);
        let is = fields.required("is", |node, out| match &node.value {
            Value::Text(one) => Some(vec![one.clone()]),
            Value::Table(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Time(_)
            | Value::List(_)
            | Value::Bare(_)
            | Value::Broken => list(text)(node, out),
        });
        Some(When { value: value?, is: is? })
    })
}

/// `"inventory.web"`, or the things themselves.
fn for_each(
    node: &Node,
    lists: &BTreeMap<String, Vec<String>>,
    out: &mut Diagnostics,
) -> Option<Vec<String>> {
    let Value::Text(name) = &node.value else { return list(text)(node, out) };
    let known = name.strip_prefix("inventory.").and_then(|name| lists.get(name));
    if known.is_none() {
        let fault = format!("`{name}` is no list of this runbook");
        let help = "write \"inventory.web\" and `inventory.web = [\"web1\", \"web2\"]`".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("not known here").help(help));
    }
    known.cloned()
}

fn check(node: &Node, out: &mut Diagnostics) -> Option<Option<Check>> {
    table(node, "check", out, |fields| {
        let query = fields.required("query", filled);
        let is = fields.required("is", is);
        let hold = fields.optional("for", duration).unwrap_or_default();
        let within = fields.optional("within", duration).unwrap_or(TimeDelta::minutes(10));
        Some(Check { query: query?, is: is?, hold, within })
    })
}

/// `< 0.5`.
pub(super) fn is(node: &Node, out: &mut Diagnostics) -> Option<Is> {
    let is = text(node, out)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|it| it.is_finite());
    let read = match (is.strip_prefix('<'), is.strip_prefix('>')) {
        (Some(limit), _) => number(limit).map(Is::Below),
        (None, Some(limit)) => number(limit).map(Is::Above),
        (None, None) => None,
    };
    if read.is_none() {
        let fault = format!("`{is}` is not a comparison: write it like \"< 0.5\"");
        out.push(Diagnostic::error(&node.place, fault).label("not a comparison"));
    }
    read
}
