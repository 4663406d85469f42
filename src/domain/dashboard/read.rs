//! Reads `[[graph]]` tables.

use compact_str::CompactString;
use regex::Regex;

use super::graph::{Arg, At, Graph, Target, Value, Words};
use super::request::{TOP_MAX, is_reserved};
use super::template::{KNOWN, Template};
use crate::domain::chart::{Axis, Limit, Unit};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::domain::files::{self, Fields, Node, boolean, duration, integer, list, table, text};

/// Characters of a name: people type it.
const NAME_MAX: usize = 80;

/// A graph and where its name stands.
pub(super) fn graph(node: &Node, out: &mut Diagnostics) -> Option<(Place, Graph)> {
    table(node, "graph", out, |fields| {
        let place = fields.place().clone();
        let name = fields.required("name", name);
        let args: Vec<Arg> = fields.list("args", arg);
        refuse_twins(&args, &place, fields.out);
        let names: Vec<&str> = args.iter().map(|arg| arg.name.as_str()).collect();
        let title = fields.optional("title", |node, out| words(node, &names, out));
        let targets = fields.required("series", list(|node, out| target(node, &names, out)));
        let graph = Graph {
            name: name.clone()?,
            aliases: fields.list("aliases", text),
            title: title.or_else(|| own_title(&name?, &names))?,
            unit: fields.optional("unit", text).map(|unit| Unit::parse(&unit)).unwrap_or_default(),
            limits: fields.optional("limit", limits).unwrap_or_default(),
            axis: axis(fields),
            source: fields.optional("source", text).map(CompactString::from),
            top: fields.optional("top", top),
            step: fields.optional("step", duration),
            compare: fields.optional("compare", duration),
            notes: Vec::new(),
            at: At { file: place.source.name.as_str().into(), line: place.line() },
            unsupported: None,
            targets: targets?,
            args,
        };
        refuse_empty(&graph, fields);
        Some((place, graph))
    })
    .flatten()
}

fn axis(fields: &mut Fields<'_>) -> Axis {
    let (low, high) = (fields.optional("min", number), fields.optional("max", number));
    let is_stacked = fields.optional("stack", boolean).unwrap_or_default();
    if low.zip(high).is_some_and(|(low, high)| low >= high) {
        let fault = "`min` is not below `max`";
        fields.out.push(Diagnostic::error(fields.place(), fault).label("nothing fits between"));
    }
    Axis { low, high, is_stacked }
}

fn own_title(name: &str, args: &[&str]) -> Option<Words> {
    let first = args.first().map_or_else(String::new, |arg| format!("{{{{ {arg} }}}} "));
    Template::parse(&format!("{first}{name}"), args).ok().map(Words::Ours)
}

fn refuse_empty(graph: &Graph, fields: &mut Fields<'_>) {
    if graph.targets.is_empty() {
        let fault = format!("the graph `{}` has no line that can be drawn", graph.name);
        let help = "write series = [{ query = '…' }]".to_owned();
        let place = fields.place().clone();
        fields.out.push(Diagnostic::error(&place, fault).label("no series").help(help));
    }
}

fn refuse_twins(args: &[Arg], place: &Place, out: &mut Diagnostics) {
    for (at, arg) in args.iter().enumerate() {
        if args.iter().take(at).any(|earlier| earlier.name == arg.name) {
            let fault = format!("the argument `{}` is there twice", arg.name);
            out.push(Diagnostic::error(place, fault).label("name each argument once"));
        }
    }
}

fn name(node: &Node, out: &mut Diagnostics) -> Option<CompactString> {
    let name = text(node, out)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let is_name = !name.is_empty()
        && name.len() <= NAME_MAX
        && name.chars().all(is_plain)
        && super::request::shown(&name) == name;
    if is_name {
        return Some(name.into());
    }
    let fault = format!("`{name}` cannot be a graph's name");
    let help = format!(
        "use up to {NAME_MAX} letters, digits, `-`, `_` and `.`, nothing that reads as a time"
    );
    out.push(Diagnostic::error(&node.place, fault).label("not a name").help(help));
    None
}

/// `"service"`, or a table with more about it.
fn arg(node: &Node, out: &mut Diagnostics) -> Option<Arg> {
    if !matches!(node.value, files::Value::Table(_)) {
        return Some(Arg { name: arg_name(node, out)?, ..Arg::default() });
    }
    table(node, "args", out, |fields| {
        let name = fields.required("name", arg_name);
        let default = fields.optional("default", text).map(Value::one);
        let pattern = fields.optional("pattern", pattern);
        Some(Arg { name: name?, default, pattern, ..Arg::default() })
    })
    .flatten()
}

fn arg_name(node: &Node, out: &mut Diagnostics) -> Option<CompactString> {
    let name = text(node, out)?;
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= NAME_MAX
        && name.chars().all(is_letter);
    let is_taken = is_reserved(&name) || KNOWN.contains(&name.as_str());
    let (fault, help) = match (is_name, is_taken) {
        (true, false) => return Some(name.into()),
        (true, true) => (format!("`{name}` means something else in a graph's line"), None),
        (false, _) => {
            let help = "use letters, digits and `_`, a letter first".to_owned();
            (format!("`{name}` cannot be an argument's name"), Some(help))
        }
    };
    out.push(Diagnostic::error(&node.place, fault).label("not a name here").help(help));
    None
}

fn pattern(node: &Node, out: &mut Diagnostics) -> Option<Regex> {
    let pattern = text(node, out)?;
    Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|error| {
            let why = error.to_string();
            let fault = format!("this is no pattern: {}", why.lines().last().unwrap_or_default());
            out.push(Diagnostic::error(&node.place, fault).label("not a pattern"));
        })
        .ok()
}

fn words(node: &Node, args: &[&str], out: &mut Diagnostics) -> Option<Words> {
    let text = text(node, out)?;
    let report = |faults: Vec<crate::domain::matcher::Bad>| {
        for bad in faults {
            let place = node.inside(bad.span);
            out.push(Diagnostic::error(&place, bad.message).label("here").help(bad.help));
        }
    };
    Template::parse(&text, args).map_err(report).ok().map(Words::Ours)
}

fn target(node: &Node, args: &[&str], out: &mut Diagnostics) -> Option<Target> {
    table(node, "series", out, |fields| {
        let legend = fields.optional("legend", text);
        let query = fields.required("query", |node, out| words(node, args, out));
        let source = fields.optional("source", text).map(CompactString::from);
        Some(Target { legend, query: query?, source, hint: None })
    })
    .flatten()
}

/// One limit, or a list of them.
fn limits(node: &Node, out: &mut Diagnostics) -> Option<Vec<Limit>> {
    if matches!(node.value, files::Value::List(_)) {
        return list(limit)(node, out);
    }
    limit(node, out).map(|limit| vec![limit])
}

fn limit(node: &Node, out: &mut Diagnostics) -> Option<Limit> {
    table(node, "limit", out, |fields| {
        let value = fields.required("value", number);
        let label = fields.optional("label", text).unwrap_or_else(|| "limit".to_owned());
        Some(Limit { value: value?, label })
    })
    .flatten()
}

fn number(node: &Node, out: &mut Diagnostics) -> Option<f64> {
    let number = match &node.typed().value {
        #[expect(clippy::cast_precision_loss, reason = "a limit on a graph needs no 53 bits")]
        files::Value::Integer(number) => number.map(|number| number as f64),
        files::Value::Float(text) => text.replace('_', "").parse().ok(),
        files::Value::Text(_)
        | files::Value::Boolean(_)
        | files::Value::Time(_)
        | files::Value::List(_)
        | files::Value::Table(_)
        | files::Value::Bare(_)
        | files::Value::Broken => None,
    };
    let number = number.filter(|number| number.is_finite());
    if number.is_none() && node.value != files::Value::Broken {
        let fault = format!("expected a number, found {}", node.kind());
        out.push(Diagnostic::error(&node.place, fault).label("must be a number"));
    }
    number
}

fn top(node: &Node, out: &mut Diagnostics) -> Option<usize> {
    let most = usize::try_from(integer(node, out)?).ok()?;
    if (1..=TOP_MAX).contains(&most) {
        return Some(most);
    }
    let fault = format!("`top` must be from 1 to {TOP_MAX}");
    out.push(Diagnostic::error(&node.place, fault).label("out of range"));
    None
}
