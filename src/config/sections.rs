//! The sections that every warroom has. The meaning of each key is in `config.example.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use compact_str::CompactString;
use url::Url;

use super::secrets::{Address, Held, held};
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{
    Fields, Node, Value, duration, integer, list, one_of, size, table, text, url,
};
use crate::domain::incident::Settings;

/// `[server]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The address and port to listen on.
    pub listen: SocketAddr,
    /// The largest body that is read, in bytes.
    pub body_limit: usize,
    /// Where people reach this server; links in messages begin with it.
    pub external_url: Option<Url>,
    /// What opens the API to those who do not ask from this machine. None: nobody else may.
    pub token: Option<Held>,
}

/// `[brain]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brain {
    /// Which store: `file:` or one of the `redis:` family.
    pub url: Address,
    /// What every key in Redis begins with.
    pub key_prefix: String,
    /// Redis' password; it wins over the one in the address.
    pub password: Option<Held>,
    /// The Sentinels' own password.
    pub sentinel_password: Option<Held>,
    /// Certificates (PEM) to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// How many replicas must have a write before it counts.
    pub replicas: Replicas,
    /// What a 2xx means, where the brain is shared.
    pub promise: Promise,
    /// How many shards a new store gets.
    pub shards: u16,
}

/// What a 2xx means, where the brain is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// Replicas and the journal have it.
    Strict,
    /// Redis has it in memory.
    Fast,
}

/// How many replicas must have a write before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replicas {
    /// One, where the master has any.
    Auto,
    /// So many; 0 waits for none.
    Exactly(u16),
}

/// `[journal]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Its folder. None: `journal` inside the embedded brain's, or under `./warroom-data`.
    pub dir: Option<PathBuf>,
    /// How long received alerts are kept.
    pub keep: TimeDelta,
    /// How large it may grow, in bytes.
    pub size_max: u64,
}

/// `[alerts]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerts {
    /// How long an alert lives after its last report.
    pub resolve_timeout: TimeDelta,
    /// Labels that only tell replicas of one source apart.
    pub replica_labels: Vec<CompactString>,
}

/// `[incidents]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incidents {
    /// How often held alerts are looked at again.
    pub reconsider_every: TimeDelta,
    /// How long changes wait to become one edit of the card.
    pub card_delay: TimeDelta,
    /// How long a closed incident is kept.
    pub keep_closed: TimeDelta,
    /// How long a case that never opened is kept.
    pub keep_quiet: TimeDelta,
}

/// `[dashboards]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dashboards {
    /// The folder with the dashboards.
    pub dir: PathBuf,
    /// Whose clock graphs show where the reader's is not known.
    pub zone: chrono_tz::Tz,
    /// How often the sources look at what they measure.
    pub scrape_interval: TimeDelta,
}

/// `[log]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// What is worth a line.
    pub level: LogLevel,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is worth a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What is broken.
    Error,
    /// What would wake someone, too.
    Warn,
    /// Every decision, too.
    Info,
    /// What adapters do, too.
    Debug,
    /// Everything.
    Trace,
}

/// The brains that there are, by the scheme of their address.
const SCHEMES: [&str; 7] = [
    "file",
    "redis",
    "rediss",
    "redis+sentinel",
    "rediss+sentinel",
    "redis+cluster",
    "rediss+cluster",
];

const PROMISES: &[(&str, Promise)] = &[("strict", Promise::Strict), ("fast", Promise::Fast)];

const FORMATS: &[(&str, LogFormat)] = &[("text", LogFormat::Text), ("json", LogFormat::Json)];

const LEVELS: &[(&str, LogLevel)] = &[
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

/// Shards of one store: each costs a worker's look at its agenda.
const SHARDS_MAX: u64 = 1024;

impl super::Config {
    /// The part of the configuration that decisions are made with.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            resolve_timeout: self.alerts.resolve_timeout,
            reconsider_every: self.incidents.reconsider_every,
            flap_window: self.noise.flap_window,
            flap_high: self.noise.flap_high,
            flap_low: self.noise.flap_low,
            card_delay: self.incidents.card_delay,
            keep_closed: self.incidents.keep_closed,
            keep_quiet: self.incidents.keep_quiet,
        }
    }
}

/// Reads a section; a key that is missing in all layers was reported.
pub(super) fn section<T>(
    node: &Node,
    what: &str,
    out: &mut Diagnostics,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Option<T> {
    table(node, what, out, read).flatten()
}

pub(super) fn server(node: &Node, out: &mut Diagnostics) -> Option<Server> {
    section(node, "server", out, |fields| {
        let listen = fields.required("listen", socket);
        let body_limit = fields.required("body_limit", size);
        let external_url = fields.optional("external_url", url);
        let token = held(fields, "token", "token_file");
        let body_limit = usize::try_from(body_limit?).ok()?;
        Some(Server { listen: listen?, body_limit, external_url, token })
    })
}

fn socket(node: &Node, out: &mut Diagnostics) -> Option<SocketAddr> {
    let text = text(node, out)?;
    text.parse()
        .map_err(|_| {
            let fault = format!("`{text}` is not an address to listen on");
            let help = "write an IP address and a port: \"127.0.0.1:9095\"".to_owned();
            out.push(Diagnostic::error(&node.place, fault).label("not an address").help(help));
        })
        .ok()
}

pub(super) fn brain(node: &Node, out: &mut Diagnostics) -> Option<Brain> {
    section(node, "brain", out, |fields| {
        let url = fields.required("url", address);
        let key_prefix = fields.required("key_prefix", text);
        let password = held(fields, "password", "password_file");
        let sentinel_password = held(fields, "sentinel_password", "sentinel_password_file");
        let ca_file = fields.optional("ca_file", text).map(PathBuf::from);
        let replicas = fields.required("replicas", replicas);
        let promise = fields.required("promise", one_of(PROMISES));
        let shards = fields.required("shards", within(1, SHARDS_MAX));
        Some(Brain {
            url: url?,
            key_prefix: key_prefix?,
            password,
            sentinel_password,
            ca_file,
            replicas: replicas?,
            promise: promise?,
            shards: u16::try_from(shards?).ok()?,
        })
    })
}

fn address(node: &Node, out: &mut Diagnostics) -> Option<Address> {
    let address = Address::new(text(node, out)?);
    if SCHEMES.contains(&address.scheme()) {
        return Some(address);
    }
    let fault = format!("there is no brain of the kind `{}`", address.scheme());
    let help = format!("begin the address with one of: {}", SCHEMES.join(", "));
    out.push(Diagnostic::error(&node.place, fault).label("no such brain").help(help));
    None
}

fn replicas(node: &Node, out: &mut Diagnostics) -> Option<Replicas> {
    if matches!(&node.value, Value::Text(text) | Value::Bare(text) if text == "auto") {
        return Some(Replicas::Auto);
    }
    let count = within(0, 16)(node, out)?;
    u16::try_from(count).ok().map(Replicas::Exactly)
}

/// A whole number inside bounds, both included.
pub(super) fn within(least: u64, most: u64) -> impl Fn(&Node, &mut Diagnostics) -> Option<u64> {
    move |node, out| {
        let number = integer(node, out)?;
        if (least..=most).contains(&number) {
            return Some(number);
        }
        let fault = format!("expected a number from {least} to {most}, found {number}");
        out.push(Diagnostic::error(&node.place, fault).label("out of range"));
        None
    }
}

pub(super) fn journal(node: &Node, out: &mut Diagnostics) -> Option<Journal> {
    section(node, "journal", out, |fields| {
        let dir = fields.optional("dir", text).map(PathBuf::from);
        let keep = fields.required("keep", duration);
        let size_max = fields.required("size_max", size);
        Some(Journal { dir, keep: keep?, size_max: size_max? })
    })
}

pub(super) fn alerts(node: &Node, out: &mut Diagnostics) -> Option<Alerts> {
    section(node, "alerts", out, |fields| {
        let resolve_timeout = fields.required("resolve_timeout", duration);
        let labels = fields.required("replica_labels", list(text));
        let replica_labels = labels?.into_iter().map(CompactString::from).collect();
        Some(Alerts { resolve_timeout: resolve_timeout?, replica_labels })
    })
}

pub(super) fn incidents(node: &Node, out: &mut Diagnostics) -> Option<Incidents> {
    section(node, "incidents", out, |fields| {
        let reconsider_every = fields.required("reconsider_every", duration);
        let card_delay = fields.required("card_delay", duration);
        let keep_closed = fields.required("keep_closed", duration);
        let keep_quiet = fields.required("keep_quiet", duration);
        Some(Incidents {
            reconsider_every: reconsider_every?,
            card_delay: card_delay?,
            keep_closed: keep_closed?,
            keep_quiet: keep_quiet?,
        })
    })
}

pub(super) fn log(node: &Node, out: &mut Diagnostics) -> Option<Log> {
    section(node, "log", out, |fields| {
        let format = fields.required("format", one_of(FORMATS));
        let level = fields.required("level", one_of(LEVELS));
        Some(Log { format: format?, level: level? })
    })
}

pub(super) fn rules(node: &Node, out: &mut Diagnostics) -> Option<PathBuf> {
    section(node, "rules", out, |fields| fields.required("dir", text).map(PathBuf::from))
}

pub(super) fn runbooks(node: &Node, out: &mut Diagnostics) -> Option<PathBuf> {
    section(node, "runbooks", out, |fields| fields.required("dir", text).map(PathBuf::from))
}

pub(super) fn dashboards(node: &Node, out: &mut Diagnostics) -> Option<Dashboards> {
    section(node, "dashboards", out, |fields| {
        let dir = fields.required("dir", text).map(PathBuf::from);
        let zone = fields.required("time_zone", zone);
        let scrape_interval = fields.required("scrape_interval", duration);
        Some(Dashboards { dir: dir?, zone: zone?, scrape_interval: scrape_interval? })
    })
}

pub(super) fn zone(node: &Node, out: &mut Diagnostics) -> Option<chrono_tz::Tz> {
    let name = text(node, out)?;
    name.parse()
        .map_err(|_| {
            let fault = format!("`{name}` is no time zone");
            let help = "write it as IANA does: \"Europe/Berlin\", \"America/New_York\"".to_owned();
            out.push(Diagnostic::error(&node.place, fault).label("not a zone").help(help));
        })
        .ok()
}
