//! Reads a runbook file.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use compact_str::CompactString;

use super::book::{Approve, Change, Limits, Runbook, Share, Undo, Verb};
use super::inventory::Inventory;
use super::kind::Kind;
use super::param::Param;
use super::read_param::{inventory, param};
use super::read_step::{filled, is, step};
use super::step::{Action, Step};
use super::text::Text;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::domain::files::{
    Fields, Node, Value, boolean, duration, integer, list, named, one_of, table, text,
};
use crate::domain::rules::limit;

/// How long a run may be taken back where its author does not say.
const UNDO_WITHIN: TimeDelta = TimeDelta::hours(1);
/// More steps than this are a program, which belongs into a step of its own.
const STEPS_MAX: usize = 50;

pub(super) fn runbook(
    node: &Node,
    (kinds, known): (&[&'static Kind], &Arc<Inventory>),
    out: &mut Diagnostics,
) -> Option<(Place, Runbook)> {
    let read = table(node, "runbook", out, |fields| {
        let place = fields.place().clone();
        let head = (
            fields.required("name", word),
            fields.required("summary", text),
            fields.required("target", filled),
        );
        let params = fields.optional("params", named(|_, node, out| param(node, out)));
        let body = Body {
            params: params.unwrap_or_default(),
            args: fields.list("args", text),
            inventory: fields.optional("inventory", inventory).unwrap_or_default(),
        };
        let places = known.lists().into_iter();
        let mut lists: BTreeMap<String, Vec<String>> =
            places.filter_map(|name| Some((name.to_owned(), known.list(name)?))).collect();
        lists.extend(body.inventory.clone());
        let one = |node: &Node, out: &mut Diagnostics| step(node, (kinds, &lists), out);
        let steps = fields.list("step", one);
        let undo = fields.optional("undo", |node, out| undo(node, one, out));
        let rest = rest(fields);
        if steps.is_empty() || steps.len() > STEPS_MAX {
            let fault = format!("a runbook has 1 to {STEPS_MAX} steps, each one a `[[step]]`");
            fields.out.push(Diagnostic::error(&place, fault).label("nothing, or too much, to do"));
        }
        let mut runbook = assemble(head, body, (steps, undo.unwrap_or(Undo::Unknown)), rest)?;
        runbook.places = known.clone();
        Some((place, runbook))
    });
    let (place, runbook) = read.flatten()?;
    super::read_call::check_places(&place, &runbook, kinds, out);
    warn(&place, &runbook, out);
    Some((place, runbook))
}

struct Body {
    params: BTreeMap<String, Param>,
    args: Vec<String>,
    inventory: BTreeMap<String, Vec<String>>,
}

struct Rest {
    change: Option<Change>,
    limits: Limits,
    approve: Option<Approve>,
    critical: bool,
    undo_within: TimeDelta,
    next: Option<CompactString>,
}

type Head = (Option<CompactString>, Option<String>, Option<Text>);

fn assemble(head: Head, body: Body, steps: (Vec<Step>, Undo), rest: Rest) -> Option<Runbook> {
    let (name, summary, target) = (head.0?, head.1?, head.2?);
    let Body { params, mut args, inventory } = body;
    if args.is_empty() && params.len() == 1 {
        args.extend(params.keys().cloned());
    }
    let Rest { change, limits, approve, critical, undo_within, next } = rest;
    let (steps, undo) = steps;
    Some(Runbook {
        name,
        summary,
        target,
        params,
        args,
        inventory,
        places: Arc::default(),
        change,
        limits,
        approve,
        critical,
        steps,
        undo,
        undo_within,
        next,
    })
}

fn rest(fields: &mut Fields<'_>) -> Rest {
    Rest {
        change: fields.optional("change", change).flatten(),
        limits: fields.optional("limits", limits).unwrap_or_default(),
        approve: fields.optional("approve", approve).flatten(),
        critical: fields.optional("critical", boolean).unwrap_or(false),
        undo_within: fields.optional("undo_within", duration).unwrap_or(UNDO_WITHIN),
        next: fields.optional("else", word),
    }
}

/// What works and is not wise.
fn warn(place: &Place, runbook: &Runbook, out: &mut Diagnostics) {
    let is_check = |step: &Step| matches!(step.action, Action::Check(_));
    if !runbook.steps.iter().any(is_check) {
        let fault = format!("`{}` never looks whether it helped", runbook.name);
        let help = "end it with a step that has a `check`";
        out.push(Diagnostic::warning(place, fault).label("no check").help(help.to_owned()));
    }
    if runbook.limits.max_share.is_some() && runbook.inventory.is_empty() {
        let fault = "`max_share` is a share of a fleet, and no `inventory` says what that is";
        let help =
            "it holds nothing back here; `limits.fleet_healthy` looks at the rest".to_owned();
        out.push(Diagnostic::warning(place, fault).label("limits nothing").help(help));
    }
    if matches!(runbook.undo, Undo::Unknown) {
        let fault = format!("`{}` does not say what takes it back", runbook.name);
        let help = "add [[undo]] steps, or undo = \"irreversible\"";
        out.push(Diagnostic::warning(place, fault).label("no undo").help(help.to_owned()));
    }
}

pub(super) fn word(node: &Node, out: &mut Diagnostics) -> Option<CompactString> {
    let word = text(node, out)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Some(word.into());
    }
    let fault = format!("`{word}` cannot be a name");
    let help = "use letters, digits, `-`, `_` and `.`".to_owned();
    out.push(Diagnostic::error(&node.place, fault).label("not a name").help(help));
    None
}

fn change(node: &Node, out: &mut Diagnostics) -> Option<Option<Change>> {
    const VERBS: &[(&str, Verb)] = &[("deploy", Verb::Deploy), ("rollback", Verb::Rollback)];
    table(node, "change", out, |fields| {
        let verb = fields.required("verb", one_of(VERBS));
        let service = fields.required("service", word);
        let title = fields.optional("title", text);
        let environments = fields.required("environments", list(word));
        let service = service?;
        let title = title.unwrap_or_else(|| service.to_string());
        Some(Change { verb: verb?, service, title, environments: environments? })
    })
}

fn limits(node: &Node, out: &mut Diagnostics) -> Option<Limits> {
    table(node, "limits", out, |fields| Limits {
        runs: fields.optional("runs", limit),
        cooldown: fields.optional("cooldown", duration),
        max_share: fields.optional("max_share", share),
        healthy: fields.optional("fleet_healthy", healthy).flatten(),
    })
}

fn healthy(node: &Node, out: &mut Diagnostics) -> Option<Option<(Text, super::step::Is)>> {
    table(node, "fleet_healthy", out, |fields| {
        let query = fields.required("query", filled);
        let is = fields.required("is", is);
        Some((query?, is?))
    })
}

fn share(node: &Node, out: &mut Diagnostics) -> Option<Share> {
    let share = text(node, out)?;
    let percent = share.strip_suffix('%').and_then(|number| number.trim().parse().ok());
    let percent = percent.filter(|percent| (1..=100).contains(percent));
    if percent.is_none() {
        let fault = format!("`{share}` is not a share: write it like \"20%\"");
        out.push(Diagnostic::error(&node.place, fault).label("1% to 100%"));
    }
    percent.map(Share)
}

fn approve(node: &Node, out: &mut Diagnostics) -> Option<Option<Approve>> {
    table(node, "approve", out, |fields| {
        let by = fields.required("by", list(text));
        let quorum = fields.optional("quorum", quorum).unwrap_or(1);
        let not_requester = fields.optional("not_requester", boolean).unwrap_or(true);
        let expires = fields.optional("expires", duration).unwrap_or(super::book::EXPIRES);
        let second_factor = fields.optional("second_factor", boolean).unwrap_or(false);
        let by = by?.into_iter().map(CompactString::from).collect();
        Some(Approve { by, quorum, not_requester, expires, second_factor })
    })
}

/// More than ten people are never found at night.
fn quorum(node: &Node, out: &mut Diagnostics) -> Option<u8> {
    let number = integer(node, out)?;
    let quorum = u8::try_from(number).ok().filter(|number| (1..=10).contains(number));
    if quorum.is_none() {
        let fault = format!("{number} people cannot agree: ask for 1 to 10");
        out.push(Diagnostic::error(&node.place, fault).label("1 to 10"));
    }
    quorum
}

fn undo(
    node: &Node,
    step: impl FnMut(&Node, &mut Diagnostics) -> Option<Step>,
    out: &mut Diagnostics,
) -> Option<Undo> {
    if let Value::Text(word) = &node.value {
        if word == "irreversible" {
            return Some(Undo::Irreversible);
        }
        let fault = format!("`{word}` does not say how to take it back");
        let help = "write [[undo]] steps, or undo = \"irreversible\"".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("not known here").help(help));
        return None;
    }
    Some(Undo::Steps(list(step)(node, out)?))
}
