//! The canary: an incident that is opened, paged and resolved again and again.
//!
//! It proves that the whole machine works. A pager of its own passes the page on to a dead-man
//! service, which calls people when it hears nothing.
//!
//! It refuses to shortcut: a rule must want the alert, an opening must be granted, the page must be
//! committed, claimed and carried out. Where any of that fails, the service hears nothing.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::{CompactString, format_compact};

use super::Engine;
use crate::domain::alert::{Alert, Labels, Report, What};

/// The policy that its rule pages, which no schedule stands behind.
pub const POLICY: &str = "canary";

impl Engine {
    /// Opens and resolves a canary incident in each interval, from now on.
    pub fn keep_canary(self: &Arc<Self>, every: TimeDelta) {
        let every = every.to_std().unwrap_or(Duration::from_secs(300));
        self.tasks.spawn("canary", self.clone().sing(every));
    }

    async fn sing(self: Arc<Self>, every: Duration) {
        loop {
            let began = self.clock.now();
            let alert = Arc::new(alert(began));
            let expires_at = Some(began + TimeDelta::hours(1));
            self.report(Report { alert: alert.clone(), what: What::Firing { expires_at } }).await;
            self.clock.sleep(every / 2).await;
            let ended_at = self.clock.now();
            self.report(Report { alert, what: What::Resolved { ended_at } }).await;
            self.clock.sleep(every / 2).await;
        }
    }

    async fn report(self: &Arc<Self>, report: Report) {
        if let Err(error) = self.take(vec![report]).await {
            tracing::warn!(%error, "the canary is silent: the dead-man service will call people");
        }
    }
}

/// One group a day, so that no incident grows for ever; each an alert of its own, so that none flaps.
fn alert(starts_at: DateTime<Utc>) -> Alert {
    let day: CompactString = format_compact!("{}", starts_at.format("%Y-%m-%d"));
    let second = format_compact!("{}", starts_at.timestamp());
    let labels: Labels = [
        ("alertname".into(), CompactString::const_new("WarroomCanary")),
        ("warroom_canary".into(), day),
        ("warroom_canary_at".into(), second),
    ]
    .into();
    Alert {
        labels,
        annotations: Labels::new(),
        starts_at,
        is_start_unnamed: false,
        generator_url: CompactString::default(),
        source: CompactString::const_new("canary"),
    }
}
