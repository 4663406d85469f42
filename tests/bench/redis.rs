//! One and two replicas on a real Redis, beside what `redis-benchmark` gets out of the same script.

use std::process::Command;

use super::drive::Stream;
use super::programs::{has, redis, warroom_on};
use super::table::{self, Rounds, row, short};

const ROUNDS: usize = 5;
const CLIENTS: usize = 64;
const ALERTS: usize = 5_000;
/// The script that a commit is.
const SCRIPT: &str = include_str!("../../src/brain/redis/lua/commit.lua");

pub(crate) fn run() {
    if !has("redis-server") || !has("redis-benchmark") {
        return;
    }
    let (one, two, plain) = (redis(), redis(), redis());
    let url = |address: &str| format!("redis://{address}");
    let single = warroom_on(&url(&one.address));
    let pair = [warroom_on(&url(&two.address)), warroom_on(&url(&two.address))];
    let addresses =
        [vec![single.address.clone()], pair.iter().map(|one| one.address.clone()).collect()];
    let sha = script(&plain.address);
    let mut rates = [Rounds::default(), Rounds::default(), Rounds::default()];
    for round in 0..=ROUNDS {
        let stream = Stream { from: round * ALERTS, count: ALERTS, batch: 1, clients: CLIENTS };
        let found =
            [stream.rate(&addresses[0]), stream.rate(&addresses[1]), evalsha(&plain.address, &sha)];
        if round > 0 {
            rates.iter_mut().zip(found).for_each(|(rates, rate)| rates.0.push(rate));
        }
    }
    let alerts = f64::from(u32::try_from((ROUNDS + 1) * ALERTS).unwrap());
    let [work, shared] = [&one, &two].map(|server| short(scripts(&server.address) / alerts));
    let [single, pair, bare] = &rates;
    let ratio = |rates: &Rounds, to: &Rounds| format!("{:.2}x", rates.over(to));
    let rows = [
        row(["", "a second", "over redis-benchmark", "over one replica", "scripts an alert"]),
        row(["redis-benchmark, EVALSHA of the commit's script", &bare.spread(), "1.00x", "", ""]),
        row([
            "one replica, new alerts in batches of 1",
            &single.spread(),
            &ratio(single, bare),
            "1.00x",
            &work,
        ]),
        row(["two replicas", &pair.spread(), &ratio(pair, bare), &ratio(pair, single), &shared]),
    ];
    table::print(
        "redis: new alerts, or scripts, a second over 64 connections; each replica also syncs its journal",
        &rows,
    );
}

fn script(address: &str) -> String {
    let output = cli("redis-cli", address).args(["SCRIPT", "LOAD", SCRIPT]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// How many scripts this server has run: an alert costs more than its own commit, as what follows
/// from it (timers, effects and their outcomes) is committed too.
fn scripts(address: &str) -> f64 {
    let output = cli("redis-cli", address).args(["INFO", "commandstats"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let line = printed.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(f64::NAN)
}

/// The commit of a case that begins with one alert: a head, a member, three events, one timer.
fn evalsha(address: &str, sha: &str) -> f64 {
    let any = "__rand_int__";
    let (head, member, event) = ("h".repeat(700), "m".repeat(150), "e".repeat(350));
    let output = cli("redis-benchmark", address)
        .args(["-n", "20000", "-c", "64", "-r", "100000000", "--csv", "EVALSHA", sha, "1"])
        .arg("{warroom:0:7}")
        .args(["warroom:changes", any, "60000", any, "0", "", any, "3", &head, "1", "0"])
        .args(["1795241541000000", "0", "", "", "", "0"])
        .args(["1", "0123456789abcdef", &member, "3", &event, &event, &event, "0"])
        .args([
            "1",
            "expiry",
            "{\"item\":\"timer\",\"timer\":\"expiry\"}",
            "1795241841000000",
            "by",
        ])
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    // The last line: the command (with commas of its own), then the rate and latencies in quotes.
    let rate = printed.lines().last().and_then(|line| line.rsplit("\",\"").nth(6)?.parse().ok());
    rate.unwrap_or_else(|| panic!("redis-benchmark printed {printed}"))
}

fn cli(program: &str, address: &str) -> Command {
    let mut command = Command::new(program);
    let (host, port) = address.split_once(':').unwrap();
    command.args(["-h", host, "-p", port]);
    command
}
