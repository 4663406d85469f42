//! Dashboard files.
#![expect(dead_code, reason = "shapes: only their schemas are used")]

use schemars::JsonSchema;

use super::{OneOrMany, Wait};

/// A file of `dashboards/`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in super::super) struct Dashboard {
    /// Named graphs: `graph latency cms 1h` draws one.
    graph: Option<Vec<Graph>>,
}

/// A named graph.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Graph {
    /// What people type.
    name: String,
    /// What stands above it; a template of its arguments.
    title: Option<String>,
    /// Other names for it.
    aliases: Option<Vec<String>>,
    /// What its values are: `s`, `bytes`, `percentunit`, `reqps`, as Grafana names them.
    unit: Option<String>,
    /// What must be said with its name, in this order.
    args: Option<Vec<Arg>>,
    /// The lines.
    series: Vec<Series>,
    /// A line that should not be crossed, or several.
    limit: Option<OneOrMany<Limit>>,
    /// The source of its numbers, by its name under `[metrics]`.
    source: Option<String>,
    /// How many lines are shown, the largest first.
    #[schemars(range(min = 1))]
    top: Option<u64>,
    /// How far its points lie apart. Default: as wide as a picture needs.
    step: Option<Wait>,
    /// How far back a second, paler picture of the same lies.
    compare: Option<Wait>,
    /// The lowest value of the axis.
    min: Option<f64>,
    /// The highest value of the axis.
    max: Option<f64>,
    /// Whether lines are stacked on each other.
    stack: Option<bool>,
}

/// An argument of a graph.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Arg {
    /// Its name.
    Name(String),
    /// Its name, and more about it.
    Table(ArgTable),
}

/// More about an argument.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ArgTable {
    /// Its name: `{{ name }}` in queries.
    name: String,
    /// What it is where nobody says.
    default: Option<String>,
    /// What its value must match as a whole.
    pattern: Option<String>,
}

/// One line of a graph, or several with one query.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Series {
    /// What it is called; labels in it: `{{ instance }}`.
    legend: Option<String>,
    /// The query, with arguments as `{{ service }}` and `{{ rate }}` for a safe range.
    query: String,
    /// The source of its numbers. Default: the graph's.
    source: Option<String>,
}

/// A line that should not be crossed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Limit {
    /// Where it is.
    value: f64,
    /// What it is called. Default: limit.
    label: Option<String>,
}
