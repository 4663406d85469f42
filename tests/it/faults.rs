//! The list of what can go wrong, each row with the tests that show the right behaviour.
//!
//! A test whose name begins with `fault_NN_` belongs to row NN by its name; a row names the tests
//! that show it under another name. A row without a test is printed, never passed over in silence.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a broken assumption shall fail loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// One row: its number, the fault, the part of the product that owes the test, further tests.
struct Row {
    number: u8,
    title: &'static str,
    owed_by: &'static str,
    tests: &'static [&'static str],
}

const fn row(
    number: u8,
    title: &'static str,
    owed_by: &'static str,
    tests: &'static [&'static str],
) -> Row {
    Row { number, title, owed_by, tests }
}

/// Ingestion, the core, the brain and the engine: issue 2.
const SPINE: &str = "issue 2";
/// Rooms, tickets, graphs, and the servers behind them.
const ROOM: &str = "the issue of rooms and chat";
/// Identity, schedules, paging.
const PEOPLE: &str = "the issue of people";
/// Runbooks, approvals, executors.
const HEALING: &str = "the issue of self-healing";

/// Killed at random moments under load, with senders that repeat what was not answered.
const KILLED: &[&str] = &[
    "fault_03_kill_9_loses_nothing_acknowledged_embedded",
    "fault_03_kill_9_loses_nothing_acknowledged_on_redis",
];

#[rustfmt::skip] // one row a line
const ROWS: &[Row] = &[
    row(1, "kill -9 before append", SPINE, KILLED),
    row(2, "kill -9 after append, before 2xx", SPINE, KILLED),
    row(3, "kill -9 after 2xx, before any effect", SPINE, &[]),
    row(4, "kill -9 during an effect call", SPINE, &[]),
    row(5, "kill -9 after the call, before the outcome is recorded", SPINE, &[]),
    row(6, "kill -9 while a runbook child runs", HEALING, &[]),
    row(7, "Out of memory / OOM-killer", SPINE, &[]),
    row(8, "Disk full on journal", SPINE, &[]),
    row(9, "fsync returns EIO", SPINE, &[]),
    row(10, "Torn or short write, bit flip", SPINE, &[]),
    row(11, "Lost unsynced pages at power loss", SPINE, &[]),
    row(12, "Wall clock jumps +-1 h / +-10 y", SPINE, &[]),
    row(13, "DST change, leap day, zone file update", SPINE, &[]),
    row(14, "Process paused 60 s (VM migration, SIGSTOP)", SPINE, &[]),
    row(15, "Redis failover in the middle of a script", SPINE, &[]),
    row(16, "Planned Sentinel failover loses acked appends", SPINE, &[]),
    row(17, "Partition: replica on the old master's side", SPINE, &[]),
    row(18, "Partition: replica - Redis only", SPINE, &[]),
    row(19, "Redis evicts keys", SPINE, &[]),
    row(20, "Redis restarts empty", SPINE, &[]),
    row(21, "Redis slow (10 s replies)", SPINE, &[]),
    row(22, "Redis returns READONLY, LOADING, BUSY, OOM, MOVED, NOSCRIPT, CLUSTERDOWN", SPINE, &[]),
    row(23, "Redis reached by two products or two versions", SPINE, &[]),
    row(24, "Two replicas claim one effect", SPINE, &[]),
    row(25, "Lease expires during a long effect", SPINE, &[]),
    row(26, "Poison effect (always panics)", SPINE, &[]),
    row(27, "Timer storm after 6 h downtime", SPINE, &[]),
    row(28, "Chat 429 + Retry-After", ROOM, &[]),
    row(29, "Chat time-out, but it had succeeded", ROOM, &[]),
    row(30, "Room name taken", ROOM, &[]),
    row(31, "Room archived or deleted by a human", ROOM, &[]),
    row(32, "Bot removed from the room / token revoked", ROOM, &[]),
    row(33, "Invited user deactivated, or a guest", PEOPLE, &[]),
    row(34, "Message too long, too many blocks", ROOM, &[]),
    row(35, "Chat down for hours", ROOM, &[]),
    row(36, "Ticket tracker down for hours", ROOM, &[]),
    row(37, "Tracker accepts, returns garbage or HTML", ROOM, &[]),
    row(38, "Prometheus down or slow", ROOM, &[]),
    row(39, "NaN, Inf, empty matrix, stale series", ROOM, &[]),
    row(40, "100 k series / 1 GB answer", ROOM, &[]),
    row(41, "Storm: 100 k alerts/min", SPINE, &[]),
    row(42, "Flapping alert", SPINE, &[]),
    row(43, "10 MB label, 10 k labels", SPINE, &[]),
    row(44, "Invalid UTF-8, NUL, RTL marks, ANSI", SPINE, &[]),
    row(45, "Deep JSON, 10^6 keys, duplicate keys", SPINE, &[]),
    row(46, "gzip bomb, chunked drip (slowloris)", SPINE, &[]),
    row(47, "Duplicate delivery (same body)", SPINE, &[]),
    row(48, "Resolved before firing", SPINE, &[]),
    row(49, "Alert never resolved", SPINE, &[]),
    row(50, "Same alert from two Prometheus / AM replicas", SPINE, &[]),
    row(51, "Truncated webhook (`truncatedAlerts` > 0)", SPINE, &[]),
    row(52, "Webhook secret wrong or missing", SPINE, &[]),
    row(53, "Replayed webhook (valid signature, old)", SPINE, &[]),
    row(54, "Slack resend (`X-Slack-Retry-Num`)", ROOM, &[]),
    row(55, "Clock of sender off by hours", SPINE, &[]),
    row(56, "Shell injection through labels", HEALING, &[]),
    row(57, "Option injection (`--config=/etc/shadow` as value)", HEALING, &[]),
    row(58, "Template injection (`{{ ... }}` in a label)", SPINE, &[]),
    row(59, "SSRF through generatorURL, runbook URL, redirects, DNS rebinding", ROOM, &[]),
    row(60, "`<!channel>`, `@here`, links with false text", ROOM, &[]),
    row(61, "Spreadsheet / HTML / log injection in exports and console", ROOM, &["a_name_never_becomes_a_formula"]),
    row(62, "Secret in runbook output", HEALING, &[]),
    row(63, "Runbook hangs", HEALING, &[]),
    row(64, "Runbook forks a daemon holding the pipe", HEALING, &[]),
    row(65, "Fork bomb", HEALING, &[]),
    row(66, "Prints 1 GB", HEALING, &[]),
    row(67, "Runbook kills its own host or us", HEALING, &[]),
    row(68, "Remediation makes it worse / loop", HEALING, &[]),
    row(69, "Empty or too wide target selector", HEALING, &[]),
    row(70, "Two runbooks on one target at once", HEALING, &[]),
    row(71, "Approval by the requester", HEALING, &[]),
    row(72, "Approver loses rights between click and start", HEALING, &[]),
    row(73, "Stale button hours later", HEALING, &[]),
    row(74, "Double click, two approvers at once", HEALING, &[]),
    row(75, "Revoked or renamed user, reused name", PEOPLE, &["a_verified_address_finds_only_who_has_no_id"]),
    row(76, "Click by a guest or a Slack Connect stranger", PEOPLE, &[]),
    row(77, "Config reload with a broken file", SPINE, &[]),
    row(78, "Two rules match one alert", SPINE, &[]),
    row(79, "Rule deleted or changed while an incident is open", SPINE, &[]),
    row(80, "Rolling upgrade with open incidents", SPINE, &[]),
    row(81, "Downgrade", SPINE, &[]),
    row(82, "Snapshot and log disagree", SPINE, &[]),
    row(83, "Ten million events in one incident", SPINE, &[]),
    row(84, "Certificate expired, DNS fails, proxy in between", ROOM, &[]),
    row(85, "On-call schedule empty", PEOPLE, &[]),
    row(86, "All pages unacknowledged to the end", PEOPLE, &[]),
    row(87, "SIGTERM during load", SPINE, &[]),
    row(88, "Our own monitor is dead", PEOPLE, &[]),
    row(89, "Log or metrics sink blocks", SPINE, &[]),
    row(90, "fd exhaustion, port in use, read-only /tmp", SPINE, &[]),
];

#[test]
fn every_test_named_for_a_row_exists() {
    let tests = test_functions();
    for row in ROWS {
        for name in row.tests {
            assert!(
                tests.contains(*name),
                "row {} names `{name}`, which is no test any more: name the one that took its place",
                row.number
            );
        }
    }
}

#[test]
fn every_fault_test_belongs_to_a_row() {
    for name in test_functions().iter().filter(|name| name.starts_with("fault_")) {
        let number = name.split('_').nth(1).and_then(|number| number.parse().ok());
        assert!(
            ROWS.iter().any(|row| Some(row.number) == number),
            "`{name}` names no row of the list: its number must be one of it"
        );
    }
}

#[test]
fn rows_without_a_test_are_printed() {
    let tests = test_functions();
    let mut owed: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in ROWS {
        let prefix = format!("fault_{:02}_", row.number);
        if row.tests.is_empty() && !tests.iter().any(|name| name.starts_with(&prefix)) {
            owed.entry(row.owed_by).or_default().push(row);
        }
    }
    for row in owed.remove(SPINE).unwrap_or_default() {
        println!("skipped: fault {:02}, {}: not covered yet: {SPINE}", row.number, row.title);
    }
    for (by, rows) in owed {
        let numbers: Vec<String> = rows.iter().map(|row| row.number.to_string()).collect();
        println!("skipped: faults {}: not covered yet: {by}", numbers.join(", "));
    }
    assert!(ROWS.windows(2).all(|pair| pair[0].number + 1 == pair[1].number), "a row is missing");
}

fn test_functions() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in ["src", "tests"] {
        rust_files(Path::new(folder), &mut files);
    }
    let is_test = regex::Regex::new(r"(?m)^\s*(?:async )?fn ([a-z0-9_]+)\(").unwrap();
    let mut names = BTreeSet::new();
    for text in files {
        names.extend(is_test.captures_iter(&text).map(|hit| hit[1].to_owned()));
    }
    names
}

fn rust_files(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.extend(fs::read_to_string(&path));
        }
    }
}
