//! Real Redis servers: one, a Sentinel trio, a cluster of three masters.
//!
//! A test that breaks something starts its own. Those that only read and write share one set for
//! the whole binary, each under its own key prefix; the kernel ends them with this process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use tempfile::TempDir;
use warroom::brain::redis::{Address, Options};

use super::process::{Process, find, free_port};

/// How long servers may take to answer, and Sentinels and cluster nodes to find each other.
const READY: Duration = Duration::from_secs(20);

/// One redis-server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) process: Process,
    args: Vec<String>,
    folder: PathBuf,
    /// Kept while the server runs; none when the folder is somebody else's.
    _own: Option<TempDir>,
}

impl Server {
    /// An empty one, with further options.
    pub(crate) fn start(options: &[&str]) -> Self {
        let own = scratch();
        let folder = own.path().to_owned();
        Self { _own: Some(own), ..Self::start_in(&folder, options) }
    }

    /// One that keeps its files there.
    pub(crate) fn start_in(folder: &Path, options: &[&str]) -> Self {
        let port = free_port();
        let mut args: Vec<String> = Vec::new();
        args.extend(["--bind", "127.0.0.1", "--port"].map(str::to_owned));
        args.extend([port.to_string(), "--dir".to_owned(), folder.display().to_string()]);
        args.extend(["--save", "", "--maxmemory-policy", "noeviction"].map(str::to_owned));
        args.extend(options.iter().map(|option| (*option).to_owned()));
        let process = launch("redis-server", &args, folder, port);
        let server = Self { port, process, args, folder: folder.to_owned(), _own: None };
        server.wait_until_ready();
        server
    }

    /// The same server again, after it was killed.
    pub(crate) fn restart(&mut self) {
        self.process = launch("redis-server", &self.args, &self.folder, self.port);
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        until("redis answers", || self.cli(&["PING"]).contains("PONG"));
    }

    /// What redis-cli prints.
    pub(crate) fn cli(&self, args: &[&str]) -> String {
        cli(self.port, args)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

pub(crate) fn cli(port: u16, args: &[&str]) -> String {
    let output = Command::new(program("redis-cli"))
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(args)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn program(name: &str) -> PathBuf {
    find(name).unwrap_or_else(|| panic!("{name} is not installed: run tests/run"))
}

/// The kernel kills it when the thread that started it ends; so no panic and no abort leaves it.
fn launch(name: &str, args: &[String], folder: &Path, port: u16) -> Process {
    let mut command = Command::new(program("setpriv"));
    command.args(["--pdeathsig", "KILL"]).arg(program(name)).args(args);
    Process::start(&format!("{name}-{port}"), &mut command, folder)
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = std::time::Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < READY, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A master with two replicas, and three Sentinels who watch it as `brain`.
#[derive(Debug)]
pub(crate) struct Trio {
    pub(crate) servers: Vec<Server>,
    sentinels: Vec<(u16, Process)>,
    _folder: TempDir,
}

impl Trio {
    pub(crate) fn start() -> Self {
        let folder = scratch();
        let master = Server::start(&["--repl-diskless-sync-delay", "0"]);
        let follows = format!("127.0.0.1 {}", master.port);
        let replica = || {
            let announce =
                ["--replica-announce-ip", "127.0.0.1", "--repl-diskless-sync-delay", "0"];
            Server::start(&[&["--replicaof", &follows], &announce[..]].concat())
        };
        let servers = vec![replica(), replica()];
        let servers: Vec<Server> = std::iter::once(master).chain(servers).collect();
        let ports: Vec<u16> = (0..3).map(|_| free_port()).collect();
        let sentinels: Vec<(u16, Process)> = ports
            .iter()
            .map(|port| (*port, sentinel(folder.path(), *port, servers[0].port)))
            .collect();
        for (port, _) in &sentinels {
            until("the sentinels see each other", || {
                cli(*port, &["SENTINEL", "CKQUORUM", "brain"]).starts_with("OK 3")
                    && cli(*port, &["SENTINEL", "REPLICAS", "brain"]).matches("runid").count() == 2
            });
        }
        until("the replicas follow", || {
            servers[0].cli(&["WAIT", "2", "100"]) == "2"
                || servers[0].cli(&["INFO", "replication"]).matches("state=online").count() == 2
        });
        Self { servers, sentinels, _folder: folder }
    }

    pub(crate) fn url(&self) -> String {
        let hosts: Vec<String> =
            self.sentinels.iter().map(|(port, _)| format!("127.0.0.1:{port}")).collect();
        format!("redis+sentinel://{}/brain", hosts.join(","))
    }

    /// What a Sentinel says to a command.
    pub(crate) fn sentinel(&self, args: &[&str]) -> String {
        cli(self.sentinels[0].0, args)
    }
}

fn sentinel(folder: &Path, port: u16, master: u16) -> Process {
    let file = folder.join(format!("{port}.conf"));
    let text = format!(
        "port {port}\ndir {}\nsentinel monitor brain 127.0.0.1 {master} 2\n\
         sentinel down-after-milliseconds brain 1000\nsentinel failover-timeout brain 5000\n",
        folder.display()
    );
    fs::write(&file, text).unwrap();
    launch("redis-sentinel", &[file.display().to_string()], folder, port)
}

/// Three masters.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) servers: Vec<Server>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let options = [
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            "1000",
            "--cluster-announce-ip",
            "127.0.0.1",
        ];
        let servers: Vec<Server> = (0..3).map(|_| Server::start(&options)).collect();
        let hosts: Vec<String> =
            servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        let create: Vec<&str> = ["--cluster", "create"]
            .into_iter()
            .chain(hosts.iter().map(String::as_str))
            .chain(["--cluster-yes"])
            .collect();
        servers[0].cli(&create);
        for server in &servers {
            until("the cluster is whole", || {
                let info = server.cli(&["CLUSTER", "INFO"]);
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
            });
        }
        Self { servers }
    }

    pub(crate) fn url(&self) -> String {
        let hosts: Vec<String> =
            self.servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        format!("redis+cluster://{}", hosts.join(","))
    }
}

/// Starts something once, on a thread that lives as long as the process, because the kernel ends a
/// server with the thread that started it.
fn shared<T: Send + 'static>(
    start: impl FnOnce() -> T + Send + 'static,
    url: fn(&T) -> String,
) -> String {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let it = start();
        tell.send(url(&it)).unwrap();
        loop {
            std::thread::park();
        }
    });
    told.recv_timeout(READY * 2).expect("shared servers of the tests start")
}

/// The addresses of the shared servers.
pub(crate) static ONE: LazyLock<String> =
    LazyLock::new(|| shared(|| Server::start(&[]), Server::url));
pub(crate) static TRIO: LazyLock<String> = LazyLock::new(|| shared(Trio::start, Trio::url));
pub(crate) static CLUSTER: LazyLock<String> =
    LazyLock::new(|| shared(Cluster::start, Cluster::url));

static PREFIX: AtomicU32 = AtomicU32::new(0);

/// Options with a key prefix that no other test has.
pub(crate) fn options() -> Options {
    let prefix = format!("t{}", PREFIX.fetch_add(1, Ordering::Relaxed));
    Options { prefix, ..Options::default() }
}

/// An address that must be right.
pub(crate) fn address(url: &str) -> Address {
    Address::parse(url).unwrap()
}

/// Under the build folder: what the shared servers leave goes with `cargo clean`.
fn scratch() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}
