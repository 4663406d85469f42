//! Prometheus' posts, and Alertmanager's own words about bad ones.

use super::*;
use crate::adapters::ingest::Bad;
use crate::domain::alert::fingerprint;

fn kind() -> Kind {
    Kind::Prometheus(prometheus::Config::default())
}

#[test]
fn prometheus_posts_are_read() {
    let firing = all(&kind(), payload("prometheus-2.42.0-post-api-v2-alerts-firing-1.json"));
    // Sent at 06:03, read at 06:20: its end has passed.
    assert_eq!(
        lines(&firing),
        ["resolved 06:07:40 | InstanceDown 127.0.0.1:17192 demo critical | since 06:03:40"]
    );
    let alert = &firing.reports[0].alert;
    assert_eq!(alert.annotations["runbook_url"], "http://runbooks.example/InstanceDown");
    assert!(alert.generator_url.starts_with("http://prom.example:9090/graph?"));
    assert_eq!(alert.fingerprint().to_string(), "cd31426aaf810625");
    assert_eq!(alert.label("note"), "a \"quoted\" back\\slash <b>&amp; ünïcode 🔥");

    let options = Options::new("prom", time("2026-11-21T06:05:05Z"));
    let body = payload("prometheus-2.42.0-post-api-v2-alerts-firing-1.json");
    let early = read(&kind(), &body, &options).unwrap();
    let want =
        "firing until 06:10:05 | InstanceDown 127.0.0.1:17192 demo critical | since 06:03:40";
    assert_eq!(lines(&early), [want]);
}

#[test]
fn every_captured_post_is_read_without_a_refusal() {
    for name in payloads("prometheus-2.42.0-post") {
        if name.ends_with(".json") {
            let delivery = all(&kind(), payload(&name));
            assert!(!delivery.reports.is_empty() && delivery.refused.is_empty(), "{name}");
        }
    }
}

/// The bodies and answers are those of `alertmanager-0.25.0-api-v2-errors.txt`.
#[test]
fn refusals_are_in_alertmanagers_words() {
    for (body, why) in [
        (r#"[{"annotations":{}}]"#, "0.labels in body is required"),
        (r#"[{"labels":{}}]"#, "at least one label pair required"),
        (r#"[{"labels":{"a":""}}]"#, "at least one label pair required"),
        (r#"[{"labels":{"a-b":"c"}}]"#, r#"invalid label set: invalid name "a-b""#),
        (
            r#"[{"labels":{"a":"b"},"annotations":{"é":"c"}}]"#,
            r#"invalid annotations: invalid name "é""#,
        ),
        (
            r#"[{"labels":{"alertname":"X"},"startsAt":"2026-11-21T06:00:00Z","endsAt":"2026-11-20T06:00:00Z"}]"#,
            "start time must be before end time",
        ),
    ] {
        let delivery = all(&kind(), body);
        assert_eq!(refusals(&delivery), [(0, why)], "{body}");
        assert!(delivery.reports.is_empty());
    }
}

#[test]
fn one_bad_alert_leaves_the_good_ones() {
    let body = r#"[{"labels":{"alertname":"Good"}},{"labels":{"a-b":"c"}},
                   {"labels":{"alertname":"N","n":5}},{"labels":{"alertname":"Last"}}]"#;
    let delivery = all(&kind(), body);
    assert_eq!(
        lines(&delivery),
        [
            "firing until 06:25:00 | Good | since 06:20:00",
            "firing until 06:25:00 | Last | since 06:20:00",
        ]
    );
    assert_eq!(refusals(&delivery)[0], (1, r#"invalid label set: invalid name "a-b""#));
    let (index, why) = refusals(&delivery)[1];
    assert_eq!(index, 2);
    assert!(why.starts_with("parsing alerts body from \"\" failed, because invalid type: integer"));
}

#[test]
fn empty_labels_go_and_an_empty_array_is_fine() {
    let delivery = all(&kind(), r#"[{"labels":{"alertname":"X","empty":"","nil":null}}]"#);
    assert_eq!(delivery.reports[0].alert.labels.len(), 1);
    assert!(all(&kind(), "[]").reports.is_empty());
    assert!(delivery.refused.is_empty());
}

#[test]
fn times_that_are_not_given_are_alertmanagers() {
    for (times, want) in [
        (
            r#""startsAt":"0001-01-01T00:00:00.000Z","endsAt":"0001-01-01T00:00:00.000Z""#,
            "firing until 06:25:00 | X | since 06:20:00",
        ),
        (r#""endsAt":"2026-11-21T06:10:00Z""#, "resolved 06:10:00 | X | since 06:10:00"),
        (r#""endsAt":"2026-11-21T09:00:00Z""#, "firing until 09:00:00 | X | since 06:20:00"),
        (
            r#""startsAt":"2026-11-21T06:00:00Z","endsAt":"2026-11-21T06:21:00Z""#,
            "firing until 06:25:00 | X | since 06:00:00",
        ),
        (
            r#""startsAt":"2026-11-21T06:00:00Z","endsAt":null"#,
            "firing until 06:25:00 | X | since 06:00:00",
        ),
    ] {
        let delivery = all(&kind(), format!(r#"[{{"labels":{{"alertname":"X"}},{times}}}]"#));
        assert_eq!(lines(&delivery), [want], "{times}");
    }
}

#[test]
fn a_body_that_is_no_array_is_refused_whole() {
    for body in [r#"{"labels":{"a":"b"}}"#, "7", "null"] {
        let bad = read(&kind(), body.as_bytes(), &options()).unwrap_err();
        assert!(matches!(&bad, Bad::Shape(why) if why.starts_with("parsing alerts body")), "{bad}");
        assert_eq!(bad.status(), 400);
    }
}

#[test]
fn utf_8_names_are_taken_where_the_configuration_says_so() {
    let kind = Kind::Prometheus(prometheus::Config { names: prometheus::Names::Utf8 });
    assert!(all(&kind, r#"[{"labels":{"a-b":"c","é":"d"}}]"#).refused.is_empty());
}

#[test]
fn fault_50_replicas_are_one_alert() {
    let options = Options {
        replica_labels: vec!["prometheus_replica".into()],
        labels: [("env".into(), "prod".into()), ("team".into(), "ops".into())].into(),
        ..options()
    };
    let body = |replica: &str| {
        format!(
            r#"[{{"labels":{{"alertname":"X","team":"web","prometheus_replica":"{replica}"}}}}]"#
        )
    };
    let a = read(&kind(), body("a").as_bytes(), &options).unwrap();
    let b = read(&kind(), body("b").as_bytes(), &options).unwrap();
    assert_eq!(a, b);
    let want = [("alertname", "X"), ("env", "prod"), ("team", "web")];
    let want = want.map(|(name, value)| (name.into(), value.into())).into();
    assert_eq!(a.reports[0].alert.fingerprint(), fingerprint(&want));
}
