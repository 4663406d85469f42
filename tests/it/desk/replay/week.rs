//! A recorded week under two sets of rules, beside a slow reference: plain loops over alerts and rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{folder, words};

const MONDAY: &str = "2026-01-05T00:00:00Z";
const WEEK: i64 = 7 * 24 * 3600;

/// A rule as the reference knows it.
struct Rule {
    name: &'static str,
    /// Every label must have one of these values.
    wants: &'static [(&'static str, &'static [&'static str])],
    group_by: &'static [&'static str],
    reopen_minutes: i64,
    asks: bool,
}

const BEFORE: [Rule; 3] = [
    Rule {
        name: "cms",
        wants: &[("service", &["cms"])],
        group_by: &["service"],
        reopen_minutes: 30,
        asks: true,
    },
    Rule {
        name: "machine",
        wants: &[("alertname", &["Disk", "Cpu"])],
        group_by: &["alertname", "host"],
        reopen_minutes: 120,
        asks: true,
    },
    Rule {
        name: "noise",
        wants: &[("alertname", &["Noise"])],
        group_by: &["alertname"],
        reopen_minutes: 30,
        asks: false,
    },
];

const AFTER: [Rule; 2] = [
    Rule {
        name: "machine",
        wants: &[("alertname", &["Disk"])],
        group_by: &["host"],
        reopen_minutes: 10,
        asks: true,
    },
    Rule {
        name: "cms",
        wants: &[("service", &["cms", "web"])],
        group_by: &["alertname", "service"],
        reopen_minutes: 60,
        asks: true,
    },
];

fn toml(rules: &[Rule]) -> String {
    let rule = |rule: &Rule| {
        let wants: Vec<String> = rule
            .wants
            .iter()
            .map(|(name, values)| format!("{name}=~\"{}\"", values.join("|")))
            .collect();
        let ask = if rule.asks { "room = { name = \"inc-{{ number }}\" }\n" } else { "" };
        format!(
            "[[rule]]\nname = {:?}\nmatch = '{}'\ngroup_by = {:?}\nreopen_within = \"{}m\"\n{ask}\n",
            rule.name,
            wants.join(", "),
            rule.group_by,
            rule.reopen_minutes
        )
    };
    rules.iter().map(rule).collect()
}

type Labels = BTreeMap<&'static str, &'static str>;

/// When an alert began and ended, in seconds of the week. No two of these are at the same second.
struct Stretch {
    labels: Labels,
    from: i64,
    to: Option<i64>,
}

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + i64::try_from(self.0 >> 33).unwrap() % (high - low)
    }
}

fn alerts() -> Vec<Labels> {
    let hosts = ["a", "b"];
    let services = ["cms", "web", "db"].map(|service| hosts.map(|host| (service, host)));
    let names = ["Disk", "Cpu", "Slow", "Noise"].into_iter();
    let all = names.flat_map(|name| services.into_iter().flatten().map(move |it| (name, it)));
    all.map(|(alertname, (service, host))| {
        [("alertname", alertname), ("service", service), ("host", host)].into()
    })
    .collect()
}

fn week() -> Vec<Stretch> {
    let (mut dice, mut taken, mut week) = (Dice(7), BTreeSet::new(), Vec::new());
    let mut free = |mut at: i64| {
        while !taken.insert(at) {
            at += 1;
        }
        at
    };
    for labels in alerts() {
        let mut at = dice.between(0, 8 * 3600);
        // Calm enough that nothing flaps.
        while at < WEEK {
            let from = free(at);
            let end = from + dice.between(120, 4 * 3600);
            let to = (end < WEEK).then(|| free(end));
            week.push(Stretch { labels: labels.clone(), from, to });
            at = end + dice.between(1000, 7 * 3600);
        }
    }
    week
}

/// What the reference counts.
#[derive(Default)]
struct Counts {
    opened: u64,
    reopened: u64,
    nobody: u64,
    /// Firings and incidents by rule.
    rules: BTreeMap<&'static str, (u64, u64)>,
}

#[derive(Default)]
struct Group {
    firing: usize,
    ended: Option<i64>,
}

fn reference(week: &[Stretch], rules: &[Rule]) -> Counts {
    let mut moments: Vec<(i64, &Stretch, bool)> = Vec::new();
    for stretch in week {
        moments.push((stretch.from, stretch, true));
        moments.extend(stretch.to.map(|to| (to, stretch, false)));
    }
    moments.sort_by_key(|(at, ..)| *at);
    let (mut counts, mut groups) = (Counts::default(), BTreeMap::<String, Group>::new());
    for (at, stretch, fires) in moments {
        let labels = &stretch.labels;
        let wanted =
            |rule: &&Rule| rule.wants.iter().all(|(name, values)| values.contains(&labels[name]));
        let Some(rule) = rules.iter().find(wanted) else {
            counts.nobody += u64::from(fires);
            continue;
        };
        counts.nobody += u64::from(fires && !rule.asks);
        let key: Vec<&str> = rule.group_by.iter().map(|name| labels[name]).collect();
        let group = groups.entry(format!("{} {key:?}", rule.name)).or_default();
        let of_rule = counts.rules.entry(rule.name).or_default();
        if !fires {
            group.firing -= 1;
            if group.firing == 0 {
                group.ended = Some(at);
            }
            continue;
        }
        of_rule.0 += 1;
        group.firing += 1;
        if group.firing > 1 {
            continue;
        }
        if group.ended.is_some_and(|ended| at - ended <= rule.reopen_minutes * 60) {
            counts.reopened += 1;
        } else {
            counts.opened += 1;
            of_rule.1 += 1;
        }
    }
    counts
}

fn lines(week: &[Stretch]) -> String {
    let monday: DateTime<Utc> = MONDAY.parse().unwrap();
    let at = |seconds: i64| (monday + chrono::TimeDelta::seconds(seconds)).to_rfc3339();
    let mut text = String::new();
    for stretch in week {
        let end = stretch.to.map(at);
        let line = json!({ "labels": stretch.labels, "startsAt": at(stretch.from), "endsAt": end });
        writeln!(text, "{line}").unwrap();
    }
    text
}

fn agrees(read: &Value, wanted: &Counts) {
    assert_eq!(read["incidents"], wanted.opened);
    assert_eq!(read["reopened"], wanted.reopened);
    let nobody = read["nobody"].as_object().unwrap().values().filter_map(Value::as_u64);
    assert_eq!(nobody.sum::<u64>(), wanted.nobody);
    for (name, (firings, incidents)) in &wanted.rules {
        let rule = &read["rules"][name];
        assert_eq!((&rule["firings"], &rule["incidents"]), (&json!(firings), &json!(incidents)));
    }
}

#[test]
fn the_difference_over_a_week_is_what_plain_loops_find() {
    let week = week();
    let dir = folder(&toml(&AFTER), &lines(&week));
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("a.toml"), toml(&BEFORE)).unwrap();
    let words = [words(dir.path()), vec!["--against".to_owned(), other.display().to_string()]];
    let words = words.concat();
    let read = super::json(dir.path(), &words.iter().map(String::as_str).collect::<Vec<_>>());
    let (before, after) = (reference(&week, &BEFORE), reference(&week, &AFTER));
    assert!(before.opened > 50 && after.reopened > 50, "{} {}", before.opened, after.reopened);
    agrees(&read["before"], &before);
    agrees(&read["after"], &after);
}
