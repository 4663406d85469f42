//! From the POST of a new alert to the first notification that goes out for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::http::{Client, post};
use super::programs::{Program, alertmanager, has, warroom};
use super::table::{self, Rounds, row, short};

const INCIDENTS: usize = 250;
/// Not counted: connections are made, code is read from disk.
const WARM_UP: usize = 20;
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn run() {
    if !has("prometheus-alertmanager") {
        return;
    }
    let sinks = [sink(), sink()];
    let programs = [warroom(Some(&sinks[0].0)), alertmanager(Some(&sinks[1].0))];
    let mut times = [Rounds::default(), Rounds::default()];
    let mut clients =
        programs.each_ref().map(|program: &Program| Client::connect(&program.address));
    for incident in 0..WARM_UP + INCIDENTS {
        for ((client, (_, calls)), times) in clients.iter_mut().zip(&sinks).zip(&mut times) {
            let took = first_notification(client, calls, incident);
            if incident >= WARM_UP {
                times.0.push(took.as_secs_f64() * 1000.0);
            }
        }
    }
    let mut rows = vec![row(["", "p50 ms", "p90 ms", "p99 ms"])];
    for (name, times) in ["warroom", "alertmanager, group_wait 0s"].iter().zip(&times) {
        rows.push(row([
            name,
            &short(times.median()),
            &short(times.quantile(0.9)),
            &short(times.quantile(0.99)),
        ]));
    }
    table::print(
        "latency: from the POST to the first notification at a webhook, one new incident at a time",
        &rows,
    );
}

fn first_notification(
    client: &mut Client,
    calls: &Receiver<(Instant, String)>,
    incident: usize,
) -> Duration {
    let name = format!("Latency{incident}x");
    let body =
        format!(r#"[{{"labels":{{"alertname":"{name}","service":"cms","severity":"critical"}}}}]"#);
    let begin = Instant::now();
    assert_eq!(client.ask(&post(&body)).0, 200);
    loop {
        let (at, call) = calls.recv_timeout(PATIENCE).unwrap();
        if call.contains(&name) {
            return at - begin;
        }
    }
}

/// A webhook receiver: its address, and what arrives with the time.
fn sink() -> (String, Receiver<(Instant, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, calls) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || take(stream, &sender));
        }
    });
    (url, calls)
}

fn take(stream: TcpStream, calls: &Sender<(Instant, String)>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        calls.send((Instant::now(), String::from_utf8_lossy(&body).into_owned())).ok()?;
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()?;
    }
}
