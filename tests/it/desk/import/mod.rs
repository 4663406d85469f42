//! `warroom import alertmanager`: the same receivers hear of an alert as before.
//!
//! The judge is the real `amtool config routes test`, asked about each set of labels.

mod amtool;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use warroom::domain::alert::Labels;
use warroom::domain::oncall::Plans;
use warroom::domain::rules::Ruleset;

use self::amtool::Amtool;
use self::tree::Dice;
use super::call::warroom;
use crate::world::process::installed;

/// A configuration as a company has it: both syntaxes, several receivers for one alert, a receiver
/// for nothing, time intervals, an inhibition.
pub(super) const COMPANY: &str = include_str!("company.yml");
/// The sets of labels that the issue asks for.
const LABEL_SETS: usize = 1000;
/// The values that the company's routes tell apart, and others.
const VALUES: [(&str, &[&str]); 6] = [
    ("alertname", &["Watchdog", "InfoInhibitor", "DiskFull", "HighLatency", "KubePodCrashLooping"]),
    ("severity", &["critical", "warning", "info", "page", "none"]),
    ("service", &["foo1", "foo2", "baz", "files", "database", "kube-system", "foo11"]),
    ("owner", &["team-X", "team-Y", "team-Z"]),
    ("env", &["prod", "staging", "dev", "prod-eu"]),
    ("path", &["/a b", "a\"b", "x\\y", "it's"]),
];

/// The rules that a configuration becomes, and what was said about it.
fn imported(config: &Path, into: &Path) -> (Ruleset, Plans, String) {
    let (file, dir) = (config.display().to_string(), into.display().to_string());
    let output = warroom(&["import", "alertmanager", &file, "--into", &dir]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let checked = warroom(&["check", &dir]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let rules = fs::read_to_string(into.join("rules/alertmanager.toml")).unwrap();
    let (rules, plans, wrong) = Ruleset::read(&[("rules/alertmanager.toml".to_owned(), rules)]);
    assert!(!wrong.has_errors(), "{wrong}");
    (rules, plans, said)
}

/// Whom the imported rules tell: the teams of the policy, and the rooms.
fn chosen((rules, plans): (&Ruleset, &Plans), labels: &Labels) -> BTreeSet<String> {
    let rule = rules.rule(rules.route(labels).owner.expect("a rule takes everything")).unwrap();
    let page = rule.page.as_ref().map(|page| &plans.escalations[page].steps[0].page);
    let teams = page.into_iter().flatten().map(ToString::to_string);
    teams.chain(rule.notify.iter().map(|tell| tell.room.source().to_owned())).collect()
}

#[test]
fn a_companys_routes_choose_the_receivers_that_amtool_chooses() {
    if !installed("amtool") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("alertmanager.yml");
    fs::write(&config, COMPANY).unwrap();
    let (rules, plans, said) = imported(&config, &folder.path().join("ours"));
    let mut dice = Dice::new(7);
    let sets: Vec<Labels> = (0..LABEL_SETS).map(|_| dice.labels(&VALUES)).collect();
    let theirs = Amtool::new(&config).receivers(&sets);
    let mut seen = BTreeSet::new();
    for (labels, receivers) in sets.iter().zip(theirs) {
        let wanted = receivers.iter().flat_map(|receiver| expected(receiver)).collect();
        assert_eq!(chosen((&rules, &plans), labels), wanted, "{labels:?}: {receivers:?}");
        seen.extend(receivers);
    }
    assert_eq!(seen.len(), 8, "every receiver of the file was chosen once at least: {seen:?}");
    for part in [
        ":8: templates",
        "`group_wait`",
        "receiver hooks: `webhook_configs`",
        "is not copied: put it into",
        "time interval holidays",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert!(!said.contains("hunter2"), "a password is never shown:\n{said}");
}

/// What a receiver of the company must become.
fn expected(receiver: &str) -> Vec<String> {
    let one: &[&str] = match receiver {
        "null" | "hooks" => &[],
        "slack-ops" => &["#ops"],
        "team-X-pager" => &["team:team-x-pager", "#team-x"],
        "team-X-mails" => &["team:team-x-mails"],
        "team-Y-mails" => &["team:team-y-mails"],
        "team-Y-pager" => &["team:team-y-pager"],
        "team-DB-pager" => &["team:team-db-pager"],
        other => panic!("no such receiver: {other}"),
    };
    one.iter().map(|it| (*it).to_owned()).collect()
}

#[test]
fn trees_of_any_shape_choose_the_receivers_that_amtool_chooses() {
    if !installed("amtool") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..20 {
        let mut dice = Dice::new(seed);
        let config = folder.path().join(format!("{seed}.yml"));
        fs::write(&config, dice.tree()).unwrap();
        let (rules, plans, _) = imported(&config, &folder.path().join(seed.to_string()));
        let sets: Vec<Labels> = (0..25).map(|_| dice.labels(&tree::VALUES)).collect();
        for (labels, receivers) in sets.iter().zip(Amtool::new(&config).receivers(&sets)) {
            let wanted = receivers.iter().map(|receiver| format!("team:{receiver}")).collect();
            assert_eq!(chosen((&rules, &plans), labels), wanted, "seed {seed}: {labels:?}");
        }
    }
}

#[test]
fn nothing_is_written_over_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("alertmanager.yml");
    fs::write(&config, COMPANY).unwrap();
    let ours = folder.path().join("ours");
    fs::create_dir_all(ours.join("rules")).unwrap();
    fs::write(ours.join("rules/alertmanager.toml"), "mine").unwrap();
    let output = warroom(&[
        "import",
        "alertmanager",
        config.to_str().unwrap(),
        "--into",
        ours.to_str().unwrap(),
    ]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("is there already"), "{said}");
    assert!(!ours.join("warroom.toml").exists(), "none of them is written when one cannot be");
    assert_eq!(fs::read_to_string(ours.join("rules/alertmanager.toml")).unwrap(), "mine");
}
