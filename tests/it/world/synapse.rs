//! A real Matrix homeserver, and people on it who use its own API.
//!
//! Tests that run at the same time share one: it takes seconds to start. It ends with the last of
//! them. Limits are lifted, except where a test wants a homeserver's own defaults.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::process::{Process, free_port};
use super::python::python_with;
use super::wait::until;

/// It is ready after 2.5 s on a quiet machine.
const READY_WITHIN: Duration = Duration::from_secs(90);
/// Its name, which stands in every id.
pub(crate) const NAME: &str = "lab.example";

const LIFTED: &str = "
rc_message: {per_second: 1000, burst_count: 1000}
rc_joins: {local: {per_second: 1000, burst_count: 1000}}
rc_invites: {per_room: {per_second: 1000, burst_count: 1000}, per_user: {per_second: 1000, burst_count: 1000}, per_issuer: {per_second: 1000, burst_count: 1000}}
rc_room_creation: {per_second: 1000, burst_count: 1000}
";

static SHARED: Mutex<Weak<Synapse>> = Mutex::const_new(Weak::new());
static PEOPLE: AtomicU32 = AtomicU32::new(0);

/// A running Synapse.
#[derive(Debug)]
pub(crate) struct Synapse {
    process: std::sync::Mutex<Process>,
    folder: TempDir,
    python: PathBuf,
    port: u16,
    admin: String,
}

/// Somebody who is signed in there.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) token: String,
    base: String,
}

impl Synapse {
    /// The one that other tests use, too; none, and said so, where it is not installed.
    pub(crate) async fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().await;
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(Self::start(LIFTED).await?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    /// One with its own limits.
    pub(crate) async fn with_defaults() -> Option<Self> {
        Self::start("").await
    }

    /// One of its own, with more lines in its configuration.
    pub(crate) async fn start(more: &str) -> Option<Self> {
        let python = python_with("synapse")?;
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        let config = config(&folder.path().display().to_string(), port);
        fs::write(folder.path().join("homeserver.yaml"), format!("{config}\n{more}\n")).unwrap();
        fs::write(folder.path().join("log.yaml"), LOG).unwrap();
        let status = server(&python, &folder).arg("--generate-keys").status().unwrap();
        assert!(status.success(), "Synapse makes no keys");
        let process = Process::start("synapse", &mut server(&python, &folder), folder.path());
        let process = std::sync::Mutex::new(process);
        let mut synapse = Self { process, folder, python, port, admin: String::new() };
        synapse.is_ready().await;
        synapse.admin = synapse.administrator().await;
        Some(synapse)
    }

    /// `http://host:port`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Signs somebody up, by a name that nobody has.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let number = PEOPLE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{name}{number}-{}", std::process::id());
        let nobody = Person { id: String::new(), token: String::new(), base: self.url() };
        let body = json!({"username": name, "password": "pw", "auth": {"type": "m.login.dummy"}});
        let answer = nobody.call(Method::POST, "/_matrix/client/v3/register", &body).await;
        let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
        Person {
            id: answer["user_id"].as_str().unwrap().to_owned(),
            token: token.to_owned(),
            base: self.url(),
        }
    }

    /// Who may use the administrators' API.
    pub(crate) fn admin(&self) -> Person {
        let id = format!("@admin:{NAME}");
        Person { id, token: self.admin.clone(), base: self.url() }
    }

    /// Deletes a room, as an administrator does.
    pub(crate) async fn delete(&self, room: &str) {
        let path = format!("/_synapse/admin/v1/rooms/{}", encoded(room));
        let answer = self.admin().call(Method::DELETE, &path, &json!({"purge": true})).await;
        assert!(answer.get("errcode").is_none(), "{answer}");
    }

    /// Ends it with `kill -9` and starts it again on the same data and port.
    pub(crate) async fn restart(&self) {
        {
            let mut process = self.process.lock().unwrap();
            process.kill9();
            let mut command = server(&self.python, &self.folder);
            *process = Process::start("synapse", &mut command, self.folder.path());
        }
        self.is_ready().await;
    }

    async fn is_ready(&self) {
        let url = format!("{}/_matrix/client/versions", self.url());
        until("Synapse answers", READY_WITHIN, async || {
            self.process.lock().unwrap().must_run();
            reqwest::get(&url).await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
    }

    async fn administrator(&self) -> String {
        let config = self.folder.path().join("homeserver.yaml");
        let output = Command::new(&self.python)
            .args(["-m", "synapse._scripts.register_new_matrix_user", "-u", "admin", "-p", "pw"])
            .arg("-a")
            .arg("-c")
            .arg(config)
            .arg(self.url())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let nobody = Person { id: String::new(), token: String::new(), base: self.url() };
        let user = json!({"type": "m.id.user", "user": "admin"});
        let body = json!({"type": "m.login.password", "identifier": user, "password": "pw"});
        let answer = nobody.call(Method::POST, "/_matrix/client/v3/login", &body).await;
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

impl Person {
    /// Calls the homeserver; an error is an answer, too.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = reqwest::Client::builder()
            .build()
            .unwrap()
            .request(method, format!("{}{path}", self.base));
        let request = match self.token.is_empty() {
            true => request,
            false => request.bearer_auth(&self.token),
        };
        let request = if body.is_null() { request } else { request.json(body) };
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Asks something of a room: `joined_members`.
    pub(crate) async fn room(&self, method: Method, room: &str, what: &str, body: &Value) -> Value {
        let path = format!("/_matrix/client/v3/rooms/{}/{what}", encoded(room));
        self.call(method, &path, body).await
    }

    /// Takes an invitation up.
    pub(crate) async fn join(&self, room: &str) {
        let answer = self.room(Method::POST, room, "join", &json!({})).await;
        assert!(answer.get("errcode").is_none(), "{answer}");
    }

    /// Sends an event, and gives its id.
    pub(crate) async fn send(&self, room: &str, kind: &str, content: &Value) -> String {
        let number = PEOPLE.fetch_add(1, Ordering::Relaxed);
        let answer = self.room(Method::PUT, room, &format!("send/{kind}/t{number}"), content).await;
        answer["event_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Types a line.
    pub(crate) async fn types(&self, room: &str, text: &str) -> String {
        let content = json!({"msgtype": "m.text", "body": text});
        self.send(room, "m.room.message", &content).await
    }

    /// The room's messages, the oldest first, with edits beside what they change.
    pub(crate) async fn messages(&self, room: &str) -> Vec<Value> {
        let filter = encoded("{\"types\":[\"m.room.message\"]}");
        let what = format!("messages?dir=b&limit=500&filter={filter}");
        let answer = self.room(Method::GET, room, &what, &Value::Null).await;
        let mut events = answer["chunk"].as_array().cloned().unwrap_or_default();
        events.reverse();
        events
    }
}

/// A word as a part of an address.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(plain).collect()
}

fn server(python: &std::path::Path, folder: &TempDir) -> Command {
    let mut command = Command::new(python);
    command
        .args(["-m", "synapse.app.homeserver", "-c"])
        .arg(folder.path().join("homeserver.yaml"))
        .current_dir(folder.path());
    command
}

fn config(folder: &str, port: u16) -> String {
    format!(
        r#"
server_name: {NAME}
public_baseurl: http://127.0.0.1:{port}/
pid_file: {folder}/pid
report_stats: false
signing_key_path: {folder}/signing.key
media_store_path: {folder}/media
registration_shared_secret: shared
enable_registration: true
enable_registration_without_verification: true
macaroon_secret_key: m
form_secret: f
trusted_key_servers: []
suppress_key_server_warning: true
federation_domain_whitelist: []
url_preview_enabled: false
presence: {{enabled: false}}
listeners:
  - {{port: {port}, bind_addresses: [127.0.0.1], type: http, tls: false, resources: [{{names: [client]}}]}}
database: {{name: sqlite3, args: {{database: {folder}/hs.db}}}}
log_config: {folder}/log.yaml
rc_registration: {{per_second: 1000, burst_count: 1000}}
rc_login: {{address: {{per_second: 1000, burst_count: 1000}}, account: {{per_second: 1000, burst_count: 1000}}}}
"#
    )
}

const LOG: &str = "
version: 1
formatters: {p: {format: '%(asctime)s %(levelname)s %(name)s %(message)s'}}
handlers: {c: {class: logging.StreamHandler, formatter: p}}
root: {level: WARNING, handlers: [c]}
";
