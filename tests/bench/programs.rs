//! The programs that are measured: warroom as it is built here, Debian's Alertmanager and Redis.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use super::http;

/// A running program; it ends with this value.
pub(crate) struct Program {
    child: Child,
    /// `host:port`.
    pub(crate) address: String,
    /// Configuration, data and log.
    pub(crate) folder: TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Program {
    /// Its resident memory in MiB.
    pub(crate) fn rss(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    /// Kills it and starts it again on the same data; gives the seconds until it was ready.
    pub(crate) fn restart(&mut self) -> f64 {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (child, address, begin) = spawn_warroom(self.folder.path(), &[]);
        (self.child, self.address) = (child, address);
        (http::ready(&self.address) - begin).as_secs_f64()
    }
}

/// The API token of the programs here: their pages want to know who looks.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Whether a program is there; says so when it is not.
pub(crate) fn has(program: &str) -> bool {
    let is_there = find(program).is_some();
    if !is_there {
        println!("\nskipped: {program} is not installed; tests/run installs it");
    }
    is_there
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all = std::env::split_paths(&path).map(|folder| folder.join(program));
    all.find(|candidate| candidate.is_file())
}

/// A scratch folder on the disk that the program is built on: `/tmp` may be memory, and then no
/// fsync costs anything.
pub(crate) fn scratch() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// A rule for every alert; with a pager where `page` says so. Storms are out of reach, or they
/// would be all that is measured.
fn settle(folder: &Path, sink: Option<&str>) {
    let page = sink.map_or("", |_| "page = \"oncall\"\n");
    let pager = sink.map_or(String::new(), |url| {
        format!("[pagers.oncall]\nkind = \"webhook\"\nurl = \"{url}\"\n")
    });
    fs::create_dir_all(folder.join("rules")).unwrap();
    let rule = "[[rule]]\nname = \"all\"\nmatch = 'alertname=~\".+\"'\ngroup_by = [\"alertname\", \"service\"]\nseverity = \"sev3\"\ntitle = \"{{ labels.alertname }} of {{ labels.service }}\"\n";
    fs::write(folder.join("rules/all.toml"), format!("{rule}{page}")).unwrap();
    let journal = folder.join("journal");
    let config = format!(
        "[journal]\ndir = \"{}\"\n[noise.storm]\nincidents = 100000\n[log]\nlevel = \"warn\"\n{pager}",
        journal.display()
    );
    fs::write(folder.join("warroom.toml"), config).unwrap();
}

/// warroom on the embedded brain; it pages `sink`, if there is one.
pub(crate) fn warroom(sink: Option<&str>) -> Program {
    let folder = scratch();
    settle(folder.path(), sink);
    let (child, address, _) = spawn_warroom(folder.path(), &[]);
    http::ready(&address);
    Program { child, address, folder }
}

/// warroom on the embedded brain, under these rules.
pub(crate) fn warroom_under(rules: &str) -> Program {
    let folder = scratch();
    settle(folder.path(), None);
    fs::write(folder.path().join("rules/all.toml"), rules).unwrap();
    let (child, address, _) = spawn_warroom(folder.path(), &[]);
    http::ready(&address);
    Program { child, address, folder }
}

/// warroom with the shipped dashboards, and this Prometheus to ask.
pub(crate) fn warroom_graphing(prometheus: &str) -> Program {
    let folder = scratch();
    settle(folder.path(), None);
    let file = folder.path().join("warroom.toml");
    let config = fs::read_to_string(&file).unwrap();
    let dashboards = concat!(env!("CARGO_MANIFEST_DIR"), "/dashboards");
    let more = format!(
        "[server]\ntoken = \"{TOKEN}\"\n[metrics.main]\nkind = \"prometheus\"\nurl = \"http://{prometheus}\"\n[dashboards]\ndir = \"{dashboards}\"\n"
    );
    fs::write(&file, config + &more).unwrap();
    let (child, address, _) = spawn_warroom(folder.path(), &[]);
    http::ready(&address);
    Program { child, address, folder }
}

/// A Prometheus that scrapes nothing and holds what `fill` puts into its folder, for this time.
pub(crate) fn prometheus(fill: impl FnOnce(&Path, i64)) -> Program {
    let folder = scratch();
    let address = format!("127.0.0.1:{}", free_port());
    fill(folder.path(), chrono::Utc::now().timestamp());
    let file = folder.path().join("prometheus.yml");
    fs::write(&file, "scrape_configs: []\n").unwrap();
    let log = File::create(folder.path().join("log")).unwrap();
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", folder.path().join("tsdb").display()))
        .arg(format!("--web.listen-address={address}"))
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let program = Program { child, address, folder };
    http::ready(&program.address);
    program
}

/// warroom on a Redis.
pub(crate) fn warroom_on(redis: &str) -> Program {
    let folder = scratch();
    settle(folder.path(), None);
    let (child, address, _) = spawn_warroom(folder.path(), &["--brain", redis]);
    http::ready(&address);
    Program { child, address, folder }
}

fn spawn_warroom(folder: &Path, more: &[&str]) -> (Child, String, Instant) {
    let brain = format!("file:{}", folder.join("data").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(folder.join("warroom.toml"));
    command.arg("--rules").arg(folder.join("rules"));
    if more.is_empty() {
        command.args(["--brain", &brain]);
    }
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let begin = Instant::now();
    let mut child = command.args(more).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    let address =
        lines.find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned));
    let address =
        address.unwrap_or_else(|| panic!("{}", fs::read_to_string(folder.join("log")).unwrap()));
    // It may print more; nobody may fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, address, begin)
}

/// The real Alertmanager, grouping as warroom's rule does. It tells `sink` at once, if there is
/// one.
pub(crate) fn alertmanager(sink: Option<&str>) -> Program {
    let folder = scratch();
    let address = format!("127.0.0.1:{}", free_port());
    let hook =
        sink.map_or(String::new(), |url| format!("\n    webhook_configs: [{{url: '{url}'}}]"));
    let wait = if sink.is_some() { "0s" } else { "30s" };
    let file = folder.path().join("alertmanager.yml");
    let config = format!(
        "route:\n  receiver: all\n  group_by: [alertname, service]\n  group_wait: {wait}\nreceivers:\n  - name: all{hook}\n"
    );
    fs::write(&file, config).unwrap();
    let log = File::create(folder.path().join("log")).unwrap();
    let child = Command::new("prometheus-alertmanager")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.path={}", folder.path().join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .args(["--cluster.listen-address=", "--log.level=warn"])
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let program = Program { child, address, folder };
    http::ready(&program.address);
    program
}

/// An empty Redis without persistence.
pub(crate) fn redis() -> Program {
    let folder = scratch();
    let port = free_port();
    let child = Command::new("redis-server")
        .args([
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--port",
            &port.to_string(),
        ])
        .args(["--maxmemory-policy", "noeviction", "--dir"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let address = format!("127.0.0.1:{port}");
    while std::net::TcpStream::connect(&address).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Program { child, address, folder }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
