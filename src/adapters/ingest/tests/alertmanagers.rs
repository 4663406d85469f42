//! The webhooks of Alertmanager and of Grafana.

use super::*;
use crate::adapters::ingest::Bad;

fn kind() -> Kind {
    Kind::Alertmanager(alertmanager::Config::default())
}

fn grafana() -> Kind {
    Kind::Grafana(grafana::Config::default())
}

#[test]
fn every_captured_webhook_keeps_alertmanagers_fingerprints() {
    for name in payloads("alertmanager-0.25.0-webhook-") {
        if !name.ends_with(".json") {
            continue;
        }
        let body: serde_json::Value = serde_json::from_slice(&payload(&name)).unwrap();
        let delivery = all(&kind(), payload(&name));
        let alerts = body["alerts"].as_array().unwrap();
        assert_eq!(delivery.reports.len(), alerts.len(), "{name}");
        for (report, alert) in delivery.reports.iter().zip(alerts) {
            let fingerprint = report.alert.fingerprint().to_string();
            assert_eq!(fingerprint, alert["fingerprint"].as_str().unwrap(), "{name}");
            let is_firing = matches!(report.what, What::Firing { expires_at: None });
            assert_eq!(is_firing, alert["status"] == "firing", "{name}");
        }
    }
}

#[test]
fn a_mixed_webhook_is_told_apart() {
    let delivery = all(&kind(), payload("alertmanager-0.25.0-webhook-mixed-firing-resolved.json"));
    insta::assert_snapshot!(lines(&delivery).join("\n"), @"
    firing | QueueBacklog mq-1 checkout warning | since 06:07:42
    firing | HighErrorRate web-1 checkout critical | since 06:07:42
    firing | HighLatency web-1 checkout warning | since 06:07:42
    resolved 06:07:45 | HighErrorRate web-2 checkout critical | since 06:07:42
    ");
}

#[test]
fn fault_51_truncated_alerts_are_counted_and_not_resolved() {
    let name = "alertmanager-0.25.0-webhook-firing-truncated-max_alerts-1.json";
    let delivery = all(&kind(), payload(name));
    assert_eq!(delivery.truncated, 2);
    assert_eq!(lines(&delivery), ["firing | HighLoad 127.0.0.1:17191 warning | since 06:03:38"]);
}

#[test]
fn firing_goes_stale_only_where_the_configuration_says_so() {
    let options = Options { expire_after: Some(minutes(30)), ..options() };
    let body = payload("alertmanager-0.25.0-webhook-firing-truncated-max_alerts-1.json");
    let delivery = read(&kind(), &body, &options).unwrap();
    assert!(lines(&delivery)[0].starts_with("firing until 06:50:00"));
}

#[test]
fn other_bodies_are_refused_with_the_remedy() {
    let body = payload("grafana-11-webhook-nodata.json");
    let bad = read(&kind(), &body, &options()).unwrap_err();
    assert_eq!(bad, Bad::Shape("the body is Grafana's: post it to /hooks/grafana".into()));
    let bad = read(&kind(), br#"{"version":"3","alerts":[]}"#, &options()).unwrap_err();
    assert_eq!(bad.to_string(), r#"the webhook has version "3"; only "4" is read"#);
    assert!(read(&kind(), b"[]", &options()).is_err());
    let odd = r#"{"version":"4","alerts":[{"status":"maybe","labels":{"a":"b"}},7]}"#;
    let odd = all(&kind(), odd);
    assert_eq!(refusals(&odd)[0], (0, r#"status "maybe" is neither firing nor resolved"#));
    assert!(refusals(&odd)[1].1.starts_with("cannot read the alert: invalid type"));
}

#[test]
fn grafanas_own_fields_become_annotations() {
    let delivery = all(&grafana(), payload("grafana-11-webhook-firing-resolved.json"));
    assert_eq!(
        lines(&delivery),
        [
            "firing | High memory usage | since 07:51:03",
            "resolved 08:01:03 | High CPU usage | since 07:56:03",
        ]
    );
    insta::assert_debug_snapshot!(delivery.reports[0].alert.annotations, @r#"
    {
        "dashboard_url": "https://grafana.example/d/abc",
        "description": "The system has high memory usage",
        "panel_url": "https://grafana.example/d/abc?viewPanel=2",
        "silence_url": "https://grafana.example/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT2",
        "summary": "Memory of zone us-1",
        "value_string": "[ var='B' labels={} value=44.2 ], [ var='C' labels={} value=1 ]",
        "values": "B=44.23943737541908, C=1",
    }
    "#);
}

#[test]
fn grafanas_no_data_is_an_alert_that_says_so() {
    let delivery = all(&grafana(), payload("grafana-11-webhook-nodata.json"));
    let alert = &delivery.reports[0].alert;
    assert_eq!(alert.label("rulename"), "High memory usage");
    assert_eq!(alert.annotations["grafana_state"], "NoData");
    assert!(!alert.annotations.contains_key("values"));
    assert_eq!(delivery.truncated, 3);
}

#[test]
fn grafanas_legacy_states_are_told_apart() {
    let read = |state| all(&grafana(), payload(&format!("grafana-8.5-legacy-{state}.json")));
    let firing = read("alerting");
    let alert = &firing.reports[0].alert;
    assert_eq!(lines(&firing), ["firing | Latency alert cms | since 06:20:00"]);
    assert_eq!(alert.annotations["values"], "High value=100, Higher=200.5");
    assert_eq!(alert.annotations["summary"], "[alerting] Latency alert");
    assert_eq!(alert.label("rule_id"), "17");
    assert_eq!(lines(&read("no_data")), ["firing | Latency alert cms | since 06:20:00"]);
    assert_eq!(lines(&read("ok")), ["resolved 06:20:00 | Latency alert cms | since 06:20:00"]);
    assert!(lines(&read("paused"))[0].starts_with("note grafana: the rule was paused"));
    for state in ["no_data", "ok", "paused"] {
        assert_eq!(read(state).reports[0].alert.fingerprint(), alert.fingerprint());
    }
    assert!(all(&grafana(), r#"{"ruleName":"x","state":"pending"}"#).reports.is_empty());
    assert_eq!(all(&grafana(), r#"{"ruleName":"x","state":"odd"}"#).refused.len(), 1);
    assert!(super::read(&grafana(), b"{}", &options()).is_err());
}
