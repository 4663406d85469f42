use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Explanation, Files, Says, explain};
use crate::domain::alert::{Alert, Labels};
use crate::domain::messages::explain::explained;
use crate::domain::noise::inhibition::Inhibitions;
use crate::domain::oncall::{Reach, Roster, Way};
use crate::domain::rules::Ruleset;
use crate::domain::runbook::Book;

const RULES: &str = r##"
[[rule]]
name = "all"
match = 'severity!="info"'
continue = true
page = "cms"
severity = "sev1"
title = "{{ labels.alertname }} on {{ labels.host }}"
run = { runbook = "restart", mode = "approve" }

[[rule]]
name = "tell"
match = 'host=~".+"'
notify = [{ room = "#boss" }]

[[rule]]
name = "late"
match = 'host="db1"'

[[rule]]
name = "other"
match = 'alertname="Disk"'

[[inhibit]]
name = "dead"
source = 'alertname="HostDown"'
target = 'alertname!="HostDown"'
equal = ["host"]

[[schedule]]
name = "cms"
zone = "UTC"

[[schedule.layer]]
name = "week"
people = ["ana", "ben"]
every = "1w"
start = 2026-01-05

[[policy]]
name = "cms"

[[policy.step]]
page = ["oncall:cms"]
after = "10m"

[[policy.step]]
page = ["@zoe"]
severity = ["sev3"]

[[policy.step]]
page = ["@cleo"]
"##;

fn at() -> DateTime<Utc> {
    "2026-01-06T03:00:00Z".parse().unwrap()
}

fn explained_for(pairs: &[(&str, &str)]) -> Explanation {
    let (rules, plans, out) = Ruleset::read(&[("rules/t.toml".to_owned(), RULES.to_owned())]);
    assert!(!out.has_errors(), "{out}");
    let reach = |person: &str| {
        let way = Way {
            pager: "phone".into(),
            address: "+491".into(),
            after: chrono::TimeDelta::zero(),
            severity: Vec::new(),
        };
        (person.into(), Reach { ways: vec![way], ..Reach::default() })
    };
    let roster = Roster {
        plans: Arc::new(plans),
        reaches: ["ana", "ben", "zoe"].map(reach).into(),
        ..Roster::default()
    };
    let inhibitions = Inhibitions::new(rules.inhibitions().to_vec());
    let labels: Labels =
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let alert = Arc::new(Alert {
        labels,
        annotations: Labels::new(),
        starts_at: at(),
        is_start_unnamed: false,
        generator_url: "".into(),
        source: "typed".into(),
    });
    let runbooks = Book::default();
    let files =
        Files { rules: &rules, inhibitions: &inhibitions, roster: &roster, runbooks: &runbooks };
    explain(files, &alert, at())
}

#[test]
fn each_rule_says_why_and_the_steps_name_people() {
    let it = explained_for(&[("alertname", "Slow"), ("host", "db1")]);
    let says: Vec<&Says> = it.rules.iter().map(|verdict| &verdict.says).collect();
    let fails = Says::Fails { matcher: "alertname=\"Disk\"".to_owned(), found: "Slow".into() };
    assert_eq!(says, [&Says::Owns, &Says::Adds, &Says::ComesTooLate, &fails]);
    let steps = &it.outcome.as_ref().unwrap().page.as_ref().unwrap().steps;
    assert_eq!(steps[0].calls[0].person, "ana");
    assert_eq!((steps[1].at, steps[1].is_for_this), (None, false));
    assert_eq!((steps[2].at, steps[2].missed.len()), (None, 1), "cleo has no contact");
}

#[test]
fn the_text_answers_in_its_first_line() {
    let it = explained_for(&[("alertname", "Slow"), ("host", "db1")]);
    insta::assert_snapshot!(explained(&it, 10).replace(it.files.as_str(), "(hash)"), @r##"
    Rule all (rules/t.toml:2) would open sev1 "Slow on db1" and page ana.

    alert      alertname="Slow" host="db1"
               fingerprint 167e409ef6ffd7c8, group all{alertname="Slow"}
               seen at 2026-01-06 03:00 UTC with the files of version (hash)

    rules, in their order
      = all (rules/t.toml:2) matches first, and owns it
      + tell (rules/t.toml:11) matches, and adds its notifications
        late (rules/t.toml:16) would match, and comes too late
      - other (rules/t.toml:20) no: alertname="Disk", and it has "Slow"

    held back
      inhibition dead (rules/t.toml:24) while alertname="HostDown" with host="db1" fires
      silences, storms and what fires now are known to a server alone: --fingerprint asks it

    what follows
      severity sev1, title "Slow on db1"
      tells    #boss
      run      restart waits for an approval, but no runbook is called `restart`
      page     cms (rules/t.toml:40), while nobody answers:
        step 1 at Tue 06 Jan 03:00 UTC: ana
          oncall:cms is ana: their turn in week of cms, rules/t.toml:30
          ana by phone after 0s
        step 2: not for this severity or hour
        step 3: passed over, it wakes nobody
          @cleo
          @cleo is not known any more
        all of it again once
    "##);
}

#[test]
fn what_no_rule_wants_reaches_nobody() {
    let it = explained_for(&[("severity", "info")]);
    assert!(it.outcome.is_none() && it.group.0.starts_with("~unrouted"));
    assert!(explained(&it, 1).starts_with("No rule wants this alert"));
    assert!(explained(&it, 1).contains("and 3 more that do not match"));
}
