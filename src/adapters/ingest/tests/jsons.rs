//! The table of paths.

use super::*;
use crate::adapters::ingest::json::Config;

pub(super) fn config() -> Config {
    toml::from_str(
        r#"
        alerts = "$.items[]"
        labels = { alertname = "check.name", host = "node?", source = "='probe'", region = "$.region" }
        annotations = { summary = "text?", code = "code?" }
        status = "state"
        firing = ["bad", "2", "true"]
        resolved = ["good"]
        starts_at = "since?"
        ends_at = "until?"
        url = "link?"
        "#,
    )
    .unwrap()
}

fn items(items: &str) -> Delivery {
    all(&Kind::Json(config()), format!(r#"{{"region":"eu","items":[{items}]}}"#))
}

#[test]
fn any_json_is_mapped_by_paths() {
    let delivery = items(
        r#"{"check":{"name":"ping"},"node":"a","state":"bad","since":1795241541,"text":"no\nanswer","code":7,"link":"https://x.example"},
           {"check":{"name":"ping"},"state":"good","since":"1795241541000","until":"2026-11-21T06:13:00Z"},
           {"check":{"name":"ping"},"state":2}, {"check":{"name":"ping"},"state":true,"node":null}"#,
    );
    assert_eq!(refusals(&delivery), []);
    assert_eq!(
        lines(&delivery),
        [
            "firing | ping a | since 06:12:21",
            "resolved 06:13:00 | ping | since 06:12:21",
            "firing | ping | since 06:20:00",
            "firing | ping | since 06:20:00",
        ]
    );
    let alert = &delivery.reports[0].alert;
    assert_eq!((alert.label("source"), alert.label("region")), ("probe", "eu"));
    assert_eq!(alert.annotations["code"], "7");
    assert_eq!(alert.annotations["summary"], "no\nanswer");
    assert_eq!(alert.generator_url, "https://x.example");
}

#[test]
fn errors_name_the_path_that_was_not_found() {
    let delivery = items(
        r#"{"check":{},"state":"bad"}, {"check":{"name":"ping"},"state":"odd"},
           {"check":{"name":["x"]},"state":"bad"}, {"check":{"name":"p"},"state":"bad","since":"noon"}, 7"#,
    );
    insta::assert_debug_snapshot!(refusals(&delivery), @r#"
    [
        (
            0,
            "labels.alertname: nothing at `check.name` (of the path `check.name`)",
        ),
        (
            1,
            "status \"odd\" is neither firing (bad, 2, true) nor resolved (good)",
        ),
        (
            2,
            "labels.alertname: not a text, a number or a truth value",
        ),
        (
            3,
            "starts_at: \"noon\" is no time like 2026-11-21T06:00:00Z",
        ),
        (
            4,
            "labels.alertname: nothing at `check` (of the path `check.name`)",
        ),
    ]
    "#);
    let bad = read(&Kind::Json(config()), br#"{"region":"eu"}"#, &options()).unwrap_err();
    assert_eq!(bad.to_string(), "alerts: nothing at `$.items` (of the path `$.items[]`)");
}

#[test]
fn a_body_alone_is_one_firing_alert() {
    let config: Config = toml::from_str("labels = { alertname = \"title\" }").unwrap();
    let delivery = all(&Kind::Json(config), r#"{"title":"Door open"}"#);
    assert_eq!(lines(&delivery), ["firing | Door open | since 06:20:00"]);
}

#[test]
fn a_path_that_is_none_is_an_error_of_the_configuration() {
    let error = toml::from_str::<Config>("labels = { a = 'x..y' }").unwrap_err().to_string();
    assert!(error.contains("is not a path") && error.contains("line 1"), "{error}");
    assert!(toml::from_str::<Config>("labels = {}\nlabel = {}").is_err());
}
