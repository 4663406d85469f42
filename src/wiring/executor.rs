//! The executor of this machine, and the seats of those elsewhere.
//!
//! `warroom serve` starts its own as a child without an environment: all that it needs goes over the
//! socket between them, in one line.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use crate::adapters::actions::cage::{Cage, Limits, User};
use crate::adapters::actions::service::{Service, Services};
use crate::adapters::actions::{browser, kubernetes, ssh};
use crate::adapters::api::{Api, Options, Proof};
use crate::config::{self, Config};
use crate::domain::secret::Secret;
use crate::engine::Engine;
use crate::engine::clock;
use crate::engine::runs::{Equipment, Executors};
use crate::executor::{Ear, Executor, Halt, Hears, Hub, Ledger, Parts, Redactor, Seats};

/// The name of the executor that `warroom serve` starts.
pub const LOCAL: &str = "local";

/// Everything that an executor's process is told. It holds secrets and is never shown.
#[derive(Serialize, Deserialize)]
pub struct Setup {
    folder: PathBuf,
    limits: Limits,
    user: Option<User>,
    environment: BTreeMap<String, String>,
    services: BTreeMap<String, ServiceSetup>,
    hosts: BTreeMap<String, ssh::Host>,
    known_hosts: Option<PathBuf>,
    playbooks: Option<PathBuf>,
    units: Vec<String>,
    clusters: BTreeMap<String, kubernetes::Cluster>,
    sites: BTreeMap<String, Url>,
    browser_arguments: Vec<String>,
    #[serde(serialize_with = "reveal_all")]
    secrets: Vec<Secret>,
}

#[derive(Serialize, Deserialize)]
struct ServiceSetup {
    url: Url,
    kind: ProofKind,
    user: String,
    #[serde(serialize_with = "reveal")]
    secret: Secret,
    trusted: Option<Vec<u8>>,
    timeout: std::time::Duration,
}

#[derive(Serialize, Deserialize)]
enum ProofKind {
    None,
    Bearer,
    Basic,
    ApiKey,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn reveal<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.reveal())
}

fn reveal_all<S: Serializer>(secrets: &[Secret], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(secrets.iter().map(Secret::reveal))
}

/// What the configuration says of this machine's executor; none: it may run nothing.
///
/// # Errors
/// When a secret or a certificate cannot be read.
pub fn setup(config: &Config) -> anyhow::Result<Option<Setup>> {
    let Some(own) = &config.executor else { return Ok(None) };
    let mut services = BTreeMap::new();
    for (name, api) in &own.services {
        let service = service(api).with_context(|| format!("executor.services.{name}"))?;
        services.insert(name.clone(), service);
    }
    let mut secrets: Vec<Secret> =
        services.values().map(|service| service.secret.clone()).collect();
    secrets.extend(super::read(own.token.as_ref()).context("executor.token")?);
    let cage = &own.cage;
    let base = Limits::default();
    Ok(Some(Setup {
        folder: folder(config),
        limits: Limits {
            cpu_seconds: cage.cpu_seconds.or(base.cpu_seconds),
            memory: cage.memory.or(base.memory),
            processes: cage.processes.or(base.processes),
            write: cage.write.clone(),
            ..base
        },
        user: cage.user.map(|(uid, gid)| User { uid, gid }),
        environment: environment(&cage.environment),
        services,
        hosts: own.hosts.iter().map(|(name, it)| (name.clone(), host(it))).collect(),
        known_hosts: own.known_hosts.clone(),
        // Programs begin in folders of their own, so a relative path would lead elsewhere.
        playbooks: own.playbooks.as_ref().map(std::path::absolute).transpose()?,
        units: own.units.clone(),
        clusters: own.clusters.iter().map(|(name, it)| (name.clone(), cluster(it))).collect(),
        sites: own.sites.clone(),
        browser_arguments: own.browser_arguments.clone(),
        secrets,
    }))
}

/// Who may connect as an executor; `local` is this machine's own. None: there is none.
///
/// # Errors
/// When a token cannot be read.
pub fn seats(
    config: &Config,
    clock: &Arc<dyn clock::Clock>,
    engine: &Arc<Engine>,
) -> anyhow::Result<Option<Seats>> {
    let mut labels: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut tokens = BTreeMap::new();
    for (name, seat) in &config.executors {
        labels.insert(name.clone(), seat.labels.clone());
        let token = seat.token.read().with_context(|| format!("executors.{name}.token"))?;
        tokens.insert(name.clone(), token);
    }
    if config.executor.as_ref().is_some_and(|own| own.server.is_none()) {
        labels.entry(LOCAL.to_owned()).or_default();
    }
    let hub = Arc::new(Hub::new(&labels, clock));
    Ok((!labels.is_empty()).then(|| Seats { hub, tokens, hears: Arc::new(Ear(engine.clone())) }))
}

/// Gives an engine its runbooks, and executors to carry them out where there are any.
///
/// # Errors
/// When the runbooks cannot be used.
pub fn equip(engine: &Engine, config: &Config, seats: Option<&Seats>) -> anyhow::Result<()> {
    let (book, _) = super::runbooks(config)?;
    let executors = seats.map(|seats| seats.hub.clone() as Arc<dyn Executors>);
    let halt_file = Some(Halt::in_folder(&folder(config)).file().to_owned());
    engine.equip(Equipment { book: book.into(), executors, halt_file });
    Ok(())
}

/// The folder of this machine's ledger, which also holds its stop switch.
#[must_use]
pub fn folder(config: &Config) -> PathBuf {
    let own = config.executor.as_ref().and_then(|own| own.dir.clone());
    let folder = own.unwrap_or_else(|| super::durable::executor_folder(config));
    // The executor's own folder is another one than the server's.
    std::path::absolute(&folder).unwrap_or(folder)
}

fn environment(configured: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut environment = configured.clone();
    environment.entry("PATH".to_owned()).or_insert_with(|| {
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()
    });
    environment
}

fn host(host: &config::Host) -> ssh::Host {
    ssh::Host {
        address: host.address.clone(),
        port: host.port,
        user: host.user.clone(),
        key_file: host.key_file.clone(),
    }
}

fn cluster(cluster: &config::Cluster) -> kubernetes::Cluster {
    kubernetes::Cluster {
        kubeconfig: cluster.kubeconfig.clone(),
        context: cluster.context.clone(),
        namespaces: cluster.namespaces.clone(),
    }
}

fn service(api: &config::Api) -> anyhow::Result<ServiceSetup> {
    let Options { url, proof, trusted, timeout, .. } = super::metrics::options(api)?;
    let (kind, user, secret) = match proof {
        Proof::None => (ProofKind::None, String::new(), Secret::new("")),
        Proof::Bearer(token) => (ProofKind::Bearer, String::new(), token),
        Proof::Basic(user, password) => (ProofKind::Basic, user, password),
        Proof::ApiKey(key) => (ProofKind::ApiKey, String::new(), key),
    };
    Ok(ServiceSetup { url, kind, user, secret, trusted, timeout })
}

/// Builds the executor that a setup describes.
///
/// # Errors
/// When its ledger or a service cannot be used.
pub fn build(setup: Setup, hears: Arc<dyn Hears>) -> anyhow::Result<Arc<Executor>> {
    let clock: Arc<dyn clock::Clock> = Arc::new(clock::System::default());
    let (ledger, lost) = Ledger::open(&setup.folder, clock.now())?;
    let halt = Halt::in_folder(&setup.folder);
    let cage = Cage {
        // The running binary itself, also after it was replaced on the disk.
        binary: PathBuf::from("/proc/self/exe"),
        folder: setup.folder.join("work"),
        limits: setup.limits,
        user: setup.user,
        environment: setup.environment,
    };
    let mut services = Services::default();
    for (name, service) in setup.services {
        let proof = match service.kind {
            ProofKind::None => Proof::None,
            ProofKind::Bearer => Proof::Bearer(service.secret),
            ProofKind::Basic => Proof::Basic(service.user, service.secret),
            ProofKind::ApiKey => Proof::ApiKey(service.secret),
        };
        let options = Options {
            url: service.url,
            proof,
            trusted: service.trusted,
            tenant: None,
            timeout: service.timeout,
        };
        let api = Api::new(options).with_context(|| format!("executor.services.{name}"))?;
        services.add(&name, Service::new(api));
    }
    let services = Arc::new(services);
    let inventory = ssh::Inventory { hosts: setup.hosts, known_hosts: setup.known_hosts };
    let actions = super::actions::Means {
        cage,
        services,
        inventory,
        playbooks: setup.playbooks,
        units: setup.units,
        clusters: setup.clusters,
        sites: browser::Sites {
            sites: setup.sites,
            arguments: setup.browser_arguments,
            folder: setup.folder.join("screenshots"),
        },
    };
    let actions = actions.build()?;
    let redactor = Redactor::new(setup.secrets);
    Ok(Executor::new(Parts { ledger, lost, actions, hears, clock, halt, redactor }))
}
