//! The stream of alerts that both programs get, as Prometheus posts them.

use chrono::{SecondsFormat, TimeDelta, Utc};

/// Alerts of one rule of Prometheus, which come together; of these, so many are of one service.
const OF_A_RULE: usize = 64;
const OF_A_SERVICE: usize = 8;

/// The body of one POST with the alerts numbered `from..from + count`.
pub(crate) fn body(from: usize, count: usize) -> String {
    let ends_at =
        (Utc::now() + TimeDelta::minutes(30)).to_rfc3339_opts(SecondsFormat::Millis, true);
    let alerts: Vec<String> = (from..from + count).map(|number| one(number, &ends_at)).collect();
    format!("[{}]", alerts.join(","))
}

/// The bodies of a whole stream, `batch` alerts each.
pub(crate) fn bodies(from: usize, count: usize, batch: usize) -> Vec<String> {
    (0..count / batch).map(|at| body(from + at * batch, batch)).collect()
}

fn one(number: usize, ends_at: &str) -> String {
    let (rule, service) = (number / OF_A_RULE % 100, number / OF_A_SERVICE % 125);
    format!(
        r#"{{"annotations":{{"description":"{{{{ $value }}}} of requests to service-{service} took too long on instance {number}","summary":"service-{service} is slow"}},"endsAt":"{ends_at}","startsAt":"2026-11-21T06:00:00.000Z","generatorURL":"http://prometheus.example:9090/graph?g0.expr=up&g0.tab=1","labels":{{"alertname":"Rule{rule}","env":"prod","instance":"10.0.0.{number}:9100","job":"node","service":"service-{service}","severity":"warning"}}}}"#
    )
}
