//! A real XMPP server, and people on it who use a client that is not ours.
//!
//! Tests that run at the same time share one. It ends with the last of them. Its rooms are as
//! Prosody makes them, with an archive; its files are what tells which rooms there are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::Mutex;

use super::process::{Process, find, free_port, installed};
use super::python::python_with;
use super::wait::until;

/// It is ready after 0.5 s on a quiet machine.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Its name, which stands in every address.
pub(crate) const NAME: &str = "lab.example";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "hunter2-of-everybody";
/// Who may look into every room, and destroy it.
const WARDEN: &str = "warden";

static SHARED: Mutex<Weak<Prosody>> = Mutex::const_new(Weak::new());
static PEOPLE: AtomicU32 = AtomicU32::new(0);

/// A running Prosody.
#[derive(Debug)]
pub(crate) struct Prosody {
    process: std::sync::Mutex<Process>,
    folder: TempDir,
    python: PathBuf,
    port: u16,
}

/// Somebody who is signed in there.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) jid: String,
    pipes: Mutex<(Child, ChildStdin, Lines<BufReader<ChildStdout>>)>,
}

impl Prosody {
    /// The one that other tests use, too; none, and said so, where it is not installed.
    pub(crate) async fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().await;
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(Self::start().await?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    /// One of its own.
    pub(crate) async fn start() -> Option<Self> {
        let python = python_with("slixmpp")?;
        if !installed("prosody") || !installed("openssl") {
            return None;
        }
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        fs::create_dir(folder.path().join("data")).unwrap();
        certificate(folder.path());
        let config = config(&folder.path().display().to_string(), port, free_port());
        fs::write(folder.path().join("prosody.cfg.lua"), config).unwrap();
        let process = Process::start("prosody", &mut server(folder.path()), folder.path());
        let prosody = Self { process: std::sync::Mutex::new(process), folder, python, port };
        prosody.is_ready().await;
        prosody.account(WARDEN);
        Some(prosody)
    }

    /// `host:port` of its clients.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The certificate that it shows.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("cert.pem")).unwrap()
    }

    /// The address of a new account, by a name that nobody has.
    pub(crate) fn sign_up(&self, name: &str) -> String {
        let number = PEOPLE.fetch_add(1, Ordering::Relaxed);
        self.account(&format!("{name}{number}"))
    }

    /// Signs a new account up, and in.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let jid = self.sign_up(name);
        self.sign_in(&jid).await
    }

    /// Who may look into every room, and destroy it.
    pub(crate) async fn warden(&self) -> Person {
        self.sign_in(&format!("{WARDEN}@{NAME}")).await
    }

    /// Signs in with an account that is there.
    pub(crate) async fn sign_in(&self, jid: &str) -> Person {
        let mut child = tokio::process::Command::new(&self.python)
            .arg("-c")
            .arg(include_str!("conf/xmpp_person.py"))
            .args([jid, PASSWORD, &self.port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut lines = BufReader::new(output).lines();
        let ready = tokio::time::timeout(READY_WITHIN, lines.next_line()).await;
        assert!(matches!(ready, Ok(Ok(Some(_)))), "{jid} is not signed in: {ready:?}");
        Person { jid: jid.to_owned(), pipes: Mutex::new((child, input, lines)) }
    }

    /// The rooms that it keeps.
    pub(crate) fn rooms(&self) -> Vec<String> {
        let folder = self.folder.path().join("data/conference%2elab%2eexample/config");
        let files = fs::read_dir(folder).into_iter().flatten();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let rooms = names.filter_map(|name| name.strip_suffix(".dat").map(ToOwned::to_owned));
        rooms.map(|room| format!("{}@conference.{NAME}", room.replace("%2d", "-"))).collect()
    }

    /// Ends it with `kill -9` and starts it again on the same data and port.
    pub(crate) async fn restart(&self) {
        self.stop();
        {
            let mut process = self.process.lock().unwrap();
            let folder = self.folder.path();
            *process = Process::start("prosody", &mut server(folder), folder);
        }
        self.is_ready().await;
    }

    /// Ends it with `kill -9`.
    pub(crate) fn stop(&self) {
        self.process.lock().unwrap().kill9();
    }

    fn account(&self, name: &str) -> String {
        let folder = self.folder.path().join("data/lab%2eexample/accounts");
        fs::create_dir_all(&folder).unwrap();
        let account = format!("return {{ [\"password\"] = \"{PASSWORD}\" }};\n");
        fs::write(folder.join(format!("{name}.dat")), account).unwrap();
        format!("{name}@{NAME}")
    }

    async fn is_ready(&self) {
        until("Prosody answers", READY_WITHIN, async || {
            self.process.lock().unwrap().must_run();
            TcpStream::connect(self.address()).await.ok()
        })
        .await;
    }
}

impl Person {
    /// Does something with their client.
    pub(crate) async fn call(&self, order: Value) -> Value {
        let mut pipes = self.pipes.lock().await;
        let (_, input, lines) = &mut *pipes;
        input.write_all(format!("{order}\n").as_bytes()).await.unwrap();
        let line = tokio::time::timeout(READY_WITHIN, lines.next_line()).await;
        let line = line.unwrap().unwrap().unwrap_or_else(|| panic!("the client ended at {order}"));
        serde_json::from_str(&line).unwrap()
    }

    /// The same; it must be done.
    pub(crate) async fn does(&self, order: Value) -> Value {
        let answer = self.call(order.clone()).await;
        assert!(answer.get("refused").is_none(), "{order}: {answer}");
        answer["done"].clone()
    }

    /// Asks something of a room or a server.
    pub(crate) async fn iq(&self, kind: &str, to: &str, xml: &str) -> Value {
        self.call(json!({"do": "iq", "kind": kind, "to": to, "xml": xml})).await
    }

    /// Comes into a room under a nickname.
    pub(crate) async fn enter(&self, room: &str, nick: &str) {
        self.does(json!({"do": "enter", "room": room, "nick": nick})).await;
    }

    /// Types a line in a room, and gives its id.
    pub(crate) async fn types(&self, room: &str, text: &str) -> String {
        self.sends(room, text, "").await
    }

    /// The same, with more elements in the message.
    pub(crate) async fn sends(&self, room: &str, text: &str, extra: &str) -> String {
        let id = format!("t{}", PEOPLE.fetch_add(1, Ordering::Relaxed));
        let order = json!({"do": "say", "to": room, "id": id, "body": text, "extra": extra});
        assert_eq!(self.does(order).await, "groupchat", "{text} was not said");
        id
    }

    /// The room's messages as it keeps them, the oldest first.
    pub(crate) async fn archive(&self, room: &str) -> Vec<Value> {
        let answer = self.call(json!({"do": "archive", "room": room})).await;
        answer["done"].as_array().cloned().unwrap_or_default()
    }

    /// Destroys a room.
    pub(crate) async fn destroy(&self, room: &str) {
        let xml = "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>";
        let answer = self.iq("set", room, xml).await;
        assert!(answer.get("done").is_some(), "{answer}");
    }
}

fn server(folder: &Path) -> Command {
    let mut command = Command::new(find("prosody").unwrap());
    command.arg("--config").arg(folder.join("prosody.cfg.lua")).arg("-F");
    command
}

/// A certificate of its own, which is no authority: nobody takes an authority for a server.
fn certificate(folder: &Path) {
    let config = format!(
        "[req]\ndistinguished_name=dn\nx509_extensions=v3\nprompt=no\n[dn]\nCN={NAME}\n[v3]\n\
         basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:{NAME}\n"
    );
    fs::write(folder.join("openssl.cnf"), config).unwrap();
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "2", "-config", "openssl.cnf"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn config(folder: &str, port: u16, http: u16) -> String {
    format!(
        r#"
daemonize = false
run_as_root = true
pidfile = "{folder}/pid"
data_path = "{folder}/data"
log = {{ info = "*console" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
http_ports = {{ {http} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{}}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "ping", "mam", "smacks", "http", "posix" }}
modules_disabled = {{ "s2s" }}
authentication = "internal_plain"
storage = "internal"
c2s_require_encryption = false
ssl = {{ certificate = "{folder}/cert.pem"; key = "{folder}/key.pem" }}
VirtualHost "{NAME}"
Component "conference.{NAME}" "muc"
  modules_enabled = {{ "muc_mam" }}
  admins = {{ "{WARDEN}@{NAME}" }}
Component "share.{NAME}" "http_file_share"
  http_host = "127.0.0.1"
  http_external_url = "http://127.0.0.1:{http}/"
"#
    )
}
