//! Reports that go to a room each week.
//!
//! The entry in the room has the id of its week, and a room takes an id once: so a report is said
//! once however many processes try, and one that was down at the time says it when it is back.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use compact_str::{CompactString, format_compact};

use crate::domain::reports::Kind;
use crate::domain::room::{Author, Entry, Post};
use crate::engine::Engine;
use crate::engine::views::Refusal;

/// How often the calendar is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How late a report may come: after that, the next week's says more.
const LATE_MAX: TimeDelta = TimeDelta::days(2);
/// What a report is about.
const WEEK: TimeDelta = TimeDelta::days(7);
/// The log of what was said: an entry for each week and report.
const LOG: CompactString = CompactString::const_new("weekly");
/// Entries of that log that are looked at: more than the reports of a week.
const SAID: usize = 20;

/// What goes to a room each week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weekly {
    /// The room, by its name without `#`.
    pub room: CompactString,
    /// Which reports, in this order.
    pub reports: Vec<Kind>,
    /// The day.
    pub day: Weekday,
    /// The time of that day, by `zone`.
    pub time: NaiveTime,
    /// Whose clock it is.
    pub zone: Tz,
}

impl Weekly {
    /// The last moment at which it was due.
    #[must_use]
    pub fn due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let today = now.with_timezone(&self.zone).date_naive();
        let back = i64::from(today.weekday().days_since(self.day));
        [back, back + 7].into_iter().find_map(|days| {
            let day = today - TimeDelta::days(days);
            let there = self.zone.from_local_datetime(&day.and_time(self.time)).earliest();
            there.map(|it| it.to_utc()).filter(|due| *due <= now)
        })
    }
}

impl Engine {
    /// Says what is due, for ever.
    pub(in crate::engine) async fn report_weekly(self: Arc<Self>) {
        loop {
            self.clock.sleep(LOOK_EVERY).await;
            let Some(weekly) = self.after.weekly.load().as_ref().clone() else { continue };
            if let Err(error) = self.report_due(&weekly).await {
                tracing::warn!(%error, "the weekly reports will be tried again");
            }
        }
    }

    /// Says what is due and was not said yet.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn report_due(self: &Arc<Self>, weekly: &Weekly) -> Result<(), Refusal> {
        let now = self.clock.now();
        let Some(due) = weekly.due(now).filter(|due| now - *due < LATE_MAX) else { return Ok(()) };
        for kind in &weekly.reports {
            let id = format_compact!("report/{}/{}", kind.word(), due.timestamp());
            if !self.was_said(&id).await? {
                self.report_to(weekly, *kind, (due, &id)).await?;
            }
        }
        Ok(())
    }

    async fn was_said(&self, id: &str) -> Result<bool, Refusal> {
        let away = crate::engine::queries::away;
        let last = self.brain.length(LOG).await.map_err(away)?;
        let from = last.saturating_sub(u64::try_from(SAID).unwrap_or_default()) + 1;
        let said = self.brain.read(LOG, from, SAID).await.map_err(away)?;
        Ok(said.iter().any(|entry| entry.id == id))
    }

    async fn report_to(
        self: &Arc<Self>,
        weekly: &Weekly,
        kind: Kind,
        (due, id): (DateTime<Utc>, &CompactString),
    ) -> Result<(), Refusal> {
        let report = self.make_report(kind, due - WEEK).await?;
        // A picture that cannot be kept is no reason to keep the numbers back.
        let picture = self.report_picture(&report).await.ok();
        let table = Some(report.values.table()).filter(|table| !table.rows.is_empty());
        let text = format!("The week in {}. {}", kind.word(), report.text);
        let post = Post { text, table, picture, ..Post::default() };
        let entry =
            Entry { id: id.clone(), at: self.clock.now(), by: Author::Warroom, slot: None, post };
        self.enter(&weekly.room, &entry).await?;
        let said = self.brain.append(LOG, id.clone(), Vec::new()).await;
        said.map(drop).map_err(crate::engine::queries::away)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_due_at_its_hour_by_the_clock_of_its_readers() {
        let weekly = Weekly {
            room: "management".into(),
            reports: vec![Kind::Noise],
            day: Weekday::Mon,
            time: NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
            zone: chrono_tz::Europe::Berlin,
        };
        let due = |now: &str| weekly.due(now.parse().unwrap()).unwrap().to_rfc3339();
        assert_eq!(due("2026-11-23T08:00:00Z"), "2026-11-23T08:00:00+00:00");
        assert_eq!(due("2026-11-23T07:59:59Z"), "2026-11-16T08:00:00+00:00");
        assert_eq!(due("2026-11-22T20:00:00Z"), "2026-11-16T08:00:00+00:00");
        assert_eq!(due("2026-07-14T20:00:00Z"), "2026-07-13T07:00:00+00:00");
    }
}
