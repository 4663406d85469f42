use chrono::{NaiveTime, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::domain::dashboard::Bad;

fn read(line: &str) -> Request {
    Request::read(line).unwrap_or_else(|bad| panic!("{line}: {bad}"))
}

fn refused(line: &str) -> String {
    Request::read(line).map_err(|bad: Bad| bad.to_string()).unwrap_err()
}

fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}

#[test]
fn a_line_is_a_name_arguments_and_a_time() {
    let request = read("graph latency cms 6h vs 1d top 5 source=far tz=Europe/Berlin theme=dark");
    assert_eq!(request.words, ["latency", "cms"]);
    assert_eq!(request.span, Some(Span::Last(hours(6))));
    assert_eq!(request.versus, Some(TimeDelta::days(1)));
    assert_eq!((request.top, request.source.as_deref()), (Some(5), Some("far")));
    assert_eq!(request.zone, Some(chrono_tz::Europe::Berlin));
    assert_eq!(request.wish.theme, Some(Theme::Dark));
    let request = read(r#"q="rate(x{a=\"b\"}[5m])" 2h"#);
    assert_eq!(request.query.as_deref(), Some(r#"rate(x{a="b"}[5m])"#));
    assert_eq!(read("latency service=cms").named["service"], "cms");
}

#[test]
fn times_are_said_in_many_ways() {
    let clock = |hour, minute| Moment::Clock(NaiveTime::from_hms_opt(hour, minute, 0).unwrap());
    for (line, span) in [
        ("x last 6h", Span::Last(hours(6))),
        ("x from -2h", Span::Last(hours(2))),
        ("x from -2h to -1h", Span::Between(Moment::Ago(hours(2)), Moment::Ago(hours(1)))),
        ("x from 14:00 to 15:30", Span::Between(clock(14, 0), clock(15, 30))),
        ("x since 14:30", Span::Since(clock(14, 30))),
        ("x around 14:30 5m", Span::Around(clock(14, 30), TimeDelta::minutes(5))),
        ("x around 14:30", Span::Around(clock(14, 30), TimeDelta::minutes(15))),
        ("x incident", Span::Incident),
        // As hubot-grafana's users type it.
        ("x now-6h now", Span::Last(hours(6))),
        ("x now-12hr", Span::Last(hours(12))),
        ("x now-24h now-12h", Span::Between(Moment::Ago(hours(24)), Moment::Ago(hours(12)))),
        ("x from=now-6h to=now", Span::Last(hours(6))),
    ] {
        assert_eq!(read(line).span, Some(span), "{line}");
    }
}

#[test]
fn a_range_of_nothing_and_of_years_is_answered_with_a_sentence() {
    for line in ["x 0s", "x last 0m", "x 500ms"] {
        assert!(refused(line).contains("the shortest range is 1s"), "{line}: {}", refused(line));
    }
    for line in ["x 3y", "x 367d", "x vs 9y", "x from -9y"] {
        assert!(refused(line).contains("the longest range is a year"), "{line}");
    }
    assert!(refused("x -1h").contains("cannot be negative"));
    assert!(refused("x vs -1h").contains("cannot be negative"));
    assert!(refused("x 1h 2h").contains("twice"));
    assert!(refused("x since noon").contains("`noon` is no moment"));
    assert!(refused("x top=0").contains("from 1 to 50"));
    assert!(refused("x width=99999").contains("from 200 to 2000"));
    assert!(refused("x a=1 a=2").contains("twice"));
    assert!(refused("x tz=Mars").contains("no time zone"));
    assert!(refused("x orgId=1").contains("Grafana"));
    assert!(refused("x \"open").contains("not closed"));
}

#[test]
fn a_word_in_quotes_is_never_a_keyword() {
    let request = read(r#"x "1h" "incident" "k=v" since=14:30"#);
    assert_eq!(request.words, ["x", "1h", "incident", "k=v"]);
    assert_eq!(read(&request.to_string()), request);
}

#[test]
fn arguments_with_our_names_are_said_as_grafana_says_them() {
    let request = read("x var-top=all var-service=cms");
    assert_eq!(request.named["top"], "all");
    assert_eq!(request.to_string(), "x service=cms var-top=all");
    assert_eq!(read(&request.to_string()), request);
}

proptest! {
    #[test]
    fn a_printed_request_reads_back_as_itself(
        words in proptest::collection::vec(word(), 0..12)
    ) {
        let line = words.join(" ");
        if let Ok(request) = Request::read(&line) {
            let printed = request.to_string();
            prop_assert_eq!(Request::read(&printed), Ok(request), "{}", printed);
        }
    }

    #[test]
    fn no_line_makes_it_panic(line in any::<String>()) {
        if let Ok(request) = Request::read(&line) {
            prop_assert_eq!(Request::read(&request.to_string()), Ok(request));
        }
    }
}

/// Words that mean something, and some that do not.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "-?[0-9]{1,4}(ms|[smhdwy]|hr)?",
        "now(-[0-9]{1,3}[smhd])?",
        "[0-2][0-9]:[0-6][0-9](:[0-6][0-9])?",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9](:[0-6][0-9])?(Z|[+-]0[0-9]:00)?)?",
        "(last|past|from|to|until|since|around|incident|vs|top|kiosk|graph|graf|db|-)",
        "(q|top|tz|theme|width|height|source|from|to|since|around|vs|last|var-x|var-|var-9|a.b)=[a-zA-Z0-9:/-]{0,8}",
        "[a-z]=\"[^\"\\\\]{0,8}\"",
        "\"[^\"\\\\]{0,8}\"",
        "'[^']{0,5}'",
        "\\PC{0,6}",
    ]
}
