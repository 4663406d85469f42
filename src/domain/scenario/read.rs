//! Reads `[[rule.test]]` and the `[[test]]` tables of files of their own.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use super::deed::{self, Act, Deed};
use super::want::{Kind, LATE_MAX, Want};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place, did_you_mean};
use crate::domain::duration as durations;
use crate::domain::files::{self, Fields, Node, Value, duration, list, table, text};

/// An example plays so long behind the last thing that it names.
const REST: TimeDelta = TimeDelta::minutes(1);
/// The longest example: a year, in which every schedule and holiday comes once.
const LENGTH_MAX: TimeDelta = TimeDelta::days(366);

/// How a line is written.
const BEHIND_TIME: &str = "write the time first, then the rest: \"5m page ben\"";

/// One example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Its name; that of its rule with a number where it has none.
    pub name: Option<String>,
    /// When it begins; none: on a Monday at noon.
    pub start: Option<DateTime<Utc>>,
    /// What happens, in the order of time.
    pub acts: Vec<Act>,
    /// What is wanted, as written.
    pub wants: Vec<Want>,
    /// When it is over.
    pub until: TimeDelta,
    /// Where it stands.
    pub place: Place,
    /// Where the list of what is wanted stands.
    pub want_place: Place,
}

/// Reads a file of examples.
#[must_use]
pub fn file(name: &str, text: &str) -> (Vec<Scenario>, Diagnostics) {
    let mut out = Diagnostics::default();
    let tree = files::parse(name, text, &mut out);
    let read =
        |fields: &mut Fields<'_>| fields.list("test", |node, out| scenario(node, "test", out));
    let scenarios = table(&tree, "file of tests", &mut out, read).unwrap_or_default();
    out.sort();
    (scenarios, out)
}

/// Reads one example; `what` names its table in messages.
pub fn scenario(node: &Node, what: &str, out: &mut Diagnostics) -> Option<Scenario> {
    table(node, what, out, |fields| {
        let name = fields.optional("name", text);
        let start = fields.optional("start", time);
        let until = fields.optional("until", duration);
        let acts = fields.required("at", list(act));
        let want_place = fields.node("want").map(|node| node.place.clone());
        let wants = fields.required("want", list(want));
        let (mut acts, wants) = (acts?, wants?);
        // What outside systems answer from a time on holds for all that happens then.
        acts.sort_by_key(|act| (act.after, !matches!(act.deed, Deed::Outside { .. })));
        let last = acts.iter().map(|act| act.after);
        let last = last.chain(wants.iter().filter_map(|want| want.until)).max();
        let until = until.unwrap_or(last.unwrap_or_default() + REST);
        if until > LENGTH_MAX {
            let fault = "an example plays for at most a year";
            fields.out.push(Diagnostic::error(fields.place(), fault).label("too long"));
        }
        let place = fields.place().clone();
        Some(Scenario { name, start, acts, wants, until, place, want_place: want_place? })
    })
    .flatten()
}

fn time(node: &Node, out: &mut Diagnostics) -> Option<DateTime<Utc>> {
    let (Value::Time(written) | Value::Text(written)) = &node.value else {
        text(node, out);
        return None;
    };
    let zoned = DateTime::parse_from_rfc3339(written).map(|time| time.to_utc());
    zoned
        .map_err(|_| {
            let fault = format!("`{written}` is no time with its zone");
            let help = "write it like 2026-03-02T03:00:00Z".to_owned();
            out.push(Diagnostic::error(&node.place, fault).label("not a time").help(help));
        })
        .ok()
}

/// `20m resolve service=cms`.
fn act(node: &Node, out: &mut Diagnostics) -> Option<Act> {
    let line = text(node, out)?;
    let (time, rest) = split(&line);
    let after = moment(node, time, out)?;
    let (verb, rest) = split(rest);
    match deed::read(verb, rest) {
        Ok(deed) => Some(Act { after, deed, place: node.place.clone() }),
        Err((fault, help)) => {
            let known = did_you_mean(verb, deed::VERBS.iter().copied());
            let help = Some(known.unwrap_or(help));
            out.push(Diagnostic::error(&inside(node, &line, verb), fault).label("here").help(help));
            None
        }
    }
}

/// `5m page ben`, `0m..10m room inc-1`, `0m not page`, `20m nothing`.
fn want(node: &Node, out: &mut Diagnostics) -> Option<Want> {
    let line = text(node, out)?;
    let (time, rest) = split(&line);
    let (from, until) = match time.split_once("..") {
        Some((from, until)) => {
            let from = if from.is_empty() { "0s" } else { from };
            (moment(node, from, out)?, Some(moment(node, until, out)?))
        }
        None => (moment(node, time, out)?, None),
    };
    let (verb, said) = split(rest);
    let place = node.place.clone();
    let (is_not, verb, said) = match (verb, split(said)) {
        ("nothing", _) if said.is_empty() => {
            let rest = String::new();
            return Some(Want { from, until, is_not: true, kind: None, rest, line, place });
        }
        ("not", (verb, said)) => (true, verb, said),
        _ => (false, verb, said),
    };
    if verb.is_empty() {
        let fault = format!("`{line}` does not say what is wanted");
        let help = BEHIND_TIME.to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("nothing behind it").help(help));
        return None;
    }
    let Some(kind) = Kind::ALL.iter().find(|kind| kind.name() == verb).copied() else {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let known = did_you_mean(verb, names.iter().copied());
        let help = known
            .unwrap_or_else(|| format!("what can be wanted: {}, not …, nothing", names.join(", ")));
        let fault = format!("`{verb}` is nothing that can be wanted");
        out.push(Diagnostic::error(&inside(node, &line, verb), fault).label("here").help(help));
        return None;
    };
    let until = if is_not { until } else { until.or(Some(from + LATE_MAX)) };
    let rest = said.to_owned();
    Some(Want { from, until, is_not, kind: Some(kind), rest, line, place })
}

fn split(line: &str) -> (&str, &str) {
    let line = line.trim();
    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    (first, rest.trim_start())
}

fn moment(node: &Node, time: &str, out: &mut Diagnostics) -> Option<TimeDelta> {
    let Ok(after) = durations::parse(time) else {
        let fault = format!("`{time}` does not say when");
        let help = BEHIND_TIME.to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("no time").help(help));
        return None;
    };
    Some(after)
}

/// The place of a word inside a string.
fn inside(node: &Node, line: &str, word: &str) -> Place {
    let span: Option<Range<usize>> = line.find(word).map(|start| start..start + word.len());
    span.filter(|_| !word.is_empty()).map_or_else(|| node.place.clone(), |span| node.inside(span))
}

impl Scenario {
    /// Everybody who types something.
    pub fn people(&self) -> impl Iterator<Item = &compact_str::CompactString> {
        self.acts.iter().filter_map(|act| match &act.deed {
            Deed::Say { who, .. } | Deed::Answer { who, .. } if *who != deed::NOBODY => Some(who),
            Deed::Say { .. }
            | Deed::Answer { .. }
            | Deed::Fire { .. }
            | Deed::Resolve { .. }
            | Deed::Beat { .. }
            | Deed::Outside { .. } => None,
        })
    }
}
