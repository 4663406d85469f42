use std::io::Cursor;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Recording, Span, from_lines};
use crate::domain::alert::What;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn read(text: &str) -> Recording {
    let span = Span { from: at("2026-01-01T00:00:00Z"), until: at("2026-02-01T00:00:00Z") };
    from_lines("it.jsonl", Cursor::new(text), span).unwrap()
}

#[test]
fn a_line_without_a_receipt_fires_and_ends_by_its_own_times() {
    let read = read(concat!(
        r#"{"labels":{"a":"2"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-02T01:00:00Z"}"#,
        "\n\n",
        r#"{"labels":{"a":"1"},"startsAt":"2026-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z"}"#,
    ));
    let times: Vec<_> = read.deliveries.iter().map(|it| it.at.to_rfc3339()).collect();
    assert_eq!(times.len(), 3, "{times:?}");
    assert!(times.is_sorted());
    let ended = &read.deliveries[2].reports[0].what;
    assert_eq!(*ended, What::Resolved { ended_at: at("2026-01-02T01:00:00Z") });
}

#[test]
fn a_repetition_in_time_only_moves_the_expiry() {
    let line = |minute: i64| {
        let received = at("2026-01-03T00:00:00Z") + TimeDelta::minutes(minute);
        let expires = received + TimeDelta::minutes(4);
        format!(
            r#"{{"at":"{}","labels":{{"a":"1"}},"startsAt":"2026-01-03T00:00:00Z","endsAt":"{}"}}"#,
            received.to_rfc3339(),
            expires.to_rfc3339()
        )
    };
    let text = [0, 1, 2, 20].map(line).join("\n");
    let read = read(&text);
    assert_eq!((read.reports, read.kept()), (4, 2), "the one after the gap is news");
    let expires_at = Some(at("2026-01-03T00:06:00Z"));
    assert_eq!(read.deliveries[0].reports[0].what, What::Firing { expires_at });
}

#[test]
fn a_line_that_is_no_alert_is_named() {
    let span = Span { from: DateTime::UNIX_EPOCH, until: DateTime::UNIX_EPOCH };
    let said = |text: &str| {
        let wrong = from_lines("it.jsonl", Cursor::new(text), span).unwrap_err();
        wrong.to_string()
    };
    assert!(said("\n{}").starts_with("it.jsonl:2: this is no alert: missing field `labels`"));
    assert!(said(r#"{"labels":{"a":"1"}}"#).contains("say when it began"));
}
