use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::domain::alert::{Alert, Labels};
use crate::domain::ids::Number;
use crate::domain::incident::Moment;
use crate::domain::noise::limit::Limit;

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn alert(pairs: &[(&str, &str)]) -> Arc<Alert> {
    Arc::new(Alert {
        labels: labels(pairs),
        annotations: labels(&[("summary", "it is slow")]),
        starts_at: DateTime::UNIX_EPOCH,
        is_start_unnamed: false,
        generator_url: "".into(),
        source: "prometheus".into(),
    })
}

fn ruleset(text: &str) -> Ruleset {
    let (rules, out) = Ruleset::parse(&[("rules/t.toml".into(), text.into())]);
    assert!(!out.has_errors(), "{out}");
    rules
}

fn named(rules: &Ruleset, name: &str) -> RuleId {
    rules.find(name).unwrap()
}

const CMS: &str = r##"
[[rule]]
name = "cms-latency"
match = 'service="cms", alertname=~"HighLatency|SlowRequests", severity!="info"'
group_by = ["service", "env"]
severity = "sev2"
title = "{{ labels.service }} is slow in {{ group.env }}: {{ annotations.summary }}"
room = { name = "inc-{{ number }}-{{ labels.service }}", invite = ["oncall:cms", "team:{{ labels.team }}"] }
ticket = { tracker = "github", labels = ["incident"] }
graphs = ["latency {{ labels.service }} 1h"]
page = "cms"
notify = [{ room = "#management", on = ["opened", "resolved"] }]
run = { runbook = "restart-service", mode = "approve" }
throttle = { rooms = "3 per 1h" }
continue = true
reopen_within = "1h"

[[rule.test]]
at = ["0m fire service=cms alertname=HighLatency env=prod", "20m resolve service=cms"]
want = ["0m room inc-1-cms", "20m close"]

[[rule]]
name = "web-team-hears"
match = 'team="web"'
notify = [{ room = "#web" }]

[[rule]]
name = "the-rest"
match = 'alertname=~".+"'
"##;

#[test]
fn a_rule_of_every_field_becomes_a_policy() {
    let rules = ruleset(CMS);
    let alert = alert(&[
        ("alertname", "HighLatency"),
        ("env", "prod"),
        ("service", "cms"),
        ("severity", "page"),
        ("team", "web"),
    ]);
    let route = rules.route(&alert.labels);
    assert_eq!(route.group.0, r#"cms-latency{env="prod",service="cms"}"#);
    assert_eq!(route.also, [named(&rules, "web-team-hears")]);
    let rendered = rules.policy(route.owner.unwrap(), &route.also, &alert, Number(7)).unwrap();
    assert_eq!(rendered.faults, Vec::<String>::new());
    let policy = rendered.policy;
    assert_eq!(policy.title, "cms is slow in prod: it is slow");
    assert_eq!((policy.rule.file.as_str(), policy.rule.line), ("rules/t.toml", 2));
    assert_eq!(policy.also.len(), 1);
    let room = policy.room.unwrap();
    assert_eq!(
        (room.name.as_str(), room.invite.join(" ")),
        ("inc-7-cms", "oncall:cms team:web".into())
    );
    assert_eq!(policy.graphs, ["latency cms 1h"]);
    assert_eq!(policy.notify.len(), 2);
    assert_eq!(policy.notify[0].on, [Moment::Opened, Moment::Resolved]);
    assert_eq!(policy.timing.reopen_within, TimeDelta::hours(1));
    let rule = rules.rule(route.owner.unwrap()).unwrap();
    assert_eq!(rule.throttles.rooms, Some(Limit { count: 3, period: TimeDelta::hours(1) }));
    assert_eq!(rule.tests.len(), 1);
}

#[test]
fn fault_78_the_first_match_owns_the_alert() {
    let rules = ruleset(CMS);
    let route = rules.route(&labels(&[("alertname", "Disk"), ("team", "web")]));
    assert_eq!((route.owner, route.also), (Some(named(&rules, "web-team-hears")), vec![]));
    let route = rules.route(&labels(&[("x", "y")]));
    assert_eq!((route.owner, route.group.0.as_str()), (None, r#"~unrouted{alertname=""}"#));
}

#[test]
fn files_are_asked_in_the_order_of_their_names() {
    let rule = |name: &str| format!("[[rule]]\nname = \"{name}\"\nmatch = 'a=\"1\"'\n");
    let files =
        [("rules/b.toml".to_owned(), rule("second")), ("rules/a.toml".into(), rule("first"))];
    let (rules, out) = Ruleset::parse(&files);
    assert!(out.to_string().contains("`second` never gets an alert"), "{out}");
    assert_eq!(rules.route(&labels(&[("a", "1")])).owner, Some(named(&rules, "first")));
}

#[test]
fn a_template_that_fails_costs_nothing_but_its_text() {
    let rules = ruleset(
        r#"
[[rule]]
name = "r"
match = 'a="1"'
severity = "{{ labels.x / 0 }}"
title = "{{ labels.gone.deeper }}"
room = { name = "{{ labels.gone.deeper }}" }
graphs = ["good", "{{ labels.gone.deeper }}"]
"#,
    );
    let alert = alert(&[("a", "1"), ("alertname", "Disk")]);
    let Rendered { policy, faults } =
        rules.policy(named(&rules, "r"), &[], &alert, Number(3)).unwrap();
    assert_eq!((policy.title.as_str(), policy.severity.as_str()), ("Disk", "sev3"));
    assert_eq!(policy.room.unwrap().name, "inc-3");
    assert_eq!(policy.graphs, ["good"]);
    assert_eq!(faults.len(), 4);
    assert!(faults[0].starts_with("rules/t.toml:2: `severity` of rule r"), "{}", faults[0]);
}

#[test]
fn why_names_the_first_matcher_that_failed() {
    let rules = ruleset(CMS);
    let tried = rules.explain(&labels(&[("service", "cms"), ("alertname", "Disk")]));
    assert_eq!(tried.len(), 3);
    assert_eq!(
        tried[0].failed_matcher.as_deref(),
        Some(r#"alertname=~"HighLatency|SlowRequests""#)
    );
    assert_eq!((tried[1].rule.line, tried[1].matched, tried[2].matched), (22, false, true));
}

/// Matchers of every kind over few names and values, so that many match.
fn matcher() -> impl Strategy<Value = String> {
    let value =
        prop::sample::select(vec!["", "x", "y", "z", "x|y", "x.*", ".+", ".*", "[xy]z?", "|x"]);
    let op = prop::sample::select(vec!["=", "!=", "=~", "!~"]);
    (prop::sample::select(vec!["a", "b", "c"]), op, value)
        .prop_map(|(name, op, value)| format!("{name}{op}\"{value}\""))
}

fn random_rules() -> impl Strategy<Value = Vec<(Vec<String>, bool)>> {
    prop::collection::vec((prop::collection::vec(matcher(), 1..4), any::<bool>()), 0..30)
}

fn random_labels() -> impl Strategy<Value = Labels> {
    let value = prop::sample::select(vec!["x", "y", "z", "xz", "xx"]);
    let name = prop::sample::select(vec!["a", "b", "c"]);
    prop::collection::btree_map(name, value, 0..3)
        .prop_map(|map| map.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
}

proptest! {
    // Compiling regexes is what takes the time here.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fault_78_the_index_finds_what_a_walk_over_all_rules_finds(
        rules in random_rules(), labels in random_labels(),
    ) {
        let text: String = rules.iter().enumerate().map(|(n, (matchers, goes_on))| {
            format!("[[rule]]\nname = \"r{n}\"\nmatch = '{}'\ncontinue = {goes_on}\n", matchers.join(", "))
        }).collect();
        let set = ruleset(&text);
        let mut walk = Vec::new();
        for rule in set.iter().filter(|rule| rule.matchers.matches(&labels)) {
            walk.push(named(&set, &rule.at.name));
            if !rule.goes_on {
                break;
            }
        }
        let route = set.route(&labels);
        let found: Vec<RuleId> = route.owner.into_iter().chain(route.also).collect();
        prop_assert_eq!(found, walk);
    }
}
