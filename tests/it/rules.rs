//! Rules and configuration as files: the shipped ones, and a corpus of broken ones.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use warroom::config::{Config, EXAMPLE};
use warroom::domain::alert::Labels;
use warroom::domain::rules::Ruleset;

/// Sets this to write what is rendered now over the expected texts.
const BLESS: &str = "WARROOM_BLESS";

fn files(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    paths
}

fn shipped() -> Vec<(String, String)> {
    let read = |path: PathBuf| (path.display().to_string(), fs::read_to_string(&path).unwrap());
    files("rules").into_iter().map(read).collect()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

/// What a file's author would see. A file is a configuration unless its name begins with `rule`.
fn shown(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(path).unwrap();
    if name.starts_with("rule") {
        return Ruleset::parse(&[(name, text)]).1.to_string();
    }
    match Config::parse(Some((&name, &text)), [], &[]) {
        Ok((_, warnings)) => warnings.to_string(),
        Err(faults) => faults.to_string(),
    }
}

#[test]
fn fault_77_every_broken_file_is_explained() {
    let paths = files("tests/corpus/config");
    assert!(paths.len() >= 25, "the corpus has shrunk");
    for path in paths {
        let shown = shown(&path);
        assert!(!shown.is_empty(), "{} should be broken", path.display());
        let expected = path.with_extension("txt");
        if std::env::var_os(BLESS).is_some() {
            fs::write(&expected, &shown).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(shown, expected, "{} ({BLESS}=1 accepts it)", path.display());
    }
}

#[test]
fn the_shipped_rules_load_without_a_word() {
    let (rules, out) = Ruleset::parse(&shipped());
    assert!(out.is_empty(), "{out}");
    assert!(rules.len() >= 8);
    assert_eq!(rules.inhibitions().len(), 2);
}

#[test]
fn the_shipped_rules_send_alerts_where_a_newcomer_expects_them() {
    let (rules, _) = Ruleset::parse(&shipped());
    for (alert, wanted) in [
        (&[("alertname", "Watchdog"), ("severity", "critical")][..], None),
        (&[("alertname", "HeartbeatMissing"), ("heartbeat", "x")], Some("heartbeat-missing")),
        (&[("alertname", "DiskFull"), ("instance", "db1")], Some("node-disk")),
        (&[("alertname", "HighLatency"), ("service", "cms")], Some("cms-latency")),
        (&[("alertname", "Anything"), ("severity", "critical")], Some("critical")),
        (&[("alertname", "Anything"), ("severity", "warning")], None),
    ] {
        let owner = rules.route(&labels(alert)).owner.and_then(|id| rules.rule(id));
        assert_eq!(owner.map(|rule| rule.at.name.as_str()), wanted, "{alert:?}");
    }
}

/// One damage to a text: from where, how much goes, what comes.
fn damage() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    (any::<prop::sample::Index>(), 0..12_usize, "[\\[\\]{}\"'=\\\\\r\n\t#é{{%|~x0 ]{0,6}")
}

fn damaged(text: &str, damages: &[(prop::sample::Index, usize, String)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (place, gone, come) in damages {
        let from = place.index(characters.len() + 1);
        let to = (from + gone).min(characters.len());
        characters.splice(from..to, come.chars());
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn a_damaged_file_is_explained_and_never_a_crash(
        damages in prop::collection::vec(damage(), 1..6), which in 0..4_usize,
    ) {
        let (name, text) = shipped().swap_remove(which);
        let (_, out) = Ruleset::parse(&[(name, damaged(&text, &damages))]);
        prop_assert_eq!(out.to_string().is_empty(), out.is_empty());
        if let Err(out) = Config::parse(Some(("c.toml", &damaged(EXAMPLE, &damages))), [], &[]) {
            prop_assert!(out.to_string().contains("c.toml:"), "{}", out);
        }
    }
}

/// The best of many tries is judged, so that a busy machine does not fail the build.
#[test]
fn a_hundred_thousand_rules_cost_little_more_than_ten() {
    let cost = |count: usize| {
        let text: String = (0..count)
            .map(|n| {
                let regex = if n % 10 == 0 { ", env=~\"prod|stage\"" } else { "" };
                format!("[[rule]]\nname=\"r{n}\"\nmatch='service=\"s{n}\", severity=~\"critical|page\"{regex}'\n")
            })
            .collect();
        let (rules, out) = Ruleset::parse(&[("rules/many.toml".into(), text)]);
        assert!(out.is_empty(), "{out}");
        let alerts: Vec<Labels> = (0..64)
            .map(|n| {
                let service = format!("s{}", n * count / 64);
                labels(&[
                    ("alertname", "HighLatency"),
                    ("env", "prod"),
                    ("instance", "web-17:9100"),
                    ("service", &service),
                    ("severity", "critical"),
                ])
            })
            .collect();
        let tries: Vec<u128> = (0..20).map(|_| timed(&rules, &alerts)).collect();
        let best = tries.into_iter().min().unwrap_or_default() / 64;
        println!("{count} rules: {best} ns an alert");
        best
    };
    // Reading so many rules without optimization would take minutes.
    let most = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
    let [few, some, many] = [10, 1_000, most].map(cost);
    assert!(some < 3 * few && many < 5 * few, "{few}, {some}, {many} ns an alert");
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs the real clock")]
fn timed(rules: &Ruleset, alerts: &[Labels]) -> u128 {
    let start = std::time::Instant::now();
    for alert in alerts {
        assert!(rules.route(alert).owner.is_some());
    }
    start.elapsed().as_nanos()
}
