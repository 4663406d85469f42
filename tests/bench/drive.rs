//! The load generator: this program again, as a process of its own, so that what it costs is the
//! same beside each program.

use std::process::{Command, ExitCode};
use std::sync::Barrier;
use std::time::Instant;

use super::{alerts, http};

/// A stream of alerts to send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    /// The number of the first alert.
    pub(crate) from: usize,
    /// How many.
    pub(crate) count: usize,
    /// How many in one request.
    pub(crate) batch: usize,
    /// Over how many connections.
    pub(crate) clients: usize,
}

impl Stream {
    /// Sends it, to each of the addresses in turn; gives how many alerts a second were answered 200.
    pub(crate) fn rate(self, addresses: &[String]) -> f64 {
        let Self { from, count, batch, clients } = self;
        let numbers = [from, count, batch, clients].map(|number| number.to_string());
        let output = Command::new(std::env::current_exe().unwrap())
            .arg("drive")
            .args(numbers)
            .args(addresses)
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        printed.trim().parse().unwrap_or_else(|_| {
            panic!(
                "the load generator failed: {printed}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })
    }
}

/// The load generator's main.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let (numbers, addresses) = words.split_at(4);
    let numbers: Vec<usize> = numbers.iter().map(|word| word.parse().unwrap()).collect();
    let [from, count, batch, clients] = numbers[..] else { return ExitCode::FAILURE };
    let requests: Vec<Vec<u8>> =
        alerts::bodies(from, count, batch).iter().map(|body| http::post(body)).collect();
    // Each connection is a Prometheus of its own: alerts of one group come over one connection.
    let share = requests.len().div_ceil(clients);
    let (ready, total) = (Barrier::new(clients + 1), requests.len() * batch);
    let seconds = std::thread::scope(|scope| {
        for client in 0..clients {
            let (ready, requests) = (&ready, &requests);
            let address = &addresses[client % addresses.len()];
            scope.spawn(move || {
                let mut connection = http::Client::connect(address);
                ready.wait();
                for request in requests.chunks(share).nth(client).into_iter().flatten() {
                    let (status, _) = connection.ask(request);
                    assert_eq!(status, 200);
                }
                ready.wait();
            });
        }
        ready.wait();
        let begin = Instant::now();
        ready.wait();
        begin.elapsed().as_secs_f64()
    });
    println!("{}", total as f64 / seconds);
    ExitCode::SUCCESS
}
