//! One panel of a dashboard, as a graph.

use compact_str::CompactString;
use serde_json::Value as Json;

use super::text::Text;
use super::variable::{Variable, is, short, text};
use crate::domain::chart::{Axis, Limit, Unit};
use crate::domain::dashboard::graph::{Arg, At, Graph, Target, Words};
use crate::domain::duration;

/// Panels that show values over time.
const OVER_TIME: [&str; 2] = ["timeseries", "graph"];
/// Panels that hold nothing to be drawn, and need no word.
const SILENT: [&str; 4] = ["row", "text", "news", "welcome"];
/// Variables that Grafana knows by itself and that mean the same here.
const BUILT_IN: [&str; 6] =
    ["__interval", "__interval_ms", "__rate_interval", "__range", "__range_s", "__range_ms"];
/// Targets of one panel: more are no readable picture, and each is a question to the source.
const TARGETS_MAX: usize = 30;

/// A panel as a graph that may say why it cannot be drawn. None: it holds nothing to be drawn.
pub(super) fn graph(
    panel: &Json,
    variables: &[(CompactString, Variable)],
    file: &str,
) -> Option<Graph> {
    if SILENT.contains(&text(panel, "type")) {
        return None;
    }
    let mut graph = Graph {
        name: CompactString::default(),
        aliases: Vec::new(),
        title: Words::Grafana(
            Text::parse(text(panel, "title")).unwrap_or_else(|_| Text::plain("")),
        ),
        unit: unit(panel),
        args: Vec::new(),
        targets: Vec::new(),
        limits: limits(panel),
        axis: axis(panel),
        source: None,
        top: None,
        step: duration::parse(text(panel, "interval").trim_start_matches('>')).ok(),
        compare: None,
        notes: notes(panel),
        at: At { file: file.into(), line: 1 },
        unsupported: None,
    };
    let read = unlike(panel).map_or_else(|| targets(panel), Err);
    let read = read.and_then(|targets| Ok((args(panel, &targets, variables)?, targets)));
    match read {
        Ok((args, targets)) => (graph.args, graph.targets) = (args, targets),
        Err(why) => graph.unsupported = Some(why),
    }
    Some(graph)
}

/// What Grafana would do with the numbers that is not done here.
fn unlike(panel: &Json) -> Option<String> {
    let kind = text(panel, "type");
    let any = |path: &str, is: &dyn Fn(&Json) -> bool| {
        panel.pointer(path).and_then(Json::as_array).is_some_and(|all| all.iter().any(is))
    };
    let of_series = |id: &'static str| {
        move |one: &Json| {
            let properties = one.get("properties").and_then(Json::as_array);
            properties.into_iter().flatten().any(|property| text(property, "id") == id)
        }
    };
    let stacking = panel.pointer("/fieldConfig/defaults/custom/stacking/mode");
    if panel.get("libraryPanel").is_some() && panel.get("targets").is_none() {
        return Some("it is a library panel, which is not in the file".to_owned());
    }
    if !OVER_TIME.contains(&kind) {
        return Some(format!("panels of type `{kind}` are no graphs over time"));
    }
    if any("/transformations", &|it| !is(it, "disabled")) {
        return Some("it transforms its data".to_owned());
    }
    if stacking.and_then(Json::as_str) == Some("percent") || is(panel, "percentage") {
        return Some("it stacks its lines to 100 %".to_owned());
    }
    for key in ["timeFrom", "timeShift"] {
        if !text(panel, key).is_empty() {
            return Some(format!("it shows another time ({key})"));
        }
    }
    if any("/fieldConfig/overrides", &of_series("unit")) {
        return Some("some of its lines have a unit of their own".to_owned());
    }
    let is_right = |one: &Json| one.get("yaxis").and_then(Json::as_u64) == Some(2);
    let axis = |one: &Json| {
        let properties = one.get("properties").and_then(Json::as_array);
        properties.into_iter().flatten().any(|property| {
            text(property, "id") == "custom.axisPlacement" && text(property, "value") == "right"
        })
    };
    if any("/seriesOverrides", &is_right) || any("/fieldConfig/overrides", &axis) {
        return Some("some of its lines have an axis of their own".to_owned());
    }
    None
}

/// What a reader must know because the picture looks otherwise than Grafana's.
fn notes(panel: &Json) -> Vec<String> {
    let defaults = panel.pointer("/fieldConfig/defaults/custom");
    let at = |path: &str| defaults.and_then(|all| all.pointer(path)).and_then(Json::as_str);
    let is_log = at("/scaleDistribution/type") == Some("log")
        || panel.pointer("/yaxes/0/logBase").and_then(Json::as_f64).is_some_and(|base| base > 1.0);
    if is_log { vec!["Grafana draws this on a logarithmic axis".to_owned()] } else { Vec::new() }
}

/// The ends of the axis, and whether lines stand on one another. Old panels have numbers as texts.
fn axis(panel: &Json) -> Axis {
    let end = |new: &str, old: &str| {
        let found = panel.pointer(new).or_else(|| panel.pointer(old))?;
        let number = found.as_f64().or_else(|| found.as_str()?.trim().parse().ok());
        number.filter(|number| number.is_finite())
    };
    let low = end("/fieldConfig/defaults/min", "/yaxes/0/min");
    let high = end("/fieldConfig/defaults/max", "/yaxes/0/max");
    let stacking = panel.pointer("/fieldConfig/defaults/custom/stacking/mode");
    let is_stacked = stacking.and_then(Json::as_str) == Some("normal") || is(panel, "stack");
    // Ends that hold nothing between them are no ends.
    let is_right = low.zip(high).is_none_or(|(low, high)| low < high);
    Axis { low: low.filter(|_| is_right), high: high.filter(|_| is_right), is_stacked }
}

fn targets(panel: &Json) -> Result<Vec<Target>, String> {
    let own = panel.get("datasource").unwrap_or(&Json::Null);
    let all = panel.get("targets").and_then(Json::as_array);
    let shown = all.into_iter().flatten().filter(|target| !is(target, "hide"));
    let mut targets = Vec::new();
    for target in shown {
        let source = target.get("datasource").filter(|source| !source.is_null()).unwrap_or(own);
        let hint = source_of(source)?;
        let query = text(target, "expr");
        if query.trim().is_empty() {
            continue;
        }
        let format = text(target, "format");
        if !matches!(format, "" | "time_series") {
            return Err(format!("it wants its data as a {}", short(format)));
        }
        if is(target, "instant") && !is(target, "range") {
            return Err("it asks for one moment only".to_owned());
        }
        let legend = text(target, "legendFormat");
        let legend = Some(legend).filter(|legend| !matches!(*legend, "" | "__auto"));
        let query = Words::Grafana(Text::parse(query)?);
        targets.push(Target { legend: legend.map(str::to_owned), query, source: None, hint });
    }
    match targets.len() {
        0 => Err("it has no PromQL query".to_owned()),
        1..=TARGETS_MAX => Ok(targets),
        many => Err(format!("it has {many} queries, and {TARGETS_MAX} are the limit")),
    }
}

/// The source as the dashboard calls it; none: the default one, or one that a variable names.
fn source_of(source: &Json) -> Result<Option<CompactString>, String> {
    let (kind, name) = match source.as_str() {
        Some(name) => ("", name),
        None => (text(source, "type"), text(source, "uid")),
    };
    match (kind, name) {
        ("__expr__", _) | (_, "__expr__") => {
            Err("it calculates with the results of queries".to_owned())
        }
        (_, "-- Dashboard --") => Err("it shows the data of another panel".to_owned()),
        (_, "-- Grafana --" | "grafana") => Err("its data are Grafana's own".to_owned()),
        ("" | "prometheus" | "datasource", "" | "-- Mixed --") => Ok(None),
        ("" | "prometheus" | "datasource", name) if name.starts_with(['$', '[']) => Ok(None),
        ("" | "prometheus", name) => Ok(Some(name.into())),
        (kind, _) => Err(format!("its data come from `{}`, not from Prometheus", short(kind))),
    }
}

/// The variables that the panel's queries need, and those that these need, in the dashboard's order.
fn args(
    panel: &Json,
    targets: &[Target],
    variables: &[(CompactString, Variable)],
) -> Result<Vec<Arg>, String> {
    let mut wanted: Vec<CompactString> =
        targets.iter().flat_map(|target| target.query.names()).collect();
    let mut args: Vec<Arg> = Vec::new();
    while let Some(name) = wanted.pop() {
        if BUILT_IN.contains(&name.as_str()) || args.iter().any(|arg| arg.name == name) {
            continue;
        }
        match variables.iter().find(|(known, _)| *known == name).map(|(_, variable)| variable) {
            Some(Variable::Known(arg)) => {
                wanted.extend(arg.lookup.iter().flat_map(|lookup| lookup.matching.names()));
                args.push(one_at_a_time(panel, arg));
            }
            Some(Variable::Unknown(why)) => return Err(why.clone()),
            Some(Variable::Source) => return Err(format!("its queries name the source (${name})")),
            None => {
                return Err(format!("its queries use ${name}, which the dashboard does not have"));
            }
        }
    }
    let filters = variables.iter().find_map(|(_, variable)| match variable {
        Variable::Unknown(why) if why.contains("ad hoc") => Some(why.clone()),
        Variable::Unknown(_) | Variable::Known(_) | Variable::Source => None,
    });
    if let Some(why) = filters {
        return Err(why);
    }
    let place = |arg: &Arg| variables.iter().position(|(name, _)| *name == arg.name);
    args.sort_by_key(place);
    Ok(args)
}

/// A repeated panel is one for each value: here somebody says which.
fn one_at_a_time(panel: &Json, arg: &Arg) -> Arg {
    let mut arg = arg.clone();
    if text(panel, "repeat") == arg.name {
        (arg.default, arg.takes_all) = (None, false);
    }
    arg
}

fn unit(panel: &Json) -> Unit {
    let unit = panel.pointer("/fieldConfig/defaults/unit").and_then(Json::as_str);
    let old = || panel.pointer("/yaxes/0/format").and_then(Json::as_str);
    unit.or_else(old).map(Unit::parse).unwrap_or_default()
}

/// Thresholds where Grafana draws them as lines.
fn limits(panel: &Json) -> Vec<Limit> {
    let limit = |value: f64| Limit { value, label: "threshold".to_owned() };
    let mode = panel.pointer("/fieldConfig/defaults/custom/thresholdsStyle/mode");
    let is_drawn = mode.and_then(Json::as_str).is_some_and(|mode| mode != "off");
    let is_share = panel.pointer("/fieldConfig/defaults/thresholds/mode").and_then(Json::as_str)
        == Some("percentage");
    let steps = panel.pointer("/fieldConfig/defaults/thresholds/steps").and_then(Json::as_array);
    let new = steps.into_iter().flatten().filter(|_| is_drawn && !is_share);
    let old = panel.get("thresholds").and_then(Json::as_array).into_iter().flatten();
    let old = old.filter(|one| one.get("line").and_then(Json::as_bool).unwrap_or(true));
    let value = |one: &Json| one.get("value").and_then(Json::as_f64).filter(|it| it.is_finite());
    new.chain(old).filter_map(value).map(limit).collect()
}
