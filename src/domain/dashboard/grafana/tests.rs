use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

use crate::domain::chart::Axis;
use crate::domain::dashboard::{Bad, Context, Library, Plan, Request, Usual};
use crate::domain::diagnostic::Diagnostics;

fn now() -> DateTime<Utc> {
    "2026-11-21T15:00:00Z".parse().unwrap()
}

fn read(board: &Json) -> (Library, Diagnostics) {
    Library::parse(&[("dashboards/board.json".to_owned(), board.to_string())])
}

fn planned(library: &Library, line: &str) -> Result<Plan, Bad> {
    library.plan(&Request::read(line)?, &Context::default(), now(), Usual::default())
}

fn query(library: &Library, line: &str) -> String {
    let plan = planned(library, line).unwrap_or_else(|bad| panic!("{line}: {bad}"));
    plan.asks().unwrap_or_else(|bad| panic!("{line}: {bad}"))[0].query.clone()
}

fn panel(title: &str, expr: &str) -> Json {
    json!({ "type": "timeseries", "title": title, "id": 8, "targets": [{ "expr": expr, "refId": "A" }] })
}

fn board(panels: &[Json], variables: &Json) -> Json {
    json!({ "uid": "abc", "title": "My Board", "panels": panels, "templating": { "list": variables } })
}

/// Why a panel is not drawn, as `warroom check` says it.
fn refusal(panel: &Json) -> String {
    let (library, warnings) = read(&board(std::slice::from_ref(panel), &json!([])));
    assert_eq!(library.counts().graphs, 0, "{warnings}");
    let why = planned(&library, "abc:1").unwrap_err().to_string();
    assert!(why.contains("cannot be drawn here"), "{why}");
    warnings.to_string()
}

fn with(mut panel: Json, key: &str, value: Json) -> Json {
    panel[key] = value;
    panel
}

#[test]
fn panels_of_both_formats_are_graphs_by_title() {
    let nested = json!({ "type": "row", "title": "Row", "panels": [panel("In a row", "b")] });
    let old = json!({
        "title": "Old", "rows": [{ "panels": [{
            "type": "graph", "title": "Old / panel", "id": 3, "yaxes": [{ "format": "bytes" }],
            "targets": [{ "expr": "c", "hide": true }, { "expr": "d[[x]]" }],
            "thresholds": [{ "value": 5, "line": true }, { "value": 6, "line": false }]
        }] }],
        "templating": { "list": [{ "type": "constant", "name": "x", "query": "{a=\"b\"}" }] }
    });
    let new = board(&[panel("CPU usage", "a"), nested], &json!([]));
    let (library, faults) = Library::parse(&[
        ("d/new.json".to_owned(), new.to_string()),
        ("d/old.json".to_owned(), json!({ "dashboard": old, "meta": {} }).to_string()),
    ]);
    assert!(faults.is_empty(), "{faults}");
    assert_eq!(query(&library, "cpu-usage 1h"), "a");
    assert_eq!(query(&library, "CPU usage 1h"), "a");
    assert_eq!(query(&library, "graf db abc:cpu now-6h"), "a");
    assert_eq!(query(&library, "abc:3"), "b");
    let plan = planned(&library, "old-panel").unwrap();
    assert_eq!(plan.asks().unwrap()[0].query, "d{a=\"b\"}");
    assert_eq!(plan.unit.format(1024.0), "1 KiB");
    assert_eq!(plan.limits.iter().map(|limit| limit.value).collect::<Vec<_>>(), [5.0]);
}

#[test]
fn variables_are_arguments() {
    let variables = json!([
        { "type": "datasource", "name": "ds", "query": "prometheus" },
        { "type": "query", "name": "job", "query": "label_values(up, job)", "regex": "/(.*)-exporter/" },
        { "type": "query", "name": "instance", "multi": true, "includeAll": true,
          "query": { "query": "label_values(up{job=\"$job\"}, instance)" } },
        { "type": "custom", "name": "env", "query": "prod, Staging : stage.*", "current": { "value": "prod" } },
        { "type": "interval", "name": "every", "query": "1m,5m", "current": { "value": "$__auto_interval_every" } },
    ]);
    let expr = "x{job=\"$job\",i=~\"${instance}\",e=~'[[env]]'}[$every] $__rate_interval";
    let panel =
        with(panel("X", expr), "datasource", json!({ "type": "prometheus", "uid": "${ds}" }));
    let (library, faults) = read(&board(&[panel], &variables));
    assert!(faults.is_empty(), "{faults}");
    let full = query(&library, "x node web-1,web.2 Staging every=5m 1h");
    assert_eq!(full, "x{job=\"node\",i=~\"(web-1|web\\\\.2)\",e=~'stage.*'}[5m] 1m");
    // What nobody says is asked from the source, one after the other.
    let mut plan = planned(&library, "x 1h").unwrap();
    let (arg, label, matching) = plan.lookup().unwrap().unwrap();
    assert_eq!((arg.as_str(), label.as_str(), matching.as_str()), ("job", "job", "up"));
    let two = ["a-exporter".to_owned(), "b-exporter".to_owned(), "other".to_owned()];
    let which = plan.answer(arg.clone(), &two).unwrap_err().to_string();
    assert_eq!(which, "Which job? There are: a, b. Type: graph x 1h job=a");
    plan.answer(arg, &two[..1]).unwrap();
    let (arg, _, matching) = plan.lookup().unwrap().unwrap();
    assert_eq!((arg.as_str(), matching.as_str()), ("instance", "up{job=\"a\"}"));
    plan.answer(arg, &["i1".to_owned(), "i2".to_owned()]).unwrap();
    assert_eq!(plan.lookup(), Ok(None));
    assert_eq!(plan.asks().unwrap()[0].query, "x{job=\"a\",i=~\"(i1|i2)\",e=~'prod'}[1m] 1m");
    // A value never leaves its quotes, and never becomes a pattern.
    let hostile = query(&library, r#"x "a\"b" "c\"|.*" 1h"#);
    assert!(hostile.starts_with(r#"x{job="a\"b",i=~"c\"\\|\\.\\*","#), "{hostile}");
    assert!(planned(&library, "x node web every=1m]or[1m").is_err());
}

#[test]
fn all_is_what_the_author_says_it_is() {
    let variables = json!([{ "type": "query", "name": "i", "includeAll": true, "allValue": ".+",
        "query": "label_values(instance)" }]);
    let (library, faults) = read(&board(&[panel("X", "x{i=~\"$i\"}")], &variables));
    assert!(faults.is_empty(), "{faults}");
    assert_eq!(query(&library, "x"), "x{i=~\".+\"}");
}

#[test]
fn what_is_not_supported_is_named_and_never_drawn() {
    let plain = || panel("CPU", "up");
    let overrides = |id: &str, value: Json| json!({ "defaults": {}, "overrides": [{ "properties": [{ "id": id, "value": value }] }] });
    for (panel, why) in [
        (with(plain(), "type", json!("stat")), "panels of type `stat`"),
        (with(plain(), "transformations", json!([{ "id": "reduce" }])), "it transforms its data"),
        (with(plain(), "timeShift", json!("1d")), "it shows another time (timeShift)"),
        (with(plain(), "fieldConfig", overrides("unit", json!("s"))), "a unit of their own"),
        (
            with(plain(), "fieldConfig", overrides("custom.axisPlacement", json!("right"))),
            "axis of their own",
        ),
        (with(plain(), "seriesOverrides", json!([{ "yaxis": 2 }])), "axis of their own"),
        (with(plain(), "percentage", json!(true)), "stacks its lines to 100 %"),
        (with(plain(), "targets", json!([])), "no PromQL query"),
        (with(plain(), "targets", json!([{ "expr": "a", "format": "heatmap" }])), "as a heatmap"),
        (with(plain(), "targets", json!([{ "expr": "a", "instant": true }])), "one moment only"),
        (with(plain(), "targets", json!([{ "expr": "a$gone" }])), "uses $gone"),
        (with(plain(), "targets", json!([{ "expr": "a${x:date}" }])), "in the form `date`"),
        (
            with(
                plain(),
                "targets",
                json!([{ "expr": "a", "datasource": { "type": "__expr__" } }]),
            ),
            "calculates",
        ),
        (
            with(plain(), "datasource", json!({ "type": "influxdb", "uid": "x" })),
            "come from `influxdb`",
        ),
        (with(plain(), "datasource", json!("-- Dashboard --")), "another panel"),
    ] {
        let warning = refusal(&panel);
        assert!(warning.contains("panel `CPU` cannot be drawn here"), "{warning}");
        let why = why.replace("uses", "use");
        assert!(warning.contains(&why), "{why} is not in {warning}");
    }
    let result = json!([{ "type": "query", "name": "q", "query": "query_result(up)" }]);
    let (_, warnings) = read(&board(&[panel("X", "x{a=\"$q\"}")], &result));
    assert!(warnings.to_string().contains("it asks `query_result(up)`"), "{warnings}");
}

#[test]
fn axis_stack_and_thresholds_are_taken_and_what_looks_otherwise_is_said() {
    let field = json!({ "defaults": { "min": 0, "max": 100, "custom": {
        "stacking": { "mode": "normal" }, "scaleDistribution": { "type": "log" },
        "thresholdsStyle": { "mode": "line" } },
        "thresholds": { "mode": "absolute", "steps": [{ "value": null }, { "value": 80 }] } } });
    let (library, _) = read(&board(&[with(panel("X", "x"), "fieldConfig", field)], &json!([])));
    let plan = planned(&library, "x").unwrap();
    assert_eq!(plan.notes, ["Grafana draws this on a logarithmic axis"]);
    assert_eq!(plan.axis, Axis { low: Some(0.0), high: Some(100.0), is_stacked: true });
    assert_eq!(plan.limits[0].value, 80.0);
    let old = with(
        with(panel("Old", "x"), "stack", json!(true)),
        "yaxes",
        json!([
            { "format": "s", "min": "0.5", "max": null }, { "min": 7 }
        ]),
    );
    let (library, _) = read(&board(&[old], &json!([])));
    let axis = planned(&library, "old").unwrap().axis;
    assert_eq!(axis, Axis { low: Some(0.5), high: None, is_stacked: true });
}

#[test]
fn panels_of_one_title_are_told_apart() {
    let (mut one, mut two) = (panel("CPU", "a"), panel("CPU", "b"));
    (one["id"], two["id"]) = (json!(1), json!(2));
    let (library, _) = read(&board(&[one, two], &json!([])));
    assert_eq!(query(&library, "my-board.cpu"), "a");
    assert_eq!(query(&library, "my-board.panel-2"), "b");
    assert_eq!(query(&library, "abc:panel-2"), "b");
    let which = planned(&library, "cpu").unwrap_err();
    assert_eq!(which.instead, ["graph my-board.cpu", "graph my-board.panel-2"]);
}

#[test]
fn a_file_that_is_no_dashboard_says_so() {
    for (text, why) in [
        ("{\n \"panels\": [", "this is no JSON"),
        ("{}", "no dashboard of Grafana"),
        ("[1]", "no dashboard of Grafana"),
        (r#"{ "spec": { "elements": {} } }"#, "second schema"),
    ] {
        let (_, faults) = Library::parse(&[("d/x.json".to_owned(), text.to_owned())]);
        assert!(faults.has_errors() && faults.to_string().contains(why), "{text}: {faults}");
    }
}
