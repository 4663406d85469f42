//! Requests to the whole server over a socket: a line `METHOD /path?query`, a line of content type,
//! then the body. Whatever comes is answered, in time, and never with a fault of the server.
#![no_main]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use warroom::brain::embedded::{Embedded, Options as Store};
use warroom::domain::incident::{Receipt, Settings};
use warroom::domain::rules::Ruleset;
use warroom::engine::clock::System;
use warroom::engine::outside::{Failure, Order, Outside};
use warroom::engine::{Book, Engine, Options, Parts, Storm};
use warroom::server::{self, State};
use warroom_fuzz::text;

const RULES: &str = "[[rule]]\nname = \"all\"\nmatch = 'alertname=~\".+\"'\ngroup_by = [\"alertname\"]\n";
const METHODS: [&str; 5] = ["GET", "POST", "DELETE", "PUT", "HEAD"];
/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(4);

static SERVER: LazyLock<Lab> = LazyLock::new(Lab::start);

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let (Some(line), Some(kind)) = (parts.next().and_then(text), parts.next().and_then(text)) else { return };
    let Some((method, path)) = line.split_once(' ') else { return };
    // What is no request line is hyper's business, and fuzzed there.
    let is_plain = |c: char| c.is_ascii_graphic() && c != '#';
    if !METHODS.contains(&method) || !path.starts_with('/') || !path.chars().all(is_plain) {
        return;
    }
    if !kind.chars().all(|c| c.is_ascii_graphic() || c == ' ') || path.contains("/changes") {
        return;
    }
    let status = ask(method, path, kind, parts.next().unwrap_or_default());
    // Alertmanager 0.25 says 500 where it knows no such silence, and so does who stands in for it.
    let is_as_alertmanager = method == "DELETE" && path.starts_with("/api/v2/silence/") && status == 500;
    let is_fine = (200..500).contains(&status) || is_as_alertmanager;
    assert!(is_fine, "{method} {path} was answered with {status}");
});

fn ask(method: &str, path: &str, kind: &str, body: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(SERVER.address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // The server may answer and close before it has read all.
    drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)));
    let mut answer = [0; 16];
    let read = stream.read(&mut answer).expect("an answer in time");
    let status = answer[..read].strip_prefix(b"HTTP/1.1 ").and_then(|rest| text(&rest[..3]));
    status.and_then(|status| status.parse().ok()).expect("a status line")
}

/// Takes every effect and does nothing.
#[derive(Debug)]
struct Nowhere;

impl Outside for Nowhere {
    fn perform(&self, _: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        futures_util::future::ready(Ok(Receipt::default())).boxed()
    }
}

/// A server with a real engine, its store in memory where there is such a folder.
struct Lab {
    address: SocketAddr,
    _runtime: Runtime,
    _dir: TempDir,
}

impl Lab {
    fn start() -> Self {
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a folder");
        let runtime = Runtime::new().expect("a runtime");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let brain = Arc::new(Embedded::open(dir.path(), &Store::default()).expect("a brain"));
        runtime.block_on(async {
            let clock = Arc::new(System::default());
            let engine = engine(brain, clock.clone());
            engine.start().await.expect("an engine");
            let router = server::router(State::new(engine, clock, server::Options::default()));
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            tokio::spawn(server::serve(listener, router, CancellationToken::new()));
        });
        Self { address, _runtime: runtime, _dir: dir }
    }
}

fn engine(brain: Arc<Embedded>, clock: Arc<System>) -> Arc<Engine> {
    let (rules, faults) = Ruleset::parse(&[("rules/all.toml".to_owned(), RULES.to_owned())]);
    assert!(!faults.has_errors(), "{faults}");
    let policy = serde_json::json!({
        "rule": { "name": "storm", "file": "config", "line": 0 },
        "title": "storm", "severity": "sev1", "labels": {}, "room": null, "ticket": null,
        "page": null, "run": null,
        "timing": { "reopen_within": "5m", "close_after": "0s", "escalate_after": "5m", "escalate_steps": 1 },
    });
    let storm = Storm {
        incidents: 10,
        window: chrono::TimeDelta::minutes(1),
        calm: chrono::TimeDelta::minutes(5),
        policy: serde_json::from_value(policy).expect("a policy"),
    };
    Engine::new(Parts {
        brain,
        outside: Arc::new(Nowhere),
        clock,
        journal: None,
        notes: Default::default(),
        book: Book { rules, ..Book::default() },
        options: Options {
            holder: "fuzz".into(),
            is_shared: false,
            is_fast: false,
            settings: Settings::default(),
            heartbeats: Default::default(),
            storm,
            openings: None,
            lease: Duration::from_secs(5),
            poll: Duration::from_millis(100),
        },
    })
}
