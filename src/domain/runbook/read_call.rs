//! Reads what an action is given, as its kind says, and checks the places in all texts.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::book::{Runbook, Undo};
use super::inventory::ANY;
use super::kind::{Field, Kind, Shape};
use super::read_step::filled;
use super::step::{Action, Step};
use super::text::{Blank, Blanks, Text};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place, did_you_mean};
use crate::domain::files::{Node, Value, boolean, list, named, table};

/// What a step may be, by the key that says so.
pub(super) fn names(kinds: &[&'static Kind]) -> Vec<&'static str> {
    let natives = ["wait", "check", "ask", "note", "page"];
    kinds.iter().map(|kind| kind.name).chain(natives).collect()
}

pub(super) fn call(node: &Node, kind: &'static Kind, out: &mut Diagnostics) -> Option<Action> {
    let is_table = matches!(node.value, Value::Table(_));
    let plain = kind.plain.filter(|_| !is_table);
    let plain = plain.and_then(|name| kind.fields.iter().find(|field| field.name == name));
    let with = match plain {
        Some(field) => Blanks::from([(field.name.into(), blank(node, field, out)?)]),
        None => fields(node, kind, out)?,
    };
    Some(Action::Call { kind: kind.name.into(), with })
}

fn fields(node: &Node, kind: &'static Kind, out: &mut Diagnostics) -> Option<Blanks> {
    table(node, kind.name, out, |fields| {
        let mut with = Blanks::new();
        let mut is_whole = true;
        for field in kind.fields {
            let read = |node: &Node, out: &mut Diagnostics| blank(node, field, out);
            let is_there = fields.node(field.name).is_some();
            let value = if field.is_required {
                fields.required(field.name, read)
            } else {
                fields.optional(field.name, read)
            };
            is_whole &= value.is_some() || (!is_there && !field.is_required);
            with.extend(value.map(|value| (CompactString::from(field.name), value)));
        }
        is_whole.then_some(with)
    })
    .flatten()
}

fn blank(node: &Node, field: &Field, out: &mut Diagnostics) -> Option<Blank> {
    let blank = match field.shape {
        Shape::Flag => Blank::Flag(boolean(node, out)?),
        Shape::Number(least, most) => Blank::Number(number(node, (least, most), out)?),
        Shape::Text => Blank::Text(filled(node, out)?),
        Shape::OneOf(words) => Blank::Text(one_of(node, words, out)?),
        Shape::Argv => Blank::List(argv(node, out)?),
        Shape::List => Blank::List(list(filled)(node, out)?),
        Shape::Map => Blank::Map(named(|_, node, out| filled(node, out))(node, out)?),
    };
    if !field.has_places && blank.texts().any(|text| text.places().next().is_some()) {
        let fault = format!("`{}` is fixed by the runbook: no parameter chooses it", field.name);
        out.push(Diagnostic::error(&node.place, fault).label("no place may stand here"));
        return None;
    }
    Some(blank)
}

fn number(node: &Node, (least, most): (i64, i64), out: &mut Diagnostics) -> Option<i64> {
    let number = match node.typed().value {
        Value::Integer(number) => number.filter(|number| (least..=most).contains(number)),
        Value::Text(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Time(_)
        | Value::List(_)
        | Value::Table(_)
        | Value::Bare(_)
        | Value::Broken => None,
    };
    if number.is_none() {
        let fault = format!("expected a whole number from {least} to {most}");
        out.push(Diagnostic::error(&node.place, fault).label("out of range"));
    }
    number
}

fn one_of(node: &Node, words: &[&str], out: &mut Diagnostics) -> Option<Text> {
    let text = filled(node, out)?;
    let is_known = words.iter().any(|word| text.shown() == **word);
    if !is_known {
        let fault = format!("`{}` is not one of: {}", text.shown(), words.join(", "));
        out.push(Diagnostic::error(&node.place, fault).label("not known here"));
    }
    is_known.then_some(text)
}

/// The program is fixed: only its arguments have places.
fn argv(node: &Node, out: &mut Diagnostics) -> Option<Vec<Text>> {
    let argv = list(filled)(node, out)?;
    let program = argv.first();
    if program.is_none_or(|program| program.places().next().is_some()) {
        let fault = "the first word names the program, and no parameter may choose it";
        out.push(Diagnostic::error(&node.place, fault).label("must begin with a program"));
        return None;
    }
    Some(argv)
}

/// Every place must name a parameter, the item of a loop, or an output of an earlier step.
pub(super) fn check_places(
    place: &Place,
    runbook: &Runbook,
    kinds: &[&'static Kind],
    out: &mut Diagnostics,
) {
    let mut known: BTreeSet<String> = runbook.params.keys().cloned().collect();
    if runbook.change.is_some() {
        known.insert("environment".to_owned());
    }
    for unknown in runbook.target.places().filter(|name| !known.contains(*name)) {
        let fault = format!("the target uses `{unknown}`: no parameter");
        out.push(Diagnostic::error(place, fault).label("in `target`"));
    }
    for name in &runbook.args {
        if !runbook.params.contains_key(name) {
            let fault = format!("`args` names `{name}`: no parameter");
            out.push(Diagnostic::error(place, fault).label("in `args`"));
        }
    }
    for (name, param) in &runbook.params {
        if let Some(list) = param.inventory.as_ref().filter(|list| runbook.names(list).is_none()) {
            let fault = match list.as_str() {
                ANY => format!("`{name}` is taken from the inventory, and there is none"),
                list => format!("`{name}` is taken from `inventory.{list}`, which is not there"),
            };
            let known = runbook.places.lists().into_iter();
            let known = known.chain(runbook.inventory.keys().map(String::as_str));
            let help = did_you_mean(list, known);
            let help = help.or_else(|| Some("add it to [inventory] of the configuration".into()));
            out.push(Diagnostic::error(place, fault).label("no such list").help(help));
        }
    }
    let undo = match &runbook.undo {
        Undo::Steps(steps) => steps.as_slice(),
        Undo::Unknown | Undo::Irreversible => &[],
    };
    for step in runbook.steps.iter().chain(undo) {
        check_step(step, &known, out);
        let kind = match &step.action {
            Action::Call { kind, .. } => kinds.iter().find(|known| known.name == kind.as_str()),
            Action::Wait(_)
            | Action::Check(_)
            | Action::Ask(_)
            | Action::Note(_)
            | Action::Page(_) => None,
        };
        check_outputs(step, kind.copied(), out);
        known.extend(step.outputs.keys().map(|output| format!("steps.{}.{output}", step.name)));
    }
}

fn check_step(step: &Step, known: &BTreeSet<String>, out: &mut Diagnostics) {
    let when = step.when.iter().map(|when| &when.value);
    let texts: Vec<&Text> = match &step.action {
        Action::Call { with, .. } => with.values().flat_map(Blank::texts).collect(),
        Action::Check(check) => vec![&check.query],
        Action::Ask(text) | Action::Note(text) | Action::Page(text) => vec![text],
        Action::Wait(_) => Vec::new(),
    };
    for place in texts.into_iter().chain(when).flat_map(Text::places) {
        if known.contains(place) || (place == "item" && step.for_each.is_some()) {
            continue;
        }
        let fault = format!("the step `{}` uses `{place}`: no parameter", step.name);
        let help = match place.strip_prefix("steps.") {
            Some(_) => "an earlier step must say it: outputs.NAME = \"pattern\"".to_owned(),
            None => {
                format!("add params.{place} = {{ from = \"labels.{place}\", pattern = \"…\" }}")
            }
        };
        out.push(Diagnostic::error(&step.place, fault).label("in this step").help(help));
    }
}

fn check_outputs(step: &Step, kind: Option<&'static Kind>, out: &mut Diagnostics) {
    let promised: BTreeMap<&str, ()> =
        kind.map(|kind| kind.outputs.iter().map(|name| (*name, ())).collect()).unwrap_or_default();
    for name in step.outputs.keys().filter(|name| !promised.contains_key(name.as_str())) {
        let known: Vec<&str> = promised.keys().copied().collect();
        let fault = format!("the step `{}` gives no `{name}`", step.name);
        let help = format!("it gives: {}", known.join(", "));
        out.push(Diagnostic::error(&step.place, fault).label("no such output").help(help));
    }
}
