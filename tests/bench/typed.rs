//! `graph latency cms 1h`, from the typed line to the picture: against a Prometheus of this machine
//! that holds an hour of a histogram, with the shipped dashboard. And what a browser loads first.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::http::{Client, get, post, post_to};
use super::programs::{Program, TOKEN, has, prometheus, warroom_graphing};
use super::table::{self, Rounds, row, short};

const ROUNDS: usize = 200;
/// Of the histogram, whose lines make one p50, p90 and p99.
const BOUNDS: [&str; 6] = ["0.05", "0.1", "0.25", "0.5", "1", "+Inf"];
const INSTANCES: usize = 4;
/// An hour, each 15 s.
const POINTS: i64 = 240;
const STEP: i64 = 15;
/// Processes that are started for a picture each.
const COLD_ROUNDS: usize = 30;
/// What the console's page asks before it shows anything.
const FIRST: [&str; 3] = ["/api/v1/me", "/api/v1/rooms", "/api/v1/incidents"];

pub(crate) fn run() {
    if !(has("prometheus") && has("promtool")) {
        return;
    }
    let source = prometheus(fill);
    let program = warroom_graphing(&source.address);
    let mut client = Client::connect(&program.address);
    let alert = r#"[{"labels":{"alertname":"Slow","service":"cms"}}]"#;
    assert_eq!(client.ask(&post(alert)).0, 200);
    let mut times: [Rounds; 4] = Default::default();
    for number in 0..ROUNDS {
        // Each asks for another time: nothing is answered from what was kept.
        let line = format!(r#"{{"line":"graph latency cms {}m","room":"1"}}"#, 50 + number % 10);
        let begin = Instant::now();
        let (status, body) = client.say(&post_to("/api/v1/commands", &line));
        times[0].0.push(ms(begin));
        let id = picture(&body);
        assert!(status == 200, "{body}");
        let begin = Instant::now();
        let (status, bytes) = client.ask(&get(&format!("/api/v1/pictures/{id}?scale=2")));
        times[1].0.push(ms(begin));
        assert!(status == 200 && bytes > 5000, "{status}: {bytes} bytes");
    }
    for _ in 0..ROUNDS {
        times[2].0.push(first_paint(&program));
    }
    times[3].0.extend((0..COLD_ROUNDS).map(|_| cold(&program)));
    let line = |name: &str, times: &Rounds| {
        row([name, &short(times.median()), &short(times.quantile(0.99))])
    };
    let rows = [
        row(["", "median ms", "p99 ms"]),
        line("from the typed line to the picture posted", &times[0]),
        line("that picture as PNG, 800x400 at scale 2", &times[1]),
        line("what the console's first paint waits for, on one connection", &times[2]),
        line("`warroom graph latency cms 1h -o file.png`, a process for each", &times[3]),
    ];
    table::print("typed: `graph latency cms 1h` against a local Prometheus", &rows);
}

/// The page, everything that it links to, and the first answers, as a browser with an empty cache
/// and one connection gets them.
fn first_paint(program: &Program) -> f64 {
    let begin = Instant::now();
    let mut client = Client::connect(&program.address);
    let mut fetch = |path: &str| {
        let head = format!("host: localhost\r\nauthorization: Bearer {TOKEN}");
        let (status, body) =
            client.say(format!("GET {path} HTTP/1.1\r\n{head}\r\n\r\n").as_bytes());
        assert_eq!(status, 200, "{path}");
        body
    };
    let page = fetch("/");
    for path in page.split('"').filter(|word| word.starts_with("/assets/")).chain(FIRST) {
        fetch(path);
    }
    ms(begin)
}

/// A picture from a process that is started for it.
fn cold(program: &Program) -> f64 {
    let folder = program.folder.path();
    let begin = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(["graph", "latency", "cms", "1h", "-o"])
        .arg(folder.join("file.png"))
        .arg("--config")
        .arg(folder.join("warroom.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ms(begin)
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// The id of the picture in an answer.
fn picture(answer: &str) -> String {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    let id = answer["post"]["picture"]["id"].as_str();
    id.unwrap_or_else(|| panic!("no picture: {answer}")).to_owned()
}

/// An hour of requests, as Prometheus' own tool takes it.
fn fill(folder: &Path, now: i64) {
    let mut text = "# TYPE http_request_duration_seconds_bucket counter\n".to_owned();
    for (instance, (bound, place)) in
        (0..INSTANCES).flat_map(|n| BOUNDS.iter().zip(1_i64..).map(move |it| (n, it)))
    {
        for point in 0..POINTS {
            let at = now - (POINTS - point) * STEP;
            let count = point * place * (10 + point % 7);
            writeln!(
                text,
                "http_request_duration_seconds_bucket{{service=\"cms\",job=\"cms\",instance=\"cms-{instance}\",le=\"{bound}\"}} {count} {at}"
            )
            .unwrap();
        }
    }
    text.push_str("# EOF\n");
    let file = folder.join("data.om");
    std::fs::write(&file, text).unwrap();
    let output = Command::new("promtool")
        .args(["tsdb", "create-blocks-from", "openmetrics"])
        .args([&file, &folder.join("tsdb")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
