//! What stands in the rooms of these tests.

use serde_json::{Value, json};

/// When everything happened.
pub(crate) const AT: &str = "2026-11-21T11:04:05Z";

pub(crate) fn warroom() -> Value {
    json!({ "kind": "warroom" })
}

pub(crate) fn ana() -> Value {
    json!({ "kind": "person", "name": "Ana" })
}

/// An element of a room's log.
pub(crate) fn entry(n: usize, by: &Value, slot: Option<&str>, post: &Value) -> Value {
    let mut entry = json!({ "n": n, "id": format!("id-{n}"), "at": AT, "by": by, "post": post });
    if let Some(slot) = slot {
        entry["slot"] = json!(slot);
    }
    entry
}

/// The card of incident 12.
pub(crate) fn card(state: &str, symbol: &str) -> Value {
    json!({
        "text": format!("#12 cms is slow in prod (sev2)\n{state}"),
        "card": {
            "number": 12, "title": "cms is slow in prod", "severity": "sev2",
            "state": state, "symbol": symbol,
            "facts": [
                { "name": "where", "value": "cms, prod" },
                { "name": "since", "value": "11:04 UTC" },
                { "name": "leads", "value": "nobody" },
                { "name": "ticket", "value": "T-31" },
            ],
            "links": [{ "text": "Ticket T-31", "url": "/tickets/T-31" }],
        },
        "buttons": [
            { "label": "Acknowledge", "command": "ack", "style": "primary" },
            { "label": "Resolve", "command": "resolve", "style": "normal" },
            { "label": "Restart cms", "command": "run restart-service cms", "style": "danger" },
        ],
    })
}

/// What warroom answers to a line.
pub(crate) fn answer(line: &str) -> Value {
    match line.split(' ').next() {
        Some("graph") => json!({
            "text": "p99 is 1.9 s, above the limit of 500 ms since 11:03.",
            "picture": {
                "id": "abc123", "command": "graph latency cms 1h",
                "alt": "Latency of cms over one hour: p99 rises from 0.2 s to 1.9 s at 11:03.",
            },
        }),
        Some("alerts") => json!({
            "text": "3 alerts on 3 instances.\nweb-1 HighLatency",
            "table": {
                "columns": ["instance", "alert", "since", "value"],
                "rows": [["web-1", "HighLatency", "11:03:10", "1.92 s"], ["web-2", "HighLatency", "11:03:40", "1.71 s"]],
                "more": 1,
            },
        }),
        _ => json!({ "text": format!("Done: {line}.") }),
    }
}

/// An incident as the API lists it.
pub(crate) fn incident(number: u64, title: &str) -> Value {
    json!({
        "number": number, "case": format!("1-{number}"), "phase": "triggered", "title": title,
        "severity": if number.is_multiple_of(2) { "sev2" } else { "sev1" },
        "group": "g", "labels": { "service": "cms", "env": "prod" },
        "rule": "cms-latency (rules/cms.toml:3)", "opened_at": AT, "resolved_at": null,
        "acknowledged_by": null, "lead": null, "room": null, "ticket": "T-31", "escalation_step": 1, "parent": null,
        "alerts": { "firing": 3, "held": 1, "resolved": 0, "stale": 0, "flapping": 0 },
        "events": 34,
    })
}

/// An alert as the API lists it.
pub(crate) fn alert(labels: &Value) -> Value {
    json!({
        "fingerprint": "0123456789abcdef", "status": "firing", "labels": labels,
        "annotations": { "summary": "p99 of cms is above 500 ms for 2 min." },
        "generator_url": "http://prometheus.example/graph", "starts_at": AT, "ends_at": null,
    })
}

pub(crate) fn ticket() -> Value {
    json!({
        "id": "T-31", "number": 31, "title": "cms is slow in prod", "status": "open",
        "incident": 12, "room": "12", "url": "/tickets/T-31", "opened_at": AT,
        "body": "service: cms\nenv: prod", "labels": ["incident"],
        "comments": [{ "at": AT, "by": "warroom", "text": "Opened by rule cms-latency." }],
    })
}

/// A silence in Alertmanager's words.
pub(crate) fn silence() -> Value {
    let matcher = |name, value, is_regex| json!({ "name": name, "value": value, "isRegex": is_regex, "isEqual": true });
    json!({
        "id": "s1", "status": { "state": "active" }, "startsAt": AT, "endsAt": AT, "updatedAt": AT,
        "createdBy": "Ana", "comment": "the staging database moves",
        "matchers": [matcher("service", "cms", false), matcher("env", "staging|dev", true)],
    })
}

pub(crate) fn now() -> Value {
    json!({
        "brain": "embedded", "promise": "strict", "meaning": "a 2xx means written and fsynced",
        "missing": [], "warnings": ["dashboards/old.json: a heatmap is not drawn"],
        "metrics": [{ "name": "main", "ok": true, "about": "answers in 4 ms" }],
        "storm": null, "on_call": [],
    })
}

/// A run that waits for an approval.
pub(crate) fn run() -> Value {
    json!({
        "number": 7, "runbook": "restart-service", "target": "cms", "phase": "asking", "by": "ben",
        "incident": 12, "service": null, "asked_at": AT, "started_at": null, "ended_at": null,
        "approved_by": [], "plan": "5f1c0a9e77d2b3aa",
        "steps": [
            { "name": "restart", "does": "exec systemctl restart cms", "is_undo": false, "mark": "done",
              "word": "in 2 s", "began_at": AT, "ended_at": AT },
            { "name": "start the old one", "does": "exec systemctl start cms-old", "is_undo": true,
              "mark": null, "word": "", "began_at": null, "ended_at": null },
        ],
        "post": {
            "text": "Run 7: restart-service cms waits for an approval.",
            "buttons": [{ "label": "Approve", "command": "approve 7", "style": "primary" }],
        },
    })
}

/// Who is on call in the only schedule.
pub(crate) fn oncall() -> Value {
    let ana = json!({
        "schedule": "cms", "people": ["ana"], "shadows": ["ben"], "stands_in": true,
        "until": "2026-11-28T09:00:00Z", "next": ["ben"], "zone": "Europe/Berlin",
    });
    json!({ "at": AT, "schedules": [ana] })
}

/// Its shifts.
pub(crate) fn shifts() -> Value {
    let shift = |from: &str, until: &str, who: &[&str]| json!({ "from": from, "until": until, "people": who, "shadows": [], "stands_in": false });
    let [first, second, third] =
        ["2026-11-21T09:00:00Z", "2026-11-28T09:00:00Z", "2026-12-05T09:00:00Z"];
    json!({ "zone": "Europe/Berlin", "shifts": [shift(first, second, &["ana"]), shift(second, third, &[])] })
}
