//! Lays the four layers over each other and reads them.

use std::io;
use std::path::Path;

use super::{
    Config, access, audit, chat, executor, freezes, inventory, metrics, noise, pagers, people,
    reports, sections, sources, trackers,
};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place, Source};
use crate::domain::files::{self, Entry, Node, Table, Value, bare, named};

/// The lowest layer: every default, and the documentation of every key.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");
/// What the variables of the environment begin with.
const PREFIX: &str = "WARROOM__";
/// Bytes of a configuration file: what is larger is some other file.
const FILE_MAX: u64 = 4 << 20;

/// A value from the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// As people type it: `--listen`.
    pub name: &'static str,
    /// The key that it stands for: `server.listen`.
    pub key: &'static str,
    /// What was typed.
    pub value: String,
}

/// A configuration, and warnings about it.
pub type Loaded = (Config, Diagnostics);

impl Config {
    /// Reads the configuration: defaults, the file if there is one, the environment, the flags.
    ///
    /// # Errors
    /// Everything that is wrong with any of the layers.
    pub fn load(
        path: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[Flag],
    ) -> Result<Loaded, Diagnostics> {
        let Some(path) = path else { return Self::parse(None, environment, flags) };
        let name = path.display().to_string();
        match read(path) {
            Ok(text) => Self::parse(Some((&name, &text)), environment, flags),
            Err(error) => {
                let place = Place { source: Source::new(&name, ""), span: 0..0 };
                let mut out = Diagnostics::default();
                let fault = format!("cannot read the configuration: {error}");
                out.push(Diagnostic::error(&place, fault));
                Err(out)
            }
        }
    }

    /// As [`Config::load`], for a file's name and text.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(
        file: Option<(&str, &str)>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[Flag],
    ) -> Result<Loaded, Diagnostics> {
        let mut out = Diagnostics::default();
        let mut tree = files::parse("config.example.toml", EXAMPLE, &mut out);
        if let Some((name, text)) = file {
            overlay(&mut tree, files::parse(name, text, &mut out));
        }
        let mut variables: Vec<_> = environment.into_iter().collect();
        variables.sort();
        for (name, value) in &variables {
            if let Some(keys) = name.strip_prefix(PREFIX) {
                let keys = keys.to_lowercase();
                overlay(&mut tree, layer("environment", (name, "=", value), keys.rsplit("__")));
            }
        }
        for Flag { name, key, value } in flags {
            overlay(&mut tree, layer("command line", (name, " ", value), key.rsplit('.')));
        }
        let config = config(&tree, &mut out);
        out.sort();
        match config {
            Some(config) if !out.has_errors() => Ok((config, out)),
            _ => Err(out),
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    if std::fs::metadata(path)?.len() > FILE_MAX {
        return Err(io::Error::other(format!("the file has more than {FILE_MAX} bytes")));
    }
    std::fs::read_to_string(path)
}

/// Keeps the place of the upper layer, where messages about missing keys should point.
fn overlay(tree: &mut Node, upper: Node) {
    if let (Value::Table(lower), Value::Table(table)) = (&mut tree.value, upper.value) {
        lower.overlay(table);
    }
}

/// One value as a layer of its own: `keys` from the innermost to the outermost.
fn layer<'a>(
    source: &str,
    (name, between, value): (&str, &str, &str),
    keys: impl Iterator<Item = &'a str>,
) -> Node {
    let source = Source::new(source, &format!("{name}{between}{value}"));
    let key = Place { source, span: 0..name.len() };
    let start = name.len() + between.len();
    let leaf = bare(key.at(start..start + value.len()), value);
    keys.fold(leaf, |node, word| {
        let mut table = Table::default();
        table.0.insert(word.to_owned(), Entry { key: key.clone(), node });
        Node { value: Value::Table(table), place: key.clone() }
    })
}

fn config(tree: &Node, out: &mut Diagnostics) -> Option<Config> {
    files::table(tree, "configuration", out, |fields| {
        let server = fields.required("server", sections::server);
        let brain = fields.required("brain", sections::brain);
        let journal = fields.required("journal", sections::journal);
        let alerts = fields.required("alerts", sections::alerts);
        let incidents = fields.required("incidents", sections::incidents);
        let noise = fields.required("noise", noise::noise);
        let sources = fields.optional("sources", named(sources::source));
        let heartbeats = fields.optional("heartbeats", named(sources::heartbeat));
        let pagers = fields.optional("pagers", named(pagers::pager));
        let canary = fields.optional("canary", noise::canary);
        let trackers = fields.optional("trackers", named(trackers::tracker));
        let runs = fields.optional("runs", sources::runs);
        let own = fields.optional("executor", executor::executor);
        let executors = fields.optional("executors", named(executor::seat)).unwrap_or_default();
        let metrics = fields.optional("metrics", named(metrics::metrics)).unwrap_or_default();
        let logs = fields.optional("logs", named(metrics::logs)).unwrap_or_default();
        let chat = fields.optional("chat", chat::chats).unwrap_or_default();
        let people = fields.optional("people", people::people).unwrap_or_default();
        let teams = fields.optional("teams", people::teams(&people)).unwrap_or_default();
        let known = access::Known { people: &people, teams: &teams };
        let rights = fields.optional("access", |node, out| access::access(&known, node, out));
        let inventory = fields.optional("inventory", inventory::inventory).unwrap_or_default();
        let freezes = fields.list("freeze", freezes::freeze);
        let console = fields.required("console", access::console);
        let oidc = fields.optional("oidc", access::oidc);
        let audit = fields.required("audit", audit::audit);
        let weekly = fields.optional("reports", reports::reports);
        let postmortems = fields.optional("postmortems", reports::postmortems);
        let log = fields.required("log", sections::log);
        let rules_dir = fields.required("rules", sections::rules);
        let runbooks_dir = fields.required("runbooks", sections::runbooks);
        let dashboards = fields.required("dashboards", sections::dashboards);
        let config = Config {
            server: server?,
            brain: brain?,
            journal: journal?,
            alerts: alerts?,
            incidents: incidents?,
            noise: noise?,
            sources: sources.unwrap_or_default(),
            heartbeats: heartbeats.unwrap_or_default(),
            pagers: pagers.unwrap_or_default(),
            canary,
            trackers: trackers.unwrap_or_default(),
            runs,
            executor: own,
            executors,
            metrics,
            logs,
            chat,
            people,
            teams,
            rights: rights.unwrap_or_default(),
            freezes,
            inventory,
            console: console?,
            oidc,
            audit: audit?,
            weekly,
            postmortems,
            log: log?,
            rules_dir: rules_dir?,
            runbooks_dir: runbooks_dir?,
            dashboards: dashboards?,
        };
        look_across(&config, fields);
        Some(config)
    })
    .flatten()
}

/// What only the whole shows.
fn look_across(config: &Config, fields: &mut files::Fields<'_>) {
    warn_of_closed_sources(config, fields);
    if let Some(node) = fields.node("people").cloned() {
        people::known_pagers(&node, &config.pagers, fields.out);
    }
    refuse_second_defaults(config, fields);
    needs_an_address(config, fields);
}

/// Where nothing is named, one source must be meant.
fn refuse_second_defaults(config: &Config, fields: &mut files::Fields<'_>) {
    let marked = config.metrics.iter().filter(|(_, source)| source.is_default);
    metrics::one_default(fields, "metrics", marked.map(|(name, _)| name));
    let marked = config.logs.iter().filter(|(_, source)| source.is_default);
    metrics::one_default(fields, "logs", marked.map(|(name, _)| name));
}

/// The identity provider sends people back to an address, which must be known to it beforehand.
fn needs_an_address(config: &Config, fields: &mut files::Fields<'_>) {
    if config.oidc.is_none() || config.server.external_url.is_some() {
        return;
    }
    if let Some(place) = fields.node("oidc").map(|node| node.place.clone()) {
        let fault = "`[oidc]` needs `server.external_url`";
        let help = "register EXTERNAL_URL/sign-in/oidc/callback at the provider".to_owned();
        let label = "it sends people back to there";
        fields.out.push(Diagnostic::error(&place, fault).label(label).help(help));
    }
}

/// A source without authentication hears this machine alone: other machines would get 403.
fn warn_of_closed_sources(config: &Config, fields: &mut files::Fields<'_>) {
    if config.server.listen.ip().is_loopback() {
        return;
    }
    let closed: Vec<&str> = config.closed_sources().collect();
    let listen = fields.node("server").map(|node| node.place.clone());
    if let (Some(place), [_, ..]) = (listen, closed.as_slice()) {
        let fault =
            format!("these sources take alerts from this machine only: {}", closed.join(", "));
        let help = "give each an `auth`, or `enabled = false`".to_owned();
        fields
            .out
            .push(Diagnostic::warning(&place, fault).label("listens to other machines").help(help));
    }
}
