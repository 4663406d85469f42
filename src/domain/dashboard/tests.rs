use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::alert::Labels;
use crate::domain::chart::{Marker, MarkerKind};

const SERVICE: &str = r#"
[[graph]]
name = "latency"
title = "{{ service }} latency"
unit = "s"
aliases = ["slow"]
args = ["service", { name = "env", default = "prod" }]
series = [{ legend = "p99", query = 'p99{service="{{ service }}", env=~"{{ env }}"}[{{ rate }}]' }]
limit = { value = 0.5, label = "SLO" }

[[graph]]
name = "errors"
args = ["service"]
series = [{ query = 'errors{service="{{ service }}"}' }, { query = 'all' , source = "far" }]
compare = "1d"
top = 3

[[graph]]
name = "stats"
title = "Stats of everything"
args = [{ name = "path", pattern = "[a-z0-9-]+" }]
series = [{ query = 'stats.{{ path }}.count' }]
"#;

fn now() -> DateTime<Utc> {
    "2026-11-21T15:00:00Z".parse().unwrap()
}

fn library(text: &str) -> Library {
    let (library, faults) = Library::parse(&[("dashboards/x.toml".to_owned(), text.to_owned())]);
    assert!(faults.is_empty(), "{faults}");
    library
}

fn planned(line: &str, context: &Context) -> Result<Plan, Bad> {
    library(SERVICE).plan(&Request::read(line)?, context, now(), Usual::default())
}

fn plan(line: &str) -> Plan {
    planned(line, &Context::default()).unwrap_or_else(|bad| panic!("{line}: {bad}"))
}

fn bad(line: &str) -> String {
    planned(line, &Context::default()).map(|plan| plan.command).unwrap_err().to_string()
}

fn queries(plan: &Plan) -> Vec<String> {
    plan.asks().unwrap().into_iter().map(|ask| ask.query).collect()
}

#[test]
fn a_request_becomes_queries_a_time_and_a_title() {
    let plan = plan("latency cms 1h");
    assert_eq!(queries(&plan), [r#"p99{service="cms", env=~"prod"}[1m]"#]);
    assert_eq!(
        (plan.title.as_str(), plan.command.as_str()),
        ("cms latency", "graph latency cms 1h")
    );
    assert_eq!(plan.window.to - plan.window.from, TimeDelta::hours(1));
    assert_eq!((plan.window.to, plan.window.step), (now(), TimeDelta::seconds(15)));
    assert_eq!(plan.limits.len(), 1);
}

#[test]
fn arguments_come_by_place_by_name_and_from_the_room() {
    assert!(queries(&plan("latency cms stage"))[0].contains(r#"env=~"stage""#));
    let by_name = plan("latency env=stage service=cms");
    assert_eq!(by_name.command, "graph latency cms stage 1h");
    let labels: Labels = [("service".into(), "shop".into()), ("job".into(), "x".into())].into();
    let since = Some(now() - TimeDelta::minutes(20));
    let marker = |at| Marker { at, kind: MarkerKind::Alert, label: "a".into() };
    let markers = vec![marker(now() - TimeDelta::minutes(20)), marker(now() - TimeDelta::days(3))];
    let context = Context { labels, since, markers, ..Context::default() };
    let plan = planned("latency", &context).unwrap();
    assert_eq!(plan.command, "graph latency shop since 2026-11-21T14:30:00Z");
    assert_eq!(plan.window.from, now() - TimeDelta::minutes(30));
    assert_eq!(plan.markers.len(), 1);
    let again = planned(&plan.command, &Context::default()).unwrap();
    assert_eq!(again.asks(), plan.asks());
}

#[test]
fn a_missing_argument_is_asked_for_with_an_example() {
    assert_eq!(
        bad("latency"),
        "latency needs to know the service. Type: graph latency <service> [env] 1h"
    );
    assert!(bad("latency cms prod x").contains("has no argument for x"));
    assert!(bad("latency servce=cms").contains("did you mean `service`?"));
    assert!(bad("latency cms service=cms").contains("twice"));
    assert!(bad("incident latency cms").contains("no incident's room"));
}

#[test]
fn an_unknown_graph_is_answered_with_near_names() {
    let bad = planned("latancy cms", &Context::default()).map(drop).unwrap_err();
    assert_eq!(bad.instead.len(), 3);
    assert_eq!(bad.instead[0], "graph latency <service> [env]");
    assert!(self::bad("1h").starts_with("Which graph? There are: latency, errors, stats."));
    let empty = Library::default();
    let request = Request::read("latency").unwrap();
    assert!(empty.plan(&request, &Context::default(), now(), Usual::default()).is_err());
}

#[test]
fn names_aliases_titles_and_services_are_found() {
    assert_eq!(plan("LATENCY cms").title, "cms latency");
    assert_eq!(plan("slow cms").title, "cms latency");
    assert_eq!(plan("cms latency").title, "cms latency");
    assert_eq!(plan("db latency cms").title, "cms latency");
    let guessed = plan("shop 2h");
    assert_eq!(guessed.command, "graph latency shop 2h");
    assert_eq!(guessed.also, ["graph errors shop 2h"]);
}

#[test]
fn a_hostile_value_stays_a_value() {
    let hostile = r#"x"} or up{a="b\.*|"#;
    let word = crate::domain::commands::Word {
        text: hostile.to_owned(),
        is_quoted: true,
        ..Default::default()
    };
    let plan = plan(&format!("latency {word} {word}"));
    assert_eq!(
        queries(&plan),
        [r#"p99{service="x\"} or up{a=\"b\\.*|", env=~"x\"\\} or up\\{a=\"b\\\\\\.\\*\\|"}[1m]"#]
    );
    assert!(bad("stats ../x").contains("must match"));
    assert_eq!(queries(&self::plan("stats web-1")), ["stats.web-1.count"]);
}

#[test]
fn authors_read_all_their_faults_at_once() {
    let text = r#"
[[graph]]
name = "1h"
args = ["service", "top", "no good"]
series = [{ legend = "x" }]
[[graph]]
name = "twin"
args = ["service"]
unit = 3
series = [{ query = 'up{a="{{ servce }}"}' }]
[[graph]]
name = "twin2"
aliases = ["TWIN3"]
series = [{ query = "up" }]
limit = { value = "high" }
[[graph]]
name = "twin3"
series = []
seris = []
"#;
    let (_, faults) = Library::parse(&[("dashboards/x.toml".into(), text.into())]);
    let text = faults.to_string();
    for wanted in [
        "`1h` cannot be a graph's name",
        "`top` means something else",
        "`no good` cannot be an argument's name",
        "needs `query`",
        "did you mean `service`?",
        "expected a string",
        "expected a number",
        "two graphs are named `twin3`",
        "has no line that can be drawn",
        "unknown field `seris`",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in:\n{text}");
    }
}

#[test]
fn the_shipped_dashboards_are_good_and_hold_what_rules_name() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts: Vec<(String, String)> = files
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    let (library, faults) = Library::parse(&texts);
    assert!(faults.is_empty(), "{faults}");
    for name in ["latency", "errors", "traffic", "disk", "memory", "up", "series-in-memory"] {
        assert_eq!(library.knows(name), Ok(()), "{name}");
    }
}
