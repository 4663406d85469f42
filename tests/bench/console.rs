//! The console with a thousand open rooms and two hundred live viewers of one of them: from the
//! request that leads to a post until each viewer has it, what the list of rooms takes, and memory.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::http::{Client, get, post, post_to};
use super::programs::warroom_under;
use super::table::{self, Rounds, row, short};

const ROOMS: usize = 1000;
const VIEWERS: usize = 200;
const POSTS: usize = 100;
const LISTINGS: usize = 50;
/// Alerts in one delivery.
const BATCH: usize = 50;
const PATIENCE: Duration = Duration::from_secs(60);

const RULES: &str = r##"
[[rule]]
name = "all"
match = 'alertname=~".+"'
group_by = ["alertname", "service"]
severity = "sev3"
title = "{{ labels.alertname }} of {{ labels.service }}"
room = { name = "inc-{{ number }}" }
notify = [{ room = "#management", on = ["opened", "resolved"] }]
"##;

pub(crate) fn run() {
    let program = warroom_under(RULES);
    let mut client = Client::connect(&program.address);
    assert_eq!(client.ask(&post(&alerts(0, 1))).0, 200);
    let begin = Instant::now();
    while client.ask(&get("/api/v1/rooms/management/entries")).0 != 200 {
        assert!(begin.elapsed() < PATIENCE, "nothing was said in the room");
    }
    let idle = program.rss();
    let (seen, resolved) = (Arc::new(AtomicUsize::new(0)), channel());
    for _ in 0..VIEWERS {
        watch(&program.address, seen.clone(), resolved.0.clone());
    }
    let begin = Instant::now();
    for from in (1..ROOMS).step_by(BATCH) {
        let count = BATCH.min(ROOMS - from);
        assert_eq!(client.ask(&post(&alerts(from, count))).0, 200);
    }
    while seen.load(Ordering::Relaxed) < ROOMS * VIEWERS {
        assert!(begin.elapsed() < PATIENCE, "the viewers did not see every room open");
        std::thread::sleep(Duration::from_millis(5));
    }
    let opened = begin.elapsed().as_secs_f64();
    let mut list = Rounds::default();
    for _ in 0..LISTINGS {
        let begin = Instant::now();
        let (status, bytes) = client.ask(&get("/api/v1/rooms"));
        assert!(status == 200 && bytes > ROOMS * 50, "{status}, {bytes} bytes");
        list.0.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    let posts = posts(&mut client, &resolved.1);
    print(&list, &posts, opened, [idle, program.rss()]);
}

/// One resolved incident after the other; gives each viewer's wait for each, and the longest of
/// each post.
fn posts(client: &mut Client, resolved: &Receiver<Instant>) -> [Rounds; 2] {
    let mut posts = [Rounds::default(), Rounds::default()];
    for number in 1..=POSTS {
        let request = post_to(&format!("/api/v1/incidents/{number}/resolve"), r#"{"by":"ana"}"#);
        let begin = Instant::now();
        assert_eq!(client.ask(&request).0, 200);
        let took = |_| {
            let at = resolved.recv_timeout(PATIENCE).unwrap();
            (at - begin).as_secs_f64() * 1000.0
        };
        let times: Vec<f64> = (0..VIEWERS).map(took).collect();
        posts[1].0.push(times.iter().copied().fold(0.0, f64::max));
        posts[0].0.extend(times);
    }
    posts
}

fn print(list: &Rounds, [each, last]: &[Rounds; 2], opened: f64, [idle, busy]: [f64; 2]) {
    let line = |name: &str, times: &Rounds| {
        row([
            name,
            &short(times.median()),
            &short(times.quantile(0.9)),
            &short(times.quantile(0.99)),
        ])
    };
    let rows = vec![
        row(["", "p50 ms", "p90 ms", "p99 ms"]),
        line("from a request to its post, each viewer", each),
        line("from a request to its post, the last viewer", last),
        line("the list of rooms", list),
    ];
    table::print(
        &format!(
            "console: {ROOMS} open rooms, {VIEWERS} viewers; all opened and seen by all in {} s; resident {} MiB before, {} MiB after",
            short(opened),
            short(idle),
            short(busy)
        ),
        &rows,
    );
}

/// A viewer of one room, on a thread of its own.
fn watch(address: &str, seen: Arc<AtomicUsize>, resolved: Sender<Instant>) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&get("/api/v1/live?room=management&from=1")).unwrap();
    std::thread::spawn(move || {
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        for line in lines.filter(|line| line.starts_with("data:") && line.contains("\"post\"")) {
            if line.contains("is resolved") {
                // The program ends before its viewers: nobody may be listening any more.
                resolved.send(Instant::now()).ok();
            } else {
                seen.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
}

fn alerts(from: usize, count: usize) -> String {
    let one = |n: usize| format!(r#"{{"labels":{{"alertname":"Slow","service":"service-{n}"}}}}"#);
    let all: Vec<String> = (from..from + count).map(one).collect();
    format!("[{}]", all.join(","))
}
