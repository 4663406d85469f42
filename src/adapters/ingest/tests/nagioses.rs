//! The environments that a real Nagios gave to its commands.

use std::collections::BTreeMap;

use super::*;
use nagios::{Config, Soft};

fn kind(soft: Soft) -> Kind {
    Kind::Nagios(Config { soft, ..Config::default() })
}

/// What `warroom nagios` would post in the captured environment.
fn body(name: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(&payload(name)).into_owned();
    let variables: BTreeMap<&str, &str> = text
        .lines()
        .filter(|line| line.starts_with("NAGIOS_"))
        .filter_map(|line| line.split_once('='))
        .collect();
    serde_json::to_vec(&variables).unwrap()
}

fn event(name: &str) -> String {
    let delivery = all(&kind(Soft::Ignore), body(&format!("nagios-4.4.6-{name}.env")));
    assert_eq!(refusals(&delivery), [], "{name}");
    lines(&delivery).join("\n")
}

#[test]
fn a_service_problem_and_its_recovery_are_the_same_alerts() {
    insta::assert_snapshot!(event("service-notification-PROBLEM"), @"
    firing | HTTP web-1 HTTP critical | since 06:12:21
    resolved 06:12:21 | HTTP web-1 HTTP warning | since 06:12:21
    resolved 06:12:21 | HTTP web-1 HTTP unknown | since 06:12:21
    ");
    insta::assert_snapshot!(event("service-notification-RECOVERY"), @"
    resolved 06:13:14 | Disk /var web-1 Disk /var warning | since 06:13:14
    resolved 06:13:14 | Disk /var web-1 Disk /var critical | since 06:13:14
    resolved 06:13:14 | Disk /var web-1 Disk /var unknown | since 06:13:14
    ");
    let fingerprints = |name: &str| {
        let delivery = all(&kind(Soft::Ignore), body(&format!("nagios-4.4.6-{name}.env")));
        let mut all: Vec<String> =
            delivery.reports.iter().map(|r| r.alert.fingerprint().to_string()).collect();
        all.sort();
        all
    };
    let problem = fingerprints("service-notification-PROBLEM-hostile-output");
    assert_eq!(problem, fingerprints("service-notification-RECOVERY"));
}

#[test]
fn a_host_problem_and_its_recovery_are_the_same_alerts() {
    insta::assert_snapshot!(event("host-notification-PROBLEM"), @"
    firing | HostDown web-1 critical | since 06:14:22
    resolved 06:14:22 | HostUnreachable web-1 warning | since 06:14:22
    ");
    insta::assert_snapshot!(event("host-notification-RECOVERY"), @"
    resolved 06:14:23 | HostDown web-1 critical | since 06:14:23
    resolved 06:14:23 | HostUnreachable web-1 warning | since 06:14:23
    ");
}

#[test]
fn the_other_notifications_are_told_apart() {
    insta::assert_snapshot!(event("service-notification-ACKNOWLEDGEMENT"), @"ack alice: Looking into it & fixing; see #war-http | HTTP web-1 HTTP critical | since 06:12:21");
    insta::assert_snapshot!(event("service-notification-CUSTOM"), @"note bob: please look | HTTP web-1 HTTP critical | since 06:13:03");
    insta::assert_snapshot!(event("service-notification-DOWNTIMESTART"), @"
    DowntimeStarted | HTTP web-1 HTTP warning | since 06:12:21
    DowntimeStarted | HTTP web-1 HTTP critical | since 06:12:21
    DowntimeStarted | HTTP web-1 HTTP unknown | since 06:12:21
    ");
    insta::assert_snapshot!(event("service-notification-DOWNTIMECANCELLED"), @"
    DowntimeEnded | HTTP web-1 HTTP warning | since 06:13:19
    DowntimeEnded | HTTP web-1 HTTP critical | since 06:13:19
    DowntimeEnded | HTTP web-1 HTTP unknown | since 06:13:19
    firing | HTTP web-1 HTTP critical | since 06:13:19
    resolved 06:13:19 | HTTP web-1 HTTP warning | since 06:13:19
    resolved 06:13:19 | HTTP web-1 HTTP unknown | since 06:13:19
    ");
    insta::assert_snapshot!(event("service-notification-FLAPPINGSTART"), @"
    FlappingStarted | Flappy web-1 Flappy warning | since 06:15:41
    FlappingStarted | Flappy web-1 Flappy critical | since 06:15:41
    FlappingStarted | Flappy web-1 Flappy unknown | since 06:15:41
    ");
    assert!(event("service-notification-FLAPPINGSTOP").contains("resolved 06:15:57 | Flappy"));
}

#[test]
fn soft_problems_wait_unless_they_are_wanted() {
    assert_eq!(event("event-handler-CRITICAL-SOFT-1"), "");
    let soft = all(&kind(Soft::Report), body("nagios-4.4.6-event-handler-CRITICAL-SOFT-1.env"));
    assert_eq!(lines(&soft)[0], "firing | HTTP web-1 HTTP critical | since 06:12:19");
    assert_eq!(soft.reports[0].alert.annotations["state_type"], "SOFT");
    let hard = all(&kind(Soft::Report), body("nagios-4.4.6-event-handler-CRITICAL-HARD.env"));
    assert_eq!(hard.reports[0].alert.fingerprint(), soft.reports[0].alert.fingerprint());
    assert_eq!(hard.reports.len(), 3);
    assert!(event("event-handler-OK-HARD").starts_with("resolved 06:13:03 | HTTP"));
}

#[test]
fn warning_becoming_critical_moves_from_one_alert_to_the_other() {
    let of = |state: &str| {
        let body = format!(
            r#"{{"HOSTNAME":"a","SERVICEDESC":"s","SERVICESTATE":"{state}","NOTIFICATIONTYPE":"PROBLEM"}}"#
        );
        lines(&all(&kind(Soft::Ignore), body)).join("\n")
    };
    assert!(of("WARNING").starts_with("firing | s a s warning"));
    assert!(of("CRITICAL").contains("resolved 06:20:00 | s a s warning"));
    assert!(of("UNKNOWN").starts_with("firing | s a s unknown"));
}

#[test]
fn what_the_plugin_printed_stays_data() {
    let name = "nagios-4.4.6-service-notification-PROBLEM-hostile-output.env";
    let delivery = all(&kind(Soft::Ignore), body(name));
    let alert = &delivery.reports[0].alert;
    assert!(alert.annotations["summary"].contains("<b>\"quoted\"</b> & 'x' `id` $HOME"));
    assert!(alert.annotations["description"].contains('\n'), "{:?}", alert.annotations);
    assert_eq!(alert.label("service"), "Disk /var");
    assert!(alert.labels.values().all(|value| !value.contains("quoted")));
}

#[test]
fn links_and_custom_variables_are_kept() {
    let labels = [("rack".into(), "_HOSTRACK".into())].into();
    let kind = Kind::Nagios(Config { labels, ..Config::default() });
    let delivery = all(&kind, body("nagios-4.4.6-service-notification-PROBLEM.env"));
    let alert = &delivery.reports[0].alert;
    assert_eq!(alert.label("rack"), "r12");
    assert_eq!(alert.annotations["runbook_url"], "http://runbooks.example/http");
    assert_eq!(alert.annotations["notes"], "Restart nginx first");
}

#[test]
fn what_is_no_notification_is_refused_with_the_reason() {
    for (body, why) in [
        (r#"{"HOSTSTATE":"UP"}"#, "the variable HOSTNAME is missing"),
        (
            r#"{"HOSTNAME":"a","HOSTSTATE":"MELTED"}"#,
            r#""MELTED" is no state of a host or service"#,
        ),
        (
            r#"{"HOSTNAME":"a","HOSTSTATE":"UP","NOTIFICATIONTYPE":"PARTY"}"#,
            r#""PARTY" is no type of notification"#,
        ),
    ] {
        assert_eq!(refusals(&all(&kind(Soft::Ignore), body)), [(0, why)]);
    }
    for body in [r#"{"HOSTNAME":{}}"#, r#"{"HOSTNAME":"a","NAGIOS_HOSTNAME":"b"}"#, "[]"] {
        assert!(read(&kind(Soft::Ignore), body.as_bytes(), &options()).is_err(), "{body}");
    }
}
