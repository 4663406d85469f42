//! The sections of what is read: `[metrics.<name>]` for graphs, `[logs.<name>]` for log lines.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use url::Url;

use super::secrets::{Held, held, required};
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{
    Fields, Node, boolean, duration, list, named, one_of, table, text, url,
};

/// `[metrics.<name>]`: one source of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// What it speaks.
    pub kind: MetricsKind,
    /// How it is reached.
    pub api: Api,
    /// Whether it is meant where no source is named.
    pub is_default: bool,
}

/// What a source of numbers speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsKind {
    /// Prometheus' query API.
    Prometheus,
    /// Graphite's render API.
    Graphite,
}

/// `[logs.<name>]`: one source of log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logs {
    /// What it is, with what only this kind can be told.
    pub kind: LogsKind,
    /// Services whose lines are here and not in the default source.
    pub services: Vec<String>,
    /// Whether it is meant where no other source has the service.
    pub is_default: bool,
}

/// What a source of log lines is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogsKind {
    /// A program.
    Command(Program),
    /// Grafana Loki and a query with places.
    Loki(Api, String),
    /// Elasticsearch or `OpenSearch`.
    Elasticsearch(Api, Search),
}

/// A program that prints log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments, with places.
    pub argv: Vec<String>,
    /// Variables of our environment that it gets beside the few that every program needs.
    pub environment: Vec<String>,
    /// How long it may run.
    pub timeout: Duration,
}

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The indices.
    pub index: String,
    /// Fields and what they must hold, with places.
    pub terms: BTreeMap<String, String>,
    /// The field with the time.
    pub time: String,
    /// The field with the line.
    pub message: String,
}

/// An HTTP API that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Where it begins.
    pub url: Url,
    /// Who we say that we are.
    pub proof: Proof,
    /// Certificates (PEM) to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// The tenant of a shared installation.
    pub tenant: Option<String>,
    /// How long a call may take.
    pub timeout: Duration,
}

/// Who we say that we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Nobody.
    None,
    /// A bearer token.
    Bearer(Held),
    /// A name and a password.
    Basic(String, Held),
    /// An API key of Elasticsearch.
    ApiKey(Held),
}

#[derive(Clone, Copy)]
enum LogsName {
    Command,
    Loki,
    Elasticsearch,
}

const METRICS: &[(&str, MetricsKind)] =
    &[("prometheus", MetricsKind::Prometheus), ("graphite", MetricsKind::Graphite)];

const LOGS: &[(&str, LogsName)] = &[
    ("command", LogsName::Command),
    ("loki", LogsName::Loki),
    ("elasticsearch", LogsName::Elasticsearch),
];

/// How long a source may take, where nothing is configured: on-call people wait behind it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longer than this nobody waits for a graph or a line.
const TIMEOUT_MAX: TimeDelta = TimeDelta::minutes(2);

pub(super) fn metrics(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Metrics> {
    table(node, &format!("metrics.{name}"), out, |fields| {
        let kind = fields.required("kind", one_of(METRICS));
        let api = api(fields);
        let is_default = fields.optional("default", boolean).unwrap_or(false);
        Some(Metrics { kind: kind?, api: api?, is_default })
    })
    .flatten()
}

pub(super) fn logs(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Logs> {
    table(node, &format!("logs.{name}"), out, |fields| {
        let kind = fields.required("kind", one_of(LOGS));
        let services = fields.list("services", text);
        let is_default = fields.optional("default", boolean).unwrap_or(false);
        let kind = match kind? {
            LogsName::Command => program(fields).map(LogsKind::Command),
            LogsName::Loki => {
                let (api, query) = (api(fields), fields.required("query", text));
                api.zip(query).map(|(api, query)| LogsKind::Loki(api, query))
            }
            LogsName::Elasticsearch => {
                let (api, search) = (api(fields), search(fields));
                api.zip(search).map(|(api, search)| LogsKind::Elasticsearch(api, search))
            }
        };
        Some(Logs { kind: kind?, services, is_default })
    })
    .flatten()
}

/// Reports a second default: which one is meant would be left to chance.
pub(super) fn one_default<'a>(
    fields: &mut Fields<'_>,
    section: &'static str,
    defaults: impl Iterator<Item = &'a String>,
) {
    let names: Vec<&str> = defaults.map(String::as_str).collect();
    let place = fields.node(section).map(|node| node.place.clone());
    if let (Some(place), [_, _, ..]) = (place, names.as_slice()) {
        let fault = format!("more than one of `{section}` is the default: {}", names.join(", "));
        let help = "keep `default = true` at one of them".to_owned();
        fields.out.push(Diagnostic::error(&place, fault).label("which one?").help(help));
    }
}

pub(super) fn api(fields: &mut Fields<'_>) -> Option<Api> {
    let url = fields.required("url", address);
    let proof = proof(fields);
    let ca_file = fields.optional("ca_file", text).map(PathBuf::from);
    let tenant = fields.optional("tenant", text);
    let timeout = timeout(fields);
    Some(Api { url: url?, proof, ca_file, tenant, timeout })
}

/// An address of HTTP without credentials: those have keys of their own, which are never printed.
fn address(node: &Node, out: &mut Diagnostics) -> Option<Url> {
    let url = url(node, out)?;
    let fault = if !matches!(url.scheme(), "http" | "https") {
        "expected an address that begins with http:// or https://"
    } else if !url.username().is_empty() || url.password().is_some() {
        "an address holds no name and no password: give them as `user` and `password`"
    } else if url.query().is_some() || url.fragment().is_some() {
        "expected the address of the server, without anything behind `?` or `#`"
    } else {
        return Some(url);
    };
    out.push(Diagnostic::error(&node.place, fault).label("not an address to read from"));
    None
}

fn proof(fields: &mut Fields<'_>) -> Proof {
    let token = held(fields, "token", "token_file").map(Proof::Bearer);
    let key = held(fields, "api_key", "api_key_file").map(Proof::ApiKey);
    let basic = match fields.optional("user", text) {
        Some(user) => required(fields, "password", "password_file")
            .map(|password| Proof::Basic(user, password)),
        None => {
            if held(fields, "password", "password_file").is_some() {
                let fault = "a password needs a `user`";
                fields.out.push(Diagnostic::error(fields.place(), fault).label("whose?"));
            }
            None
        }
    };
    let mut given = [token, key, basic].into_iter().flatten();
    let first = given.next();
    if given.next().is_some() {
        let fault = "give one of: a token, an API key, a user with a password";
        fields.out.push(Diagnostic::error(fields.place(), fault).label("more than one is given"));
    }
    first.unwrap_or(Proof::None)
}

fn timeout(fields: &mut Fields<'_>) -> Duration {
    let read = |node: &Node, out: &mut Diagnostics| {
        let wait = duration(node, out)?;
        if (TimeDelta::seconds(1)..=TIMEOUT_MAX).contains(&wait) {
            return wait.to_std().ok();
        }
        let fault = "expected a wait from 1s to 2m: people wait behind it";
        out.push(Diagnostic::error(&node.place, fault).label("out of range"));
        None
    };
    fields.optional("timeout", read).unwrap_or(TIMEOUT)
}

fn program(fields: &mut Fields<'_>) -> Option<Program> {
    let argv = fields.required("command", argv);
    let environment = fields.list("environment", text);
    let timeout = timeout(fields);
    Some(Program { argv: argv?, environment, timeout })
}

fn argv(node: &Node, out: &mut Diagnostics) -> Option<Vec<String>> {
    let argv = list(text)(node, out)?;
    let fault = match argv.first() {
        None => "expected a program and its arguments, found an empty list",
        Some(program) if program.contains('{') || program.contains(char::is_whitespace) => {
            "the program is one word without places: each argument is an item of its own"
        }
        Some(_) => return Some(argv),
    };
    out.push(Diagnostic::error(&node.place, fault).label("not a program"));
    None
}

fn search(fields: &mut Fields<'_>) -> Option<Search> {
    let index = fields.required("index", text);
    let terms = fields.required("terms", named(|_, node, out| text(node, out)));
    let word = |fields: &mut Fields<'_>, key, usual: &str| {
        fields.optional(key, text).unwrap_or_else(|| usual.to_owned())
    };
    let time = word(fields, "time_field", "@timestamp");
    let message = word(fields, "message_field", "message");
    Some(Search { index: index?, terms: terms?, time, message })
}
