//! One alerting rule, evaluated and sent as Prometheus does it.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Client;
use serde_json::{Value, json};

use super::api::work;
use super::promql::{self, Expr};
use super::scrape::Scraper;

/// How long an alert lives without being sent again.
const LIFE: TimeDelta = TimeDelta::minutes(2);
/// How often a firing alert is sent again.
const RESEND: TimeDelta = TimeDelta::seconds(5);
/// How long it goes on firing after its expression was true last: `keep_firing_for`.
const KEEP_FIRING: TimeDelta = TimeDelta::seconds(8);
/// How long the end of an alert is repeated.
const REPEAT_END: TimeDelta = TimeDelta::seconds(20);

/// An alerting rule and where it stands.
#[derive(Debug)]
pub(in crate::cli::demo) struct Watch {
    client: Client,
    url: String,
    expr: Expr,
    hold: TimeDelta,
    true_since: Option<DateTime<Utc>>,
    true_last: Option<DateTime<Utc>>,
    firing: Option<DateTime<Utc>>,
    ended: Option<(DateTime<Utc>, DateTime<Utc>)>,
    sent: Option<DateTime<Utc>>,
}

impl Watch {
    /// A rule that fires when `expr` has been true for `hold`, and posts to `url`.
    ///
    /// # Errors
    /// When the expression cannot be read.
    pub(in crate::cli::demo) fn new(
        client: Client,
        url: String,
        expr: &str,
        hold: TimeDelta,
    ) -> anyhow::Result<Self> {
        let expr = promql::parse(expr).map_err(anyhow::Error::msg)?;
        let (true_since, true_last) = (None, None);
        let (firing, ended, sent) = (None, None, None);
        Ok(Self { client, url, expr, hold, true_since, true_last, firing, ended, sent })
    }

    /// Looks once, and sends what has to be sent. A post that fails is sent again at the next look.
    pub(in crate::cli::demo) async fn look(&mut self, scraper: &Scraper, now: DateTime<Utc>) {
        let is_true = !work(scraper, &self.expr, now).is_empty();
        self.judge(is_true, now);
        let is_due = self.sent.is_none_or(|sent| now - sent >= RESEND);
        let Some(alert) = self.alert(now).filter(|_| is_due) else { return };
        let posted = self.client.post(&self.url).json(&json!([alert])).send().await;
        if posted.is_ok_and(|answer| answer.status().is_success()) {
            self.sent = Some(now);
        }
    }

    fn judge(&mut self, is_true: bool, now: DateTime<Utc>) {
        if is_true {
            self.true_last = Some(now);
            let since = *self.true_since.get_or_insert(now);
            if self.firing.is_none() && now - since >= self.hold {
                (self.firing, self.ended, self.sent) = (Some(now), None, None);
            }
            return;
        }
        self.true_since = None;
        let is_over = self.true_last.is_none_or(|last| now - last >= KEEP_FIRING);
        if let (true, Some(start)) = (is_over, self.firing) {
            (self.firing, self.ended, self.sent) = (None, Some((start, now)), None);
        }
    }

    fn alert(&self, now: DateTime<Utc>) -> Option<Value> {
        let (start, end) = match (self.firing, self.ended) {
            (Some(start), _) => (start, now + LIFE),
            (None, Some((start, end))) if now - end < REPEAT_END => (start, end),
            _ => return None,
        };
        Some(json!({
            "labels": {
                "alertname": "HighLatency", "service": "shop", "env": "demo",
                "severity": "critical",
            },
            "annotations": { "summary": "one checkout in a hundred takes longer than half a second" },
            "startsAt": start,
            "endsAt": end,
        }))
    }
}
