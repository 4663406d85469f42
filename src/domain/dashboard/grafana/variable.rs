//! A dashboard's variables, as arguments.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use compact_str::CompactString;
use regex::Regex;
use serde_json::Value as Json;

use super::text::Text;
use crate::domain::dashboard::graph::{Arg, Lookup, Value, Words};

/// What Grafana calls "all of them".
const ALL: &str = "$__all";
/// What a query variable may ask.
static LABEL_VALUES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)^\s*label_values\(\s*(?:(.+?)\s*,\s*)?(\w+)\s*\)\s*$").ok());
/// A wait, as an interval variable holds it.
const DURATION: &str = r"^(?:[0-9]+(?:ms|[smhdwy]))+$";

/// A variable that panels may use.
#[derive(Debug, Clone)]
pub(super) enum Variable {
    /// As an argument.
    Known(Arg),
    /// It names a data source: our own sources stand for it.
    Source,
    /// It cannot be used here, and this is why.
    Unknown(String),
}

/// Every variable of a dashboard, in its order.
pub(super) fn variables(board: &Json) -> Vec<(CompactString, Variable)> {
    let list = board.pointer("/templating/list").and_then(Json::as_array);
    let named = |variable: &Json| {
        let name = variable.get("name")?.as_str()?;
        Some((CompactString::from(name), read(name, variable)))
    };
    list.into_iter().flatten().filter_map(named).collect()
}

fn read(name: &str, variable: &Json) -> Variable {
    let kind = text(variable, "type");
    let arg = Arg { name: name.into(), ..Arg::default() };
    let read = match kind {
        "query" => query(arg, variable),
        "custom" => Ok(custom(arg, variable)),
        "constant" => Ok(Arg {
            default: Some(Value::Author(text(variable, "query").to_owned())),
            is_fixed: true,
            ..arg
        }),
        "interval" => Ok(interval(arg, variable)),
        "textbox" => Ok(textbox(arg, variable)),
        "datasource" => return Variable::Source,
        "adhoc" => return adhoc(variable),
        kind => Err(format!("variables of type `{kind}` are not known")),
    };
    match read {
        Ok(arg) => Variable::Known(arg),
        Err(why) => Variable::Unknown(format!("its variable `{name}` cannot be used: {why}")),
    }
}

fn query(arg: Arg, variable: &Json) -> Result<Arg, String> {
    let query = variable.get("query").unwrap_or(&Json::Null);
    let query = query.as_str().unwrap_or_else(|| text(query, "query"));
    let query = if query.is_empty() { text(variable, "definition") } else { query };
    let found = LABEL_VALUES.as_ref().and_then(|form| form.captures(query));
    let found =
        found.ok_or_else(|| format!("it asks `{}`, not for label_values(…)", short(query)))?;
    let matching = found.get(1).map_or("", |found| found.as_str());
    let label = found.get(2).map_or("", |found| found.as_str()).to_owned();
    let matching = Words::Grafana(Text::parse(matching)?);
    let (is_multi, takes_all) = (is(variable, "multi"), is(variable, "includeAll"));
    let all = Some(text(variable, "allValue")).filter(|all| takes_all && !all.is_empty());
    Ok(Arg {
        default: all.map(|all| Value::Author(all.to_owned())),
        lookup: Some(Lookup { label, matching, filter: filter(text(variable, "regex"))? }),
        is_multi: is_multi || takes_all,
        takes_all,
        ..arg
    })
}

/// `/pattern/`, as JavaScript writes it, or a pattern alone, which must fit from its beginning.
fn filter(pattern: &str) -> Result<Option<Regex>, String> {
    if pattern.is_empty() {
        return Ok(None);
    }
    let inner = pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    let pattern = match inner {
        Some((pattern, flags)) if flags.contains('i') => format!("(?i){pattern}"),
        Some((pattern, _)) => pattern.to_owned(),
        None => format!("^{pattern}$"),
    };
    Regex::new(&pattern)
        .map(Some)
        .map_err(|_| format!("its pattern `{}` cannot be read", short(&pattern)))
}

/// `prod,stage` or `Production : prod, Staging : stage`.
fn custom(arg: Arg, variable: &Json) -> Arg {
    let (is_multi, takes_all) = (is(variable, "multi"), is(variable, "includeAll"));
    let mut values = Vec::new();
    let mut choices = BTreeMap::new();
    for item in text(variable, "query").split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (label, value) =
            item.split_once(" : ").map_or((item, item), |(l, v)| (l.trim(), v.trim()));
        let choice = if is_multi { Value::one(value) } else { Value::Author(value.to_owned()) };
        choices.insert(label.to_owned(), choice.clone());
        choices.insert(value.to_owned(), choice);
        values.push(value.to_owned());
    }
    let all = text(variable, "allValue");
    let current = current(variable).filter(|current| *current != ALL);
    let default = match (takes_all, current) {
        (true, _) if !all.is_empty() => Some(Value::Author(all.to_owned())),
        (true, _) => Some(Value::Data(values)),
        (false, Some(current)) => {
            choices.get(current).cloned().or_else(|| Some(Value::one(current)))
        }
        (false, None) => values.first().and_then(|first| choices.get(first)).cloned(),
    };
    Arg { default, choices, is_multi: is_multi || takes_all, takes_all, ..arg }
}

fn interval(arg: Arg, variable: &Json) -> Arg {
    let is_wait = |text: &&str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric())
            && text.starts_with(|c: char| c.is_ascii_digit())
    };
    let known = text(variable, "query").split(',').map(str::trim).find(is_wait);
    // `auto` is what `step` is: nobody says it, so the finest known one takes its place.
    let default = current(variable).filter(is_wait).or(known).map(Value::one);
    Arg { default, pattern: Regex::new(DURATION).ok(), is_named_only: true, ..arg }
}

fn textbox(arg: Arg, variable: &Json) -> Arg {
    let default = current(variable).unwrap_or_else(|| text(variable, "query"));
    Arg { default: Some(Value::one(default)), is_named_only: true, ..arg }
}

/// Filters that a reader chooses; without any they change nothing.
fn adhoc(variable: &Json) -> Variable {
    match variable.get("filters").and_then(Json::as_array) {
        Some(filters) if !filters.is_empty() => {
            Variable::Unknown("the dashboard filters all queries ad hoc".to_owned())
        }
        Some(_) | None => Variable::Source,
    }
}

fn current(variable: &Json) -> Option<&str> {
    let value = variable.pointer("/current/value")?;
    let first = || value.as_array().and_then(|all| all.first()).and_then(Json::as_str);
    value.as_str().or_else(first).filter(|text| !text.is_empty())
}

pub(super) fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json.get(key).and_then(Json::as_str).unwrap_or_default()
}

pub(super) fn is(json: &Json, key: &str) -> bool {
    json.get(key).and_then(Json::as_bool).unwrap_or_default()
}

pub(super) fn short(text: &str) -> String {
    const LETTERS_MAX: usize = 60;
    let dots = if text.chars().nth(LETTERS_MAX).is_some() { "…" } else { "" };
    let line: String =
        text.chars().take(LETTERS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{line}{dots}")
}
