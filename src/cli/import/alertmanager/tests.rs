//! Configurations as people write them, and what becomes of them.

use super::read;
use crate::cli::import::Set;

const HEAD: &str = "receivers: [{ name: a, email_configs: [{ to: a@x.org }] }, \
                    { name: b, email_configs: [{ to: b@x.org }] }, { name: none }]\n\
                    global: { smtp_smarthost: 'mail:25', smtp_from: 'w@x.org' }\n";

fn set(rest: &str) -> Set {
    read(&format!("{HEAD}{rest}"), "am.yml").unwrap()
}

fn rules(set: &Set) -> &str {
    &set.files[1].1
}

fn is_lost(set: &Set, line: u32, part: &str) {
    let head = format!("am.yml:{line}: ");
    let found = set.lost.iter().any(|lost| lost.starts_with(&head) && lost.contains(part));
    assert!(found, "{part} at {line}: {:#?}", set.lost);
}

fn heads(set: &Set) -> Vec<&str> {
    rules(set)
        .lines()
        .filter(|line| line.starts_with("# line") || line.starts_with("match"))
        .collect()
}

#[test]
fn a_route_stands_behind_its_children_with_their_matchers_added() {
    let set =
        set("route:\n  receiver: a\n  routes:\n  - match: { job: db }\n    receiver: none\n    \
                   routes:\n    - matchers: ['sev=~\"x|y\"']\n      receiver: b\n");
    assert_eq!(
        heads(&set),
        [
            "# line 9: b",
            r#"match    = 'job="db", sev=~"x|y"'"#,
            "# line 6: none",
            r#"match    = 'job="db"'"#,
            "# line 3: a",
            r#"match    = 'alertname=~".*"'"#,
        ]
    );
}

#[test]
fn routes_that_go_on_become_every_combination_that_can_happen() {
    let set =
        set("route:\n  receiver: none\n  routes:\n  - match: { a: '1' }\n    continue: true\n    \
                   receiver: a\n  - match: { b: '1' }\n    receiver: b\n  - match: { a: '2' }\n    \
                   receiver: b\n");
    let wanted = ["a, b", "a", "b", "b", "none"];
    let heads = heads(&set);
    let receivers: Vec<&str> =
        heads.iter().filter_map(|line| line.strip_prefix("# line ")?.split(": ").nth(1)).collect();
    assert_eq!(receivers, wanted, "{heads:#?}");
    assert!(rules(&set).contains(r#"page = ["team:a", "team:b"]"#), "{}", rules(&set));
}

#[test]
fn what_has_no_counterpart_is_listed_with_its_line() {
    let set = set("route:\n  receiver: a\n  group_wait: 30s\n  labels: { x: y }\n  routes:\n  - \
                   matchers: ['a=~\"(\"']\n    receiver: b\ntemplates: ['*.tmpl']\ntracing: {}\n\
                   inhibit_rules:\n- source_match: { a: b }\n  target_match: { c: d }\n  odd: 1\n");
    is_lost(&set, 5, "an incident opens at once");
    is_lost(&set, 6, "`labels` has no counterpart");
    is_lost(&set, 8, "cannot be read");
    is_lost(&set, 8, "this route and what is below it");
    is_lost(&set, 10, "templates");
    is_lost(&set, 11, "`tracing` has no counterpart");
    is_lost(&set, 13, "`odd` is not understood");
    assert!(!rules(&set).contains("[[inhibit]]"));
}

#[test]
fn nights_and_weekends_off_become_hours_and_days_of_a_policy() {
    let set = set(
        "route:\n  receiver: a\n  mute_time_intervals: [off]\ntime_intervals:\n- name: off\n  \
                   time_intervals:\n  - { weekdays: ['saturday', 'sunday'], location: Europe/Berlin }\n  \
                   - { times: [{ start_time: '00:00', end_time: '08:00' }], location: Europe/Berlin }\n",
    );
    let rules = rules(&set);
    for part in [
        "zone = \"Europe/Berlin\"",
        "days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]",
        "hours = [\"08:00-24:00\"]",
    ] {
        assert!(rules.contains(part), "{part}:\n{rules}");
    }
}

#[test]
fn an_interval_that_hours_cannot_say_holds_nothing_back() {
    let set = set(
        "route:\n  receiver: a\n  mute_time_intervals: [eve]\ntime_intervals:\n- name: eve\n  \
                   time_intervals:\n  - { months: ['december'], days_of_month: ['24'] }\n",
    );
    is_lost(&set, 9, "have no months and no days_of_month");
    assert!(!rules(&set).contains("days ="));
}

#[test]
fn passwords_and_keys_are_not_copied() {
    let text = "global: { smtp_smarthost: 'mail:25', smtp_from: w@x.org, smtp_auth_username: u, \
                smtp_auth_password: hunter2 }\nroute: { receiver: a }\nreceivers:\n- name: a\n  \
                email_configs: [{ to: a@x.org }]\n  pagerduty_configs: [{ routing_key: hunter3 }]\n";
    let set = read(text, "am.yml").unwrap();
    let all = format!("{:?}{:?}", set.files, set.lost);
    assert!(!all.contains("hunter"), "{all}");
    is_lost(&set, 1, "put it into secrets/smtp-password");
    is_lost(&set, 6, "put it into secrets/a.key");
}

#[test]
fn too_many_combinations_end_a_continue_and_say_so() {
    let route = |n: u32| format!("  - {{ match: {{ l{n}: x }}, receiver: b, continue: true }}\n");
    let routes: String = (0..14).map(route).collect();
    let set = set(&format!("route:\n  receiver: a\n  routes:\n{routes}"));
    assert!(
        set.lost.iter().any(|lost| lost.contains("more than 2000 combinations")),
        "{:?}",
        set.lost
    );
}

#[test]
fn what_is_no_configuration_is_refused_with_a_reason() {
    assert!(read("a: [", "x").is_err_and(|error| error.to_string().contains("is no YAML")));
    assert!(read("a: b", "x").is_err_and(|error| error.to_string().contains("no `route`")));
}
