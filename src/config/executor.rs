//! The sections of what runs things: `[executor]` is this machine's own, `[executors.<name>]` are those
//! on other machines that may connect.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use super::metrics::{Api, api};
use super::secrets::{Held, held, required};
use super::sections::within;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::files::{Fields, Node, list, named, size, table, text, url};

/// `[executors.<name>]`: an executor on another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// What runbooks call it, beside its name.
    pub labels: Vec<String>,
    /// What it proves itself with.
    pub token: Held,
}

/// `[executor]`: what this machine may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executor {
    /// The server that it connects to. None: `warroom serve` on this machine starts it.
    pub server: Option<Url>,
    /// Its name there.
    pub name: String,
    /// What it proves itself with.
    pub token: Option<Held>,
    /// The folder of its ledger; none: inside the brain's or the journal's.
    pub dir: Option<PathBuf>,
    /// What each program may use.
    pub cage: Cage,
    /// Back ends that actions call, by name.
    pub services: BTreeMap<String, Api>,
    /// Machines that `ssh` may go to, by name.
    pub hosts: BTreeMap<String, Host>,
    /// What those machines prove themselves with, as `known_hosts`.
    pub known_hosts: Option<PathBuf>,
    /// The folder of the playbooks and inventories that `ansible` may use.
    pub playbooks: Option<PathBuf>,
    /// The units that `systemd` may touch: names, or names with one `*`.
    pub units: Vec<String>,
    /// Clusters that `kubernetes` may work on, by name.
    pub clusters: BTreeMap<String, Cluster>,
    /// Sites that `browser` may walk through, by name.
    pub sites: BTreeMap<String, Url>,
    /// What its browsers are started with, beside what they need.
    pub browser_arguments: Vec<String>,
}

/// `[executor.clusters.<name>]`: a cluster that `kubernetes` may work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// How it is reached; none: by the account of the executor's own pod.
    pub kubeconfig: Option<PathBuf>,
    /// The context in that file.
    pub context: Option<String>,
    /// The namespaces that may be worked on.
    pub namespaces: Vec<String>,
}

/// `[executor.cage]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cage {
    /// Whom programs run as, by number; none: whoever the executor is.
    pub user: Option<(u32, u32)>,
    /// Seconds of processor time for each process.
    pub cpu_seconds: Option<u64>,
    /// Bytes of data for each process.
    pub memory: Option<u64>,
    /// Processes of a program.
    pub processes: Option<u64>,
    /// The only places that programs may write to.
    pub write: Option<Vec<PathBuf>>,
    /// The environment that each program gets.
    pub environment: BTreeMap<String, String>,
}

/// `[executor.hosts.<name>]`: a machine that `ssh` may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its address or name.
    pub address: String,
    /// Its port.
    pub port: u16,
    /// Who we are there.
    pub user: String,
    /// The file with our key.
    pub key_file: Option<PathBuf>,
}

/// The number of a user who is somebody.
const ID_MAX: u64 = 0xffff_fffe;

pub(super) fn seat(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Seat> {
    table(node, &format!("executors.{name}"), out, |fields| {
        let labels = fields.list("labels", text);
        Some(Seat { labels, token: required(fields, "token", "token_file")? })
    })
    .flatten()
}

pub(super) fn executor(node: &Node, out: &mut Diagnostics) -> Option<Executor> {
    table(node, "executor", out, |fields| {
        let server = fields.optional("server", url);
        let name = fields.optional("name", text).unwrap_or_else(|| "local".to_owned());
        let token = held(fields, "token", "token_file");
        let dir = fields.optional("dir", text).map(PathBuf::from);
        let cage = fields.optional("cage", cage).unwrap_or_else(Cage::empty);
        let services = fields.optional("services", named(service)).unwrap_or_default();
        let hosts = fields.optional("hosts", named(host)).unwrap_or_default();
        let known_hosts = fields.optional("known_hosts", text).map(PathBuf::from);
        let playbooks = fields.optional("playbooks", text).map(PathBuf::from);
        let units = fields.list("units", text);
        let clusters = fields.optional("clusters", named(cluster)).unwrap_or_default();
        let sites = fields.optional("sites", named(site)).unwrap_or_default();
        let browser_arguments = fields.list("browser_arguments", text);
        Some(Executor {
            server,
            name,
            token,
            dir,
            cage,
            services,
            hosts,
            known_hosts,
            playbooks,
            units,
            clusters,
            sites,
            browser_arguments,
        })
    })
    .flatten()
}

impl Cage {
    fn empty() -> Self {
        Self {
            user: None,
            cpu_seconds: None,
            memory: None,
            processes: None,
            write: None,
            environment: BTreeMap::new(),
        }
    }
}

fn cage(node: &Node, out: &mut Diagnostics) -> Option<Cage> {
    table(node, "executor.cage", out, |fields| {
        let user = user(fields);
        let cpu_seconds = fields.optional("cpu_seconds", within(1, 86_400));
        let memory = fields.optional("memory", size);
        let processes = fields.optional("processes", within(1, 100_000));
        let write = fields.optional("write", list(text));
        let write = write.map(|all| all.into_iter().map(PathBuf::from).collect());
        let environment = fields.optional("environment", named(variable)).unwrap_or_default();
        Some(Cage { user, cpu_seconds, memory, processes, write, environment })
    })
    .flatten()
}

fn user(fields: &mut Fields<'_>) -> Option<(u32, u32)> {
    let uid = fields.optional("uid", within(1, ID_MAX));
    let gid = fields.optional("gid", within(1, ID_MAX)).or(uid);
    Some((u32::try_from(uid?).ok()?, u32::try_from(gid?).ok()?))
}

fn variable(_: &str, node: &Node, out: &mut Diagnostics) -> Option<String> {
    text(node, out)
}

fn site(_: &str, node: &Node, out: &mut Diagnostics) -> Option<Url> {
    url(node, out)
}

fn service(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Api> {
    table(node, &format!("executor.services.{name}"), out, api).flatten()
}

fn cluster(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Cluster> {
    table(node, &format!("executor.clusters.{name}"), out, |fields| {
        let kubeconfig = fields.optional("kubeconfig", text).map(PathBuf::from);
        let context = fields.optional("context", text);
        Cluster { kubeconfig, context, namespaces: fields.list("namespaces", text) }
    })
}

fn host(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Host> {
    table(node, &format!("executor.hosts.{name}"), out, |fields| {
        let address = fields.required("address", text);
        let port = fields.optional("port", within(1, 65_535)).unwrap_or(22);
        let user = fields.required("user", text);
        let key_file = fields.optional("key_file", text).map(PathBuf::from);
        let port = u16::try_from(port).ok()?;
        Some(Host { address: address?, port, user: user?, key_file })
    })
    .flatten()
}
