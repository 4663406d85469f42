//! What was typed, and what the room knows, as the arguments of a graph.

use std::collections::BTreeMap;

use compact_str::CompactString;
use regex::Regex;

use super::bad::Bad;
use super::context::Context;
use super::graph::{Arg, Graph, Value, Values};
use super::request::{Request, shown};
use crate::domain::diagnostic::did_you_mean;

/// Arguments with what was typed for them.
type Typed<'a> = Vec<(&'a Arg, String)>;

/// What was typed for each argument.
pub(super) fn typed<'a>(
    graph: &'a Graph,
    rest: &[String],
    request: &Request,
) -> Result<Typed<'a>, Bad> {
    let places: Vec<&Arg> =
        graph.args.iter().filter(|arg| !arg.is_fixed && !arg.is_named_only).collect();
    if let Some(extra) = rest.get(places.len()) {
        let why = format!("{} has no argument for {}.", graph.name, shown(extra));
        return Err(Bad::new(why).instead(format!("{} 1h", graph.usage())));
    }
    let mut typed: Typed<'a> = places.into_iter().zip(rest.iter().cloned()).collect();
    for (name, value) in &request.named {
        let open: Vec<&Arg> = graph.args.iter().filter(|arg| !arg.is_fixed).collect();
        let Some(arg) = open.iter().find(|arg| arg.name.eq_ignore_ascii_case(name)) else {
            let names: Vec<&str> = open.iter().map(|arg| arg.name.as_str()).collect();
            let help = did_you_mean(name, names.iter().copied())
                .unwrap_or_else(|| format!("it has: {}.", names.join(", ")));
            return Err(Bad::new(format!("{} has no argument {name}: {help}", graph.name)));
        };
        if typed.iter().any(|(known, _)| known.name == arg.name) {
            return Err(Bad::new(format!("{name} is said twice: say it once.")));
        }
        typed.push((arg, value.clone()));
    }
    Ok(typed)
}

/// What was typed, and what the room knows besides.
pub(super) fn with_known<'a>(
    graph: &'a Graph,
    mut typed: Typed<'a>,
    context: &Context,
) -> Typed<'a> {
    for arg in graph.args.iter().filter(|arg| !arg.is_fixed) {
        let is_said = typed.iter().any(|(known, _)| known.name == arg.name);
        if let (false, Some(value)) = (is_said, context.labels.get(&arg.name)) {
            typed.push((arg, value.to_string()));
        }
    }
    typed
}

pub(super) fn fill(
    graph: &Graph,
    typed: &[(&Arg, String)],
    values: &mut Values,
) -> Result<(), Bad> {
    for arg in &graph.args {
        let said = typed.iter().find(|(known, _)| known.name == arg.name).map(|(_, text)| text);
        let value = match (said, &arg.default) {
            (Some(text), _) => value(graph, arg, text)?,
            (None, Some(default)) => default.clone(),
            (None, None) if arg.lookup.is_some() => continue,
            (None, None) => {
                let why = format!("{} needs to know the {}.", graph.name, arg.name);
                return Err(Bad::new(why).instead(format!("{} 1h", graph.usage())));
            }
        };
        values.insert(arg.name.clone(), value);
    }
    Ok(())
}

fn value(graph: &Graph, arg: &Arg, text: &str) -> Result<Value, Bad> {
    if let Some(choice) = arg.choices.get(text) {
        return Ok(choice.clone());
    }
    let values: Vec<String> = if arg.is_multi {
        text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
    } else {
        vec![text.to_owned()]
    };
    let fits = |one: &String| arg.pattern.as_ref().is_none_or(|pattern| pattern.is_match(one));
    if let Some(unfit) = values.iter().find(|one| !fits(one)) {
        let pattern = arg.pattern.as_ref().map_or("", Regex::as_str);
        return Err(Bad::new(format!(
            "{} cannot be the {} of {}: it must match {pattern}.",
            shown(unfit),
            arg.name,
            graph.name
        )));
    }
    if values.is_empty() {
        return Err(Bad::new(format!("The {} of {} cannot be empty.", arg.name, graph.name)));
    }
    Ok(Value::Data(values))
}

/// The words of the full command: the name, and what people say by its place.
pub(super) fn said(graph: &Graph, typed: &[(&Arg, String)]) -> Vec<String> {
    let places = graph.args.iter().filter(|arg| !arg.is_fixed && !arg.is_named_only);
    let mut words = vec![graph.name.to_string()];
    for arg in places {
        let Some((_, text)) = typed.iter().find(|(known, _)| known.name == arg.name) else { break };
        words.push(text.clone());
    }
    words
}

/// What the full command says by name.
pub(super) fn named(graph: &Graph, typed: &[(&Arg, String)]) -> BTreeMap<String, String> {
    let by_place = said(graph, typed).len() - 1;
    let places = graph.args.iter().filter(|arg| !arg.is_fixed && !arg.is_named_only);
    let placed: Vec<&CompactString> = places.take(by_place).map(|arg| &arg.name).collect();
    typed
        .iter()
        .filter(|(arg, _)| !placed.contains(&&arg.name))
        .map(|(arg, text)| (arg.name.to_string(), text.clone()))
        .collect()
}
