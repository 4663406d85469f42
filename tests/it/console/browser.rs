//! One headless Chromium, driven by chromedriver over `WebDriver`, <https://www.w3.org/TR/webdriver2/>.
//!
//! It reaches the loopback interface only. It ends with the test, also after a panic.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::process::{Process, find, free_port};
use crate::world::wait::until;

/// A busy machine with two processors starts a browser in some seconds.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// What a page does by itself.
const SOON: Duration = Duration::from_secs(20);
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// Keys without a letter, as `WebDriver` writes them.
pub(crate) mod key {
    pub(crate) const TAB: &str = "\u{E004}";
    pub(crate) const ENTER: &str = "\u{E007}";
    pub(crate) const ESCAPE: &str = "\u{E00C}";
    pub(crate) const UP: &str = "\u{E013}";
}

/// What a screen is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) scale: u32,
    pub(crate) theme: &'static str,
}

/// A running browser with one session.
#[derive(Debug)]
pub(crate) struct Browser {
    client: reqwest::Client,
    port: u16,
    session: String,
    _driver: Process,
    _folder: TempDir,
}

impl Browser {
    /// Starts one; none where Chromium is not installed and need not be.
    pub(crate) async fn start() -> Option<Self> {
        if !crate::world::process::installed("chromedriver") {
            return None;
        }
        let folder = TempDir::new().unwrap();
        let port = free_port();
        let mut command = Command::new(find("chromedriver").unwrap());
        command.arg(format!("--port={port}")).env("HOME", folder.path());
        let driver = Process::start("chromedriver", &mut command, folder.path()).ending_gently();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let status = format!("http://127.0.0.1:{port}/status");
        until("chromedriver answers", STARTS_WITHIN, async || {
            client.get(&status).send().await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities() } });
        let answer = client.post(format!("http://127.0.0.1:{port}/session")).json(&wanted).send();
        let answer: Value = answer.await.unwrap().json().await.unwrap();
        let session = answer["value"]["sessionId"].as_str();
        let session = session.unwrap_or_else(|| panic!("no browser: {answer}")).to_owned();
        Some(Self { client, port, session, _driver: driver, _folder: folder })
    }

    fn url(&self, command: &str) -> String {
        format!("http://127.0.0.1:{}/session/{}/{command}", self.port, self.session)
    }

    async fn command(&self, command: &str, body: Value) -> Value {
        let mut answer = self.tried(command, &body).await;
        assert!(answer["value"]["error"].is_null(), "{command} {body}: {answer}");
        answer["value"].take()
    }

    /// The whole answer, which may be an error.
    async fn tried(&self, command: &str, body: &Value) -> Value {
        let answer = self.client.post(self.url(command)).json(body).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Opens an address and waits until it is loaded.
    pub(crate) async fn open(&self, url: &str) {
        self.command("url", json!({ "url": url })).await;
    }

    /// The value of an expression in the page.
    pub(crate) async fn ask(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.command("execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// What a script hands to its last argument, some time later.
    pub(crate) async fn ask_later(&self, script: &str) -> Value {
        self.command("execute/async", json!({ "script": script, "args": [] })).await
    }

    /// Waits until an expression is true in the page.
    pub(crate) async fn sees(&self, expression: &str) {
        let begin = std::time::Instant::now();
        while self.ask(&format!("Boolean({expression})")).await != json!(true) {
            if begin.elapsed() > SOON {
                let shown = self.ask("document.body.innerText").await;
                panic!("waited {SOON:?} in vain for {expression}; the page says:\n{shown:#}");
            }
            crate::world::wait::pass(Duration::from_millis(25)).await;
        }
    }

    /// Waits until a text is on the page.
    pub(crate) async fn reads(&self, text: &str) {
        self.sees(&format!("document.body.innerText.includes({})", json!(text))).await;
    }

    /// Clicks an element, as a person would: it must be there and nothing may be above it.
    pub(crate) async fn click(&self, css: &str) {
        loop {
            self.sees(&format!("document.querySelector({})", json!(css))).await;
            let element = self.command("element", json!({ "using": "css selector", "value": css }));
            let command = format!("element/{}/click", id_of(&element.await));
            let answer = self.tried(&command, &json!({})).await;
            // A page that was just brought up to date has another element in its place.
            if answer["value"]["error"] != "stale element reference" {
                assert!(answer["value"]["error"].is_null(), "{css}: {answer}");
                return;
            }
        }
    }

    /// Types into whatever has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        let answer = self.client.get(self.url("element/active")).send().await.unwrap();
        let element = id_of(&answer.json::<Value>().await.unwrap()["value"]);
        self.command(&format!("element/{element}/value"), json!({ "text": keys })).await;
    }

    /// Types a line into the room's command line and sends it.
    pub(crate) async fn types(&self, line: &str) {
        self.click("#line").await;
        self.press(&format!("{line}{}", key::ENTER)).await;
    }

    /// Opens another tab beside this one and goes there; gives both.
    pub(crate) async fn second_tab(&self) -> (String, String) {
        let answer = self.client.get(self.url("window")).send().await.unwrap();
        let first = answer.json::<Value>().await.unwrap()["value"].as_str().unwrap().to_owned();
        let opened = self.command("window/new", json!({ "type": "window" })).await;
        let second = opened["handle"].as_str().unwrap().to_owned();
        self.go_to(&second).await;
        (first, second)
    }

    /// Goes to a tab.
    pub(crate) async fn go_to(&self, tab: &str) {
        self.command("window", json!({ "handle": tab })).await;
    }

    /// Looks through another screen from now on.
    pub(crate) async fn screen(&self, screen: Screen) {
        let metrics = json!({
            "width": screen.width, "height": screen.height,
            "deviceScaleFactor": screen.scale, "mobile": screen.width < 600,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let theme = json!([{ "name": "prefers-color-scheme", "value": screen.theme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": theme })).await;
    }

    /// A command of the `DevTools` protocol.
    pub(crate) async fn devtools(&self, command: &str, params: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": command, "params": params })).await
    }

    /// Takes a picture of what is seen into the target folder.
    pub(crate) async fn shot(&self, name: &str) {
        let answer = self.client.get(self.url("screenshot")).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let bytes = base64::engine::general_purpose::STANDARD;
        let bytes = bytes.decode(answer["value"].as_str().unwrap()).unwrap();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("console");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }

    /// What the browser complained of since the last question: errors of scripts, of loading, and
    /// whatever the content security policy forbade.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let all = self.command("se/log", json!({ "type": "browser" })).await;
        let all = all.as_array().cloned().unwrap_or_default();
        let is_bad = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
        all.iter().filter(is_bad).map(|entry| entry["message"].to_string()).collect()
    }

    /// Fails when there is any.
    pub(crate) async fn must_not_complain(&self) {
        assert_eq!(self.complaints().await, Vec::<String>::new());
    }
}

impl Drop for Browser {
    /// Ends the browser, which would outlive its driver.
    fn drop(&mut self) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let request = format!(
            "DELETE /session/{} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n",
            self.session
        );
        stream.set_read_timeout(Some(ENDS_WITHIN)).ok();
        if stream.write_all(request.as_bytes()).is_ok() {
            drop(stream.read(&mut [0; 64]).map(|read| read > 0));
        }
    }
}

fn capabilities() -> Value {
    json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": {
            "binary": find("chromium").unwrap(),
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--window-size=1280,800", "--no-first-run", "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            ],
        },
    })
}

/// The id of an element, which stands under the one name that the protocol gives it.
fn id_of(element: &Value) -> String {
    let id = element.as_object().and_then(|object| object.values().next());
    id.and_then(Value::as_str).unwrap_or_else(|| panic!("no element: {element}")).to_owned()
}
