//! Reads a runbook file.

use chrono::TimeDelta;
use compact_str::CompactString;
use regex::Regex;

use super::book::{Action, Approve, Check, Is, Limits, Param, Runbook, Share, Step, Undo};
use super::text::Text;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::domain::files::{Fields, Node, Value, boolean, duration, list, named, table, text};
use crate::domain::rules::limit;

/// How long a step may take where its author does not say.
const TIMEOUT: TimeDelta = TimeDelta::minutes(1);
/// How long a question stands where its author does not say.
const EXPIRES: TimeDelta = TimeDelta::minutes(15);
/// The longest pattern: it is compiled, and a person must be able to read it.
const PATTERN_MAX: usize = 200;

pub(super) fn runbook(node: &Node, out: &mut Diagnostics) -> Option<(Place, Runbook)> {
    let read = table(node, "runbook", out, |fields| {
        let place = fields.place().clone();
        let name = fields.required("name", word);
        let summary = fields.required("summary", text);
        let target = fields.required("target", filled);
        let params = fields.optional("params", named(|_, node, out| param(node, out)));
        let params = params.unwrap_or_default();
        let limits = fields.optional("limits", limits).unwrap_or_default();
        let approve = fields.optional("approve", approve).flatten();
        let steps = fields.list("step", step);
        let undo = fields.optional("undo", undo).unwrap_or(Undo::Unknown);
        if steps.is_empty() {
            let fault = "a runbook needs at least one `[[step]]`";
            fields.out.push(Diagnostic::error(&place, fault).label("nothing to do"));
        }
        let (name, summary, target) = (name?, summary?, target?);
        Some((place, Runbook { name, summary, target, params, limits, approve, steps, undo }))
    });
    let (place, runbook) = read.flatten()?;
    check_places(&runbook, out);
    warn(&place, &runbook, out);
    Some((place, runbook))
}

/// Every place must name a parameter.
fn check_places(runbook: &Runbook, out: &mut Diagnostics) {
    let undo = match &runbook.undo {
        Undo::Steps(steps) => steps.as_slice(),
        Undo::Unknown | Undo::Irreversible => &[],
    };
    for step in runbook.steps.iter().chain(undo) {
        let texts: Vec<&Text> = match &step.action {
            Action::Exec(argv) => argv.iter().collect(),
            Action::Check(check) => vec![&check.query],
            Action::Wait(_) => Vec::new(),
        };
        for place in texts.iter().flat_map(|text| text.places()) {
            if !runbook.params.contains_key(place) {
                let fault = format!("the step `{}` uses `{place}`: no parameter", step.name);
                let help = format!(
                    "add params.{place} = {{ from = \"labels.{place}\", pattern = \"…\" }}"
                );
                out.push(Diagnostic::error(&step.place, fault).label("in this step").help(help));
            }
        }
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
    if matches!(runbook.undo, Undo::Unknown) {
        let fault = format!("`{}` does not say what takes it back", runbook.name);
        let help = "add [[undo]] steps, or undo = \"irreversible\"";
        out.push(Diagnostic::warning(place, fault).label("no undo").help(help.to_owned()));
    }
}

fn word(node: &Node, out: &mut Diagnostics) -> Option<CompactString> {
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

fn filled(node: &Node, out: &mut Diagnostics) -> Option<Text> {
    let text = text(node, out)?;
    Text::parse(&text)
        .map_err(|(span, fault)| {
            out.push(Diagnostic::error(&node.inside(span), fault).label("here"));
        })
        .ok()
}

fn param(node: &Node, out: &mut Diagnostics) -> Option<Param> {
    table(node, "parameter", out, |fields| {
        let label = fields.required("from", from);
        Some(Param { label: label?, pattern: fields.required("pattern", pattern)? })
    })
    .flatten()
}

fn from(node: &Node, out: &mut Diagnostics) -> Option<CompactString> {
    let from = text(node, out)?;
    let label = from.strip_prefix("labels.").filter(|label| !label.is_empty());
    if label.is_none() {
        let fault = format!("`{from}` is nothing that a parameter can come from");
        let help = "write \"labels.service\"".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("not known here").help(help));
    }
    label.map(CompactString::from)
}

/// Anchored at both ends, whatever its author wrote.
fn pattern(node: &Node, out: &mut Diagnostics) -> Option<Regex> {
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

fn limits(node: &Node, out: &mut Diagnostics) -> Option<Limits> {
    table(node, "limits", out, |fields| Limits {
        runs: fields.optional("runs", limit),
        cooldown: fields.optional("cooldown", duration),
        max_share: fields.optional("max_share", share),
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
        let not_requester = fields.optional("not_requester", boolean).unwrap_or(true);
        let expires = fields.optional("expires", duration).unwrap_or(EXPIRES);
        let by = by?.into_iter().map(CompactString::from).collect();
        Some(Approve { by, not_requester, expires })
    })
}

fn step(node: &Node, out: &mut Diagnostics) -> Option<Step> {
    table(node, "step", out, |fields| {
        let place = fields.place().clone();
        let name = fields.optional("name", text);
        let timeout = fields.optional("timeout", duration).unwrap_or(TIMEOUT);
        let action = action(fields)?;
        let name = name.map_or_else(|| usual_name(&action).into(), CompactString::from);
        Some(Step { name, action, timeout, place })
    })
    .flatten()
}

fn usual_name(action: &Action) -> &'static str {
    match action {
        Action::Exec(_) => "exec",
        Action::Wait(_) => "wait",
        Action::Check(_) => "check",
    }
}

/// Exactly one of the keys that say what a step does.
fn action(fields: &mut Fields<'_>) -> Option<Action> {
    let exec = fields.optional("exec", argv).map(Action::Exec);
    let wait = fields.optional("wait", duration).map(Action::Wait);
    let check = fields.optional("check", check).flatten().map(Action::Check);
    let mut found: Vec<Action> = [exec, wait, check].into_iter().flatten().collect();
    if found.len() > 1 {
        let place = fields.place().clone();
        let fault = "a step does one thing: `exec`, `wait` or `check`";
        fields.out.push(
            Diagnostic::error(&place, fault)
                .label("more than one")
                .help("write a [[step]] for each, in the order in which they happen".to_owned()),
        );
        return None;
    }
    let is_said = ["exec", "wait", "check"].iter().any(|key| fields.node(key).is_some());
    if found.is_empty() && !is_said {
        let place = fields.place().clone();
        let fault = "a step needs one of: `exec`, `wait`, `check`";
        fields.out.push(Diagnostic::error(&place, fault).label("does nothing"));
    }
    found.pop()
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
fn is(node: &Node, out: &mut Diagnostics) -> Option<Is> {
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

fn undo(node: &Node, out: &mut Diagnostics) -> Option<Undo> {
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
