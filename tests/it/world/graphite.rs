//! A real Graphite: carbon takes numbers each second, graphite-web answers.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::process::{Process, find, free_port};
use super::wait::until;

/// Each is ready after half a second on a quiet machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running carbon and its web part.
#[derive(Debug)]
pub(crate) struct Graphite {
    _carbon: Process,
    _web: Process,
    receiver: u16,
    address: String,
}

impl Graphite {
    /// Keeps one number a second for ten minutes, in `folder`.
    pub(crate) async fn start(folder: &Path) -> Self {
        let [receiver, pickle, query, web] = std::array::from_fn(|_| free_port());
        let conf = folder.join("conf");
        for part in ["conf", "log", "storage/whisper", "storage/log/webapp"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        fs::write(conf.join("carbon.conf"), carbon(folder, [receiver, pickle, query])).unwrap();
        fs::write(conf.join("storage-schemas.conf"), SCHEMAS).unwrap();
        fs::write(conf.join("storage-aggregation.conf"), "").unwrap();
        fs::write(conf.join("lab_settings.py"), settings(folder, query)).unwrap();
        let mut command = Command::new(find("carbon-cache").unwrap());
        command.arg(format!("--config={}", conf.join("carbon.conf").display()));
        let mut carbon = Process::start("carbon", command.args(["--nodaemon", "start"]), folder);
        let manage = || {
            let mut command = Command::new(find("graphite-manage").unwrap());
            command.env("PYTHONPATH", &conf).env("GRAPHITE_SETTINGS_MODULE", "lab_settings");
            command
        };
        let made = manage().args(["migrate", "--run-syncdb"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let address = format!("127.0.0.1:{web}");
        let mut process = Process::start(
            "graphite-web",
            manage().args(["runserver", "--noreload", &address]),
            folder,
        );
        let address = format!("http://{address}");
        until("Graphite is ready", READY_WITHIN, async || {
            carbon.must_run();
            process.must_run();
            TcpStream::connect(("127.0.0.1", receiver)).ok()?;
            let answer = reqwest::get(format!("{address}/version")).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        Self { _carbon: carbon, _web: process, receiver, address }
    }

    /// Where its API begins.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Sends lines of `path value seconds`, as statsd does.
    pub(crate) fn send(&self, lines: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.receiver)).unwrap();
        stream.write_all(lines.as_bytes()).unwrap();
    }
}

const SCHEMAS: &str = "[default]\npattern = .*\nretentions = 1s:10m\n";

fn carbon(folder: &Path, [receiver, pickle, query]: [u16; 3]) -> String {
    let dir = folder.display();
    format!(
        "[cache]\nSTORAGE_DIR = {dir}/storage/\nCONF_DIR = {dir}/conf/\nLOG_DIR = {dir}/log/\n\
         PID_DIR = {dir}/\nLOCAL_DATA_DIR = {dir}/storage/whisper/\nUSER =\nMAX_CACHE_SIZE = inf\n\
         MAX_UPDATES_PER_SECOND = 5000\nMAX_CREATES_PER_MINUTE = inf\n\
         LINE_RECEIVER_INTERFACE = 127.0.0.1\nLINE_RECEIVER_PORT = {receiver}\n\
         PICKLE_RECEIVER_INTERFACE = 127.0.0.1\nPICKLE_RECEIVER_PORT = {pickle}\n\
         CACHE_QUERY_INTERFACE = 127.0.0.1\nCACHE_QUERY_PORT = {query}\n\
         ENABLE_LOGROTATION = False\n"
    )
}

fn settings(folder: &Path, query: u16) -> String {
    let dir = folder.display();
    format!(
        "SECRET_KEY = 'lab'\nTIME_ZONE = 'UTC'\nALLOWED_HOSTS = ['*']\n\
         STORAGE_DIR = '{dir}/storage'\nCONF_DIR = '{dir}/conf'\n\
         WHISPER_DIR = '{dir}/storage/whisper'\nRRD_DIR = '{dir}/storage/rrd'\n\
         LOG_DIR = '{dir}/log'\nINDEX_FILE = '{dir}/storage/index'\n\
         STATIC_ROOT = '{dir}/static'\nCARBONLINK_HOSTS = ['127.0.0.1:{query}']\n\
         DEFAULT_CACHE_DURATION = 0\nDATABASES = {{'default': {{'NAME': '{dir}/graphite.db', \
         'ENGINE': 'django.db.backends.sqlite3'}}}}\n"
    )
}
