//! Alertmanager's rules of silences, by hand, from amtool's own traffic, and as properties.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::api::{GettableSilence, PostableSilence};
use super::*;
use crate::domain::alert::Labels;
use crate::domain::matcher::Matchers;

fn time(hours: i64) -> DateTime<Utc> {
    "2026-11-21T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

/// A silence from hour 10 to hour 20.
fn silence(id: &str, matchers: &str) -> Silence {
    Silence {
        id: id.into(),
        matchers: Matchers::parse_or_empty(matchers).unwrap(),
        starts_at: time(10),
        ends_at: time(20),
        created_by: "ana".into(),
        comment: "maintenance".to_owned(),
        updated_at: time(0),
        repeats: None,
    }
}

fn nightly() -> Silence {
    let repeats = serde_json::json!({ "from": "14:00", "to": "16:00", "time_zone": "UTC" });
    Silence { repeats: serde_json::from_value(repeats).unwrap(), ..silence("n", "a=b") }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

#[test]
fn a_silence_holds_between_start_and_end() {
    let plain = silence("s", "a=b");
    for (hour, state, until) in [
        (9, State::Pending, None),
        (10, State::Active, Some(time(20))),
        (19, State::Active, Some(time(20))),
        (20, State::Expired, None),
    ] {
        assert_eq!(
            (plain.state(time(hour)), plain.active_until(time(hour))),
            (state, until),
            "{hour}"
        );
        assert_eq!(plain.holds(&labels(&[("a", "b")]), time(hour)), state == State::Active);
    }
    assert!(!plain.holds(&labels(&[("a", "c")]), time(12)));
}

#[test]
fn a_repeating_silence_waits_between_its_windows() {
    let nightly = nightly();
    for (hour, state, until, next) in [
        (9, State::Pending, None, Some(time(14))),
        (12, State::Pending, None, Some(time(14))),
        (15, State::Active, Some(time(16)), None),
        (17, State::Expired, None, None),
    ] {
        let now = time(hour);
        assert_eq!(
            (nightly.state(now), nightly.active_until(now), nightly.next_start(now)),
            (state, until, next),
            "{hour}"
        );
    }
    let longer = Silence { ends_at: time(39), ..nightly };
    assert_eq!(longer.next_start(time(17)), Some(time(38)));
    assert_eq!(longer.active_until(time(38)), Some(time(39)), "its own end comes first");
}

#[test]
fn refusals_are_in_alertmanagers_words() {
    let base = || silence("s", "a=b");
    let refused =
        |silence: Silence| silence.validate(time(12)).map_err(|bad| bad.to_string()).unwrap_err();
    assert_eq!(base().validate(time(12)), Ok(()));
    let zero = "0001-01-01T00:00:00Z".parse().unwrap();
    let all = [
        silence("s", ""),
        silence("s", r#"a="", b=~".*""#),
        Silence { starts_at: zero, ..base() },
        Silence { ends_at: zero, ..base() },
        Silence { ends_at: time(10), ..base() },
        Silence { ends_at: time(11), ..base() },
        Silence { comment: "x".repeat(MAX_COMMENT + 1), ..base() },
        Silence { created_by: "x".repeat(MAX_CREATOR + 1).into(), ..base() },
    ]
    .map(refused);
    insta::assert_snapshot!(all.join("\n"), @r##"
    silence invalid: at least one matcher required
    silence invalid: at least one matcher must not match the empty string
    silence invalid: invalid zero start timestamp
    silence invalid: invalid zero end timestamp
    failed to create silence: start time must be before end time
    failed to create silence: end time can't be in the past
    silence invalid: the comment is longer than 4096 bytes
    silence invalid: the creator is longer than 320 bytes
    "##);
}

#[test]
fn what_amtool_posts_is_what_amtool_gets() {
    let calls = include_str!("../../../../tests/payloads/amtool-0.25.0-calls.txt");
    let line = |start: &str| calls.lines().find(|line| line.starts_with(start)).unwrap();
    let post: PostableSilence = serde_json::from_str(line("{\"comment\":\"maintenance\"")).unwrap();
    let now = "2026-11-21T06:06:30.571Z".parse().unwrap();
    let silence =
        post.into_silence(now).unwrap().created(now, "85daa024-11ad-4b82-8b5b-8722b465f50b".into());
    let shown = serde_json::to_value([GettableSilence::new(&silence, now)]).unwrap();
    let expected: serde_json::Value = serde_json::from_str(line("[{\"id\":\"85daa024")).unwrap();
    assert_eq!(shown[0], expected[0]);
}

#[test]
fn a_broken_matcher_of_a_post_is_named() {
    let post = serde_json::json!({ "comment": "", "createdBy": "", "startsAt": time(1), "endsAt": time(2), "matchers": [{ "name": "a", "value": "(", "isRegex": true }] });
    let post: PostableSilence = serde_json::from_value(post).unwrap();
    assert_eq!(
        post.into_silence(time(0)).unwrap_err().to_string(),
        "silence invalid: invalid label matcher 0: this regex does not compile: unclosed group"
    );
}

#[test]
fn a_longer_silence_keeps_its_id() {
    let old = silence("old", "a=b");
    let new = Silence { ends_at: time(30), id: "ignored".into(), ..old.clone() };
    let kept = Update::InPlace(Silence { id: "old".into(), updated_at: time(12), ..new.clone() });
    assert_eq!(plan_update(&old, new, time(12), "new".into()), kept);
}

#[test]
fn a_change_of_the_past_makes_a_new_silence() {
    let old = silence("old", "a=b");
    for (now, new) in [
        (12, silence("old", "a=c")),
        (12, Silence { starts_at: time(11), ..old.clone() }),
        (12, Silence { repeats: nightly().repeats, ..old.clone() }),
        (5, Silence { starts_at: time(4), ..old.clone() }),
    ] {
        let Update::Replace { new: made, old: Some(ended) } =
            plan_update(&old, new, time(now), "new".into())
        else {
            panic!("it was changed in place at {now}");
        };
        assert_eq!(
            (made.id.as_str(), made.starts_at, made.updated_at),
            ("new", time(now), time(now))
        );
        assert_eq!(
            (ended.id.as_str(), ended.ends_at, ended.state(time(now))),
            ("old", time(now), State::Expired)
        );
    }
    let revived =
        plan_update(&old, Silence { ends_at: time(30), ..old.clone() }, time(25), "new".into());
    assert!(matches!(revived, Update::Replace { old: None, .. }));
}

#[test]
fn a_pending_silence_may_move_and_ends_where_it_is() {
    let old = silence("old", "a=b");
    let later = Silence { starts_at: time(15), repeats: nightly().repeats, ..old.clone() };
    assert!(matches!(plan_update(&old, later, time(5), "new".into()), Update::InPlace(_)));
    let ended = old.clone().expired(time(5));
    assert_eq!((ended.starts_at, ended.ends_at), (time(5), time(5)));
    assert_eq!(ended.clone().expired(time(6)), ended);
}

#[test]
fn of_several_silences_the_lowest_id_is_the_reason() {
    let all = Silences::new([
        silence("c", "a=b"),
        silence("b", "a=~\"b|c\""),
        silence("a", "a=c"),
        silence("d", "z!=y"),
    ]);
    let found = all.holding(&labels(&[("a", "b")]), time(12)).unwrap();
    assert_eq!(found.id, "b");
    let ids: Vec<_> =
        all.all_holding(&labels(&[("a", "b")]), time(12)).map(|found| found.id.as_str()).collect();
    assert_eq!(ids, ["b", "c", "d"]);
    assert_eq!(all.holding(&labels(&[("a", "b")]), time(20)), None);
    assert_eq!(all.get("c").map(|found| found.id.as_str()), Some("c"));
    assert_eq!(
        (all.next_change(time(0)), all.next_change(time(12)), all.next_change(time(20))),
        (Some(time(10)), Some(time(20)), None)
    );
}

proptest! {
    #[test]
    fn what_the_state_says_is_what_is_held(minutes in 0..3000i64, from in 0..24u8, to in 0..=24u8) {
        let repeats = serde_json::json!({ "from": format!("{from:02}:00"), "to": format!("{to:02}:00"), "time_zone": "Europe/Paris" });
        let silence = Silence { repeats: serde_json::from_value(repeats).unwrap(), ..silence("s", "a=b") };
        let now = time(0) + TimeDelta::minutes(minutes);
        let holds = silence.holds(&labels(&[("a", "b")]), now);
        prop_assert_eq!(silence.state(now) == State::Active, holds);
        if let Some(until) = silence.active_until(now) {
            prop_assert!(!silence.holds(&labels(&[("a", "b")]), until));
        }
        if let Some(next) = silence.next_start(now) {
            prop_assert!(!holds && silence.holds(&labels(&[("a", "b")]), next));
        }
    }

    #[test]
    fn stored_silences_read_back(comment in "\\PC{0,20}", repeats in any::<bool>()) {
        let silence = Silence { comment, repeats: nightly().repeats.filter(|_| repeats), ..silence("s", "a=b") };
        let stored = serde_json::to_string(&silence).unwrap();
        prop_assert_eq!(serde_json::from_str::<Silence>(&stored).unwrap(), silence);
    }
}
