//! How every command is read, and what is printed of all of them.

use proptest::prelude::*;

use super::commands::ALL;
use super::ran;
use crate::domain::commands::{Here, Place, help};
use crate::domain::ids::Number;

/// The room of incident 12, about the service cms.
fn room() -> Place {
    let labels = [("service", "cms"), ("env", "prod")];
    let labels = labels.map(|(name, value)| (name.into(), value.into())).into();
    let here = Here { number: Number(12), labels, since: None, is_open: true, is_taken: false };
    Place { room: Some("12".into()), incident: Some(here) }
}

#[track_caller]
fn reads(place: &Place, lines: &[(&str, &str)]) {
    for (typed, written) in lines {
        assert_eq!(ran(typed, place).as_deref(), Ok(*written), "{typed}");
        // What is written out means the same when it is typed, wherever that is.
        assert_eq!(ran(written, place).as_deref(), Ok(*written), "{written}");
    }
}

#[test]
fn a_room_fills_in_what_is_known() {
    reads(
        &room(),
        &[
            ("ack", "ack 12"),
            ("Ack #7", "ack 7"),
            ("resolve", "resolve 12"),
            ("note it's the disks | again", "note #12 it's the disks | again"),
            ("note 12 disks failed", "note #12 12 disks failed"),
            ("note #7 wrong room", "note #7 wrong room"),
            ("sev 1", "sev sev1 #12"),
            ("sev 2 #7", "sev sev2 #7"),
            ("severity critical", "sev critical #12"),
            ("lead @ana", "lead @ana #12"),
            ("lead me", "lead me #12"),
            ("merge into #7", "merge #12 into #7"),
            ("status", "status 12"),
            ("catchup", "catchup 12"),
            ("timeline", "timeline #12 10"),
            ("timeline 30 | grep page", "timeline #12 30 | grep page"),
            ("why?", "why 12"),
            ("alerts", "alerts #12"),
            ("alerts all", "alerts all"),
            ("logs", "logs cms 10"),
            ("logs 20 grep time out", "logs cms 20 grep \"time out\""),
            ("silence 2h", "silence 2h env=prod service=cms"),
            ("silence 2h new disks", "silence 2h env=prod service=cms new disks"),
            ("who is on call?", "who is on call for cms"),
        ],
    );
}

#[test]
fn outside_a_room_everything_is_named() {
    reads(
        &Place::default(),
        &[
            ("ack 12", "ack 12"),
            ("ack INC-12", "ack 12"),
            ("note 12 disks failed", "note #12 disks failed"),
            ("sev 12 1", "sev sev1 #12"),
            ("sev #12 1", "sev sev1 #12"),
            ("lead ana 12", "lead @ana #12"),
            ("merge 7 into 12", "merge #7 into #12"),
            ("status", "status all"),
            ("timeline 12", "timeline #12 10"),
            ("incidents", "incidents open"),
            ("incidents mine | count", "incidents mine | count"),
            ("alerts where severity=critical", "alerts all | where severity=critical"),
            ("alerts|group service|head 5", "alerts all | group service | head 5"),
            ("why not DiskFull", "why not DiskFull"),
            ("why not service=cms alertname=Slow?", "why not service=cms alertname=Slow"),
            ("query sum(rate(x{a=\"b|c\"}[5m])) 1h", "query sum(rate(x{a=\"b|c\"}[5m])) 1h"),
            ("logs cms 2h", "logs cms 10 2h"),
            ("silence 30m service=~\"a|b\" env!=dev", "silence 30m service=\"~a|b\" \"env!=dev\""),
            ("silence for 2h service=cms deploy of 1.2", "silence 2h service=cms deploy of 1.2"),
            ("unsilence 5f1c", "unsilence 5f1c"),
            ("page @ben 12", "page @ben #12"),
            ("page team:db 12", "page team:db #12"),
            ("escalate 12", "escalate #12"),
            ("override cms @ben 2h", "override cms @ben 2h"),
            ("override cms ben 8h at 22:00 for @ana", "override cms @ben 8h at 22:00 for @ana"),
            ("override end cms-1f", "override end cms-1f"),
            ("swap cms @ana with @ben", "swap cms @ana @ben"),
            ("handover cms to @ben", "handover cms @ben"),
            ("maintenance cms 2h new disks", "maintenance cms 2h new disks"),
            ("maintenance 2h cms", "maintenance cms 2h"),
            ("my shifts", "shifts me 30d"),
            ("shifts @ana 14d", "shifts @ana 14d"),
            ("who is on call for cms at 18:00?", "who is on call for cms at 18:00"),
            ("oncall cms", "who is on call for cms"),
            ("silences", "silences"),
            ("who is on call", "who is on call"),
            ("help", "help"),
            ("help Graph", "help graph"),
            ("help search page me", "help search \"page me\""),
            ("alias gl = graph latency $1", "alias gl = graph latency $1"),
            ("unalias gl", "unalias gl"),
            ("ticket T-3", "ticket T-3"),
            ("whoami", "whoami"),
            ("rules", "rules"),
            ("health", "health"),
        ],
    );
}

#[test]
fn what_cannot_be_read_says_what_to_type() {
    for (typed, why) in [
        ("ack", "ack which incident? Type its number: ack 12"),
        ("ack 12 13", "13 is too much"),
        ("ack | count", "ack gives no table"),
        ("note", "note [#12] text"),
        ("sev", "sev 1 [#12]"),
        ("sev 9", "sev 1 [#12]"),
        ("sev 1", "sev which incident?"),
        ("lead", "lead @ana [#12]"),
        ("merge 7", "merge [#7] into #12"),
        ("merge 7 into 7", "#7 is one incident"),
        ("silence", "silence 2h"),
        ("silence 2h", "say what"),
        ("silence 9w service=cms", "at most 30d"),
        ("silence 2h service=~\"(\"", "Nothing was silenced"),
        ("logs", "logs of which service?"),
        ("query", "query up"),
        ("alerts | wehre a=b", "did you mean where?"),
        ("alerts \"x", "not closed"),
        ("alias ack = resolve", "may not hide it"),
        ("alias where = alerts", "may not hide it"),
        ("why not", "why [#12]"),
        ("help frobnicate", "There is no command"),
        ("page @ben", "page @ben which incident?"),
        ("deploy cms", "deploy cms staging 1.0.2"),
        ("approve", "approve 7"),
        ("run 7", "run 7 continue|undo|stop"),
        ("", "Nothing"),
    ] {
        let told = ran(typed, &Place::default()).unwrap_err();
        assert!(told.contains(why), "{typed}: {told}");
    }
}

#[test]
fn a_typo_runs_only_where_nothing_can_change() {
    let at = Place::default();
    assert_eq!(ran("stauts 12", &at).as_deref(), Ok("status 12"));
    assert_eq!(ran("grpah latency cms", &at).as_deref(), Ok("graph latency cms"));
    assert_eq!(ran("akc 12", &at).unwrap_err(), "Nothing was done. Did you mean: ack 12");
    assert_eq!(ran("silense 2h", &at).unwrap_err(), "Nothing was done. Did you mean: silence 2h");
    assert_eq!(
        ran("xyzzy", &at).unwrap_err(),
        "There is no command \"xyzzy\". What there is: help"
    );
}

#[test]
fn examples_of_the_help_work() {
    for command in ALL {
        assert!(!command.spec.help.is_empty(), "{command:?}");
        for example in command.spec.examples {
            assert!(ran(example, &room()).is_ok(), "{example}: {:?}", ran(example, &room()));
        }
    }
}

#[test]
fn help_fits_a_phone() {
    let specs: Vec<_> = ALL.iter().map(|command| command.spec).collect();
    let mut texts = vec![help::overview(&specs, Some("#12345")), help::search(&specs, "a")];
    texts.extend(specs.iter().map(|spec| help::about(spec, Err("no grant allows it"))));
    for text in texts {
        assert!(text.lines().count() <= help::LINES_MAX, "{text}");
        // Examples and usages may be as long as what they show.
        let wide = text.lines().filter(|line| line.chars().count() > help::WIDTH + 40).count();
        assert_eq!(wide, 0, "{text}");
    }
    insta::assert_snapshot!(help::overview(&specs, Some("#12")), @r"
    What you may type here, about #12:
    act   ack  resolve  note  sev  lead  merge  run  approve
          deny  stop  undo  continue  deploy  rollback  page
          escalate  override  swap  handover
    ask   status  catchup  timeline  why  similar  postmortem
          capsule  report  alerts  incidents  runs  deploys
          tickets  ticket
    look  graph  query  logs
    calm  silence  silences  unsilence  halt  resume  lock
          unlock  freeze  unfreeze  locks  maintenance
    more  help  who  shifts  whoami  may  grant  revoke
          grants  rules  runbooks  health  config  alias
          aliases  unalias
    One of them: help graph. Search: help search noise
    ");
}

#[test]
fn verbs_are_said_once() {
    let mut verbs: Vec<&str> = ALL.iter().flat_map(|command| command.spec.verbs()).collect();
    let count = verbs.len();
    verbs.sort_unstable();
    verbs.dedup();
    assert_eq!(verbs.len(), count);
}

#[test]
fn the_readme_lists_every_command() {
    let specs: Vec<_> = ALL.iter().map(|command| command.spec).collect();
    let table = help::markdown(&specs);
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&table), "put this into README.md:\n{table}");
}

fn lines() -> impl Strategy<Value = String> {
    let verbs: Vec<&str> = ALL.iter().flat_map(|command| command.spec.verbs()).collect();
    let rest = proptest::string::string_regex(
        "( ?([a-z0-9#@]{1,6}|[a-z]=~?|\"|'|\\\\|\\||2h|12|not|where|grep|into|=|!=|x){0,3}){0,8}",
    );
    (proptest::sample::select(verbs), rest.unwrap())
        .prop_map(|(verb, rest)| format!("{verb} {rest}"))
}

proptest! {
    #[test]
    fn what_ran_is_read_as_itself(line in lines(), in_room in any::<bool>()) {
        let place = if in_room { room() } else { Place::default() };
        if let Ok(written) = ran(&line, &place) {
            prop_assert_eq!(ran(&written, &place), Ok(written.clone()), "{} / {}", line, written);
        }
    }

    #[test]
    fn any_text_is_answered(line in any::<String>()) {
        drop(ran(&line, &room()));
    }
}
