//! Hostile and broken bodies: what is cut, what is refused, and that nothing panics.

use proptest::prelude::*;

use super::*;
use crate::adapters::ingest::limits;

fn prom(labels: &str) -> Delivery {
    all(&kinds()[0], format!(r#"[{{"labels":{{"alertname":"X",{labels}}}}}]"#))
}

#[test]
fn fault_43_long_values_are_cut_and_too_many_labels_refused() {
    let long = prom(&format!(r#""huge":"{}""#, "x".repeat(1_000_000)));
    let value = long.reports[0].alert.label("huge").to_owned();
    assert!(value.len() < limits::VALUE_BYTES + 100 && value.contains("(cut: 1000000 bytes"));
    let name = prom(&format!(r#""{}":"v""#, "n".repeat(2000)));
    assert_eq!(refusals(&name), [(0, "a name in its labels has 2000 bytes, not 1 to 1024")]);
    let many: Vec<String> = (0..3000).map(|i| format!(r#""l{i}":"v""#)).collect();
    let many = prom(&many.join(","));
    assert_eq!(refusals(&many), [(0, "it has 3001 labels; at most 64 are taken")]);
}

#[test]
fn fault_43_too_many_alerts_are_413() {
    let body = format!("[{}]", vec!["{}"; limits::ALERTS + 1].join(","));
    let bad = read(&kinds()[0], body.as_bytes(), &options()).unwrap_err();
    assert_eq!(bad.status(), 413);
    assert_eq!(bad.to_string(), "the body holds 10001 alerts; at most 10000 are taken");
    let small = Options { max_bytes: 100, ..options() };
    assert_eq!(read(&kinds()[0], &[b' '; 101], &small).unwrap_err().status(), 413);
}

#[test]
fn fault_44_hostile_characters_show() {
    let delivery = prom(r#""a":"\u202eevil\u0000\u001b[2J","b":"two\nlines""#);
    let alert = &delivery.reports[0].alert;
    assert_eq!(alert.label("a"), r"\u202eevil\u0000\u001b[2J");
    assert_eq!(alert.label("b"), r"two\u000alines");
}

#[test]
fn fault_45_depth_and_repeated_keys_are_400_for_every_kind() {
    for kind in kinds() {
        let deep = format!(r#"[{{"labels":{}1{}}}]"#, "[".repeat(500), "]".repeat(500));
        for body in [deep.as_str(), r#"[{"labels":{"a":"1","a":"2"}}]"#, "\u{0}", ""] {
            let bad = read(&kind, body.as_bytes(), &options()).unwrap_err();
            assert_eq!(bad.status(), 400, "{kind:?}: {bad}");
        }
    }
}

#[test]
fn fault_55_times_that_cannot_be_meant_are_refused_with_both_clocks() {
    for (field, at, why) in [
        (
            "startsAt",
            "1969-12-31T23:59:59Z",
            "startsAt 1969-12-31T23:59:59Z is before 1970; it is 2026-11-21T06:20:00Z here",
        ),
        (
            "endsAt",
            "2037-11-21T00:00:00Z",
            "endsAt 2037-11-21T00:00:00Z is more than 315619200 s ahead; \
             it is 2026-11-21T06:20:00Z here",
        ),
    ] {
        let body = format!(r#"[{{"labels":{{"a":"b"}},"{field}":"{at}"}}]"#);
        assert_eq!(refusals(&all(&kinds()[0], body)), [(0, why)]);
    }
    let strict = Options { ahead: minutes(10), ..options() };
    let body = br#"[{"labels":{"a":"b"},"endsAt":"2026-11-21T07:00:00Z"}]"#;
    let refused = read(&kinds()[0], body, &strict).unwrap();
    assert!(refusals(&refused)[0].1.contains("more than 600 s ahead"));
}

#[test]
fn fault_59_links_that_are_no_web_pages_are_dropped() {
    for url in ["javascript:alert(1)", "file:///etc/shadow", "data:text/html,x", "//evil"] {
        let body = format!(r#"[{{"labels":{{"a":"b"}},"generatorURL":"{url}"}}]"#);
        assert_eq!(all(&kinds()[0], body).reports[0].alert.generator_url, "", "{url}");
    }
}

#[test]
fn fault_48_an_end_before_the_begin_passes_through() {
    let body = payload("alertmanager-0.25.0-webhook-resolved-single.json");
    let delivery = all(&kinds()[1], body);
    assert!(matches!(delivery.reports[0].what, What::Resolved { .. }));
}

/// A payload of each kind, to start from.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> =
        ["prometheus-2.42.0-post", "alertmanager-0.25.0-webhook", "grafana-"]
            .into_iter()
            .flat_map(payloads)
            .filter(|name| name.ends_with(".json"))
            .map(|name| payload(&name))
            .collect();
    seeds.push(br#"{"NAGIOS_HOSTNAME":"a","NAGIOS_HOSTSTATE":"DOWN","NAGIOS_TIMET":"1"}"#.to_vec());
    seeds.push(br#"{"region":"eu","items":[{"check":{"name":"p"},"state":"bad"}]}"#.to_vec());
    seeds
}

/// Every reader takes or refuses it, twice the same, and keeps its promises about what it took.
fn hold(body: &[u8]) {
    for kind in kinds() {
        let once = read(&kind, body, &options());
        assert_eq!(once, read(&kind, body, &options()), "read twice");
        let Ok(delivery) = once else { continue };
        for report in &delivery.reports {
            let alert = &report.alert;
            assert!(!alert.labels.is_empty() && alert.labels.len() <= limits::LABELS + 8);
            for value in alert.labels.values() {
                assert!(!value.is_empty() && !value.chars().any(char::is_control));
            }
            for value in alert.annotations.values() {
                assert!(!value.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_make_a_reader_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        hold(&body);
    }

    #[test]
    fn fault_47_mutated_payloads_read_twice_the_same(
        seed in prop::sample::select(seeds()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 1..8),
    ) {
        let mut body = seed;
        for (place, change, byte) in changes {
            let at = place.index(body.len().max(1)).min(body.len().saturating_sub(1));
            match change {
                0 if !body.is_empty() => body[at] = byte,
                1 => body.insert(at, byte),
                2 if !body.is_empty() => drop(body.remove(at)),
                _ => body.truncate(at),
            }
        }
        hold(&body);
    }

    #[test]
    fn any_texts_as_labels_keep_the_promises(
        labels in prop::collection::btree_map("[a-z]{1,3}", any::<String>(), 0..10),
        annotations in prop::collection::btree_map("[a-z]{1,3}", any::<String>(), 0..10),
    ) {
        let alert = serde_json::json!({"labels": labels, "annotations": annotations, "status": "firing"});
        hold(&serde_json::to_vec(&serde_json::json!([alert])).unwrap());
        hold(&serde_json::to_vec(&serde_json::json!({"version": "4", "alerts": [alert]})).unwrap());
        hold(&serde_json::to_vec(&serde_json::json!({
            "HOSTNAME": "h", "HOSTSTATE": "DOWN", "HOSTOUTPUT": labels.values().next(),
        })).unwrap());
    }
}
