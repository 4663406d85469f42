//! Reports in the order of their times, without those that say nothing new.
//!
//! Sources repeat themselves: a Prometheus sends each firing alert every minute. A repetition that
//! came before the one before it expired changes nothing but when the alert would go stale, so the
//! first one takes over the last one's expiry and the rest is counted and dropped.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::Error;
use crate::domain::alert::{Report, What};
use crate::domain::ids::Fingerprint;

/// Reports that one replay keeps: some gigabytes. Repetitions are not among them.
const REPORTS_MAX: usize = 5_000_000;

/// From when to when, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The beginning.
    pub from: DateTime<Utc>,
    /// The end.
    pub until: DateTime<Utc>,
}

impl Span {
    /// Whether a time is in it.
    #[must_use]
    pub fn holds(self, at: DateTime<Utc>) -> bool {
        self.from <= at && at <= self.until
    }
}

/// What arrived at one moment from one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// When.
    pub at: DateTime<Utc>,
    /// Who sent it.
    pub source: CompactString,
    /// What it said.
    pub reports: Vec<Report>,
}

/// Everything that was reported in a time.
#[derive(Debug, Default)]
pub struct Recording {
    /// By time, each with at least one report.
    pub deliveries: Vec<Delivered>,
    /// How many reports there were, repetitions included.
    pub reports: u64,
    /// What a reader must know: what was left out, and why.
    pub notes: Vec<String>,
    kept: usize,
    /// The newest thing that is known of each alert. Only looked into, never walked.
    last: HashMap<Fingerprint, Last>,
}

/// Where the newest report of an alert is.
#[derive(Debug, Clone, Copy)]
struct Last {
    delivery: usize,
    report: usize,
}

impl Recording {
    /// Adds what arrived; times never go back.
    ///
    /// # Errors
    /// When more is kept than a replay can hold.
    pub fn push(
        &mut self,
        at: DateTime<Utc>,
        source: &CompactString,
        reports: Vec<Report>,
    ) -> Result<(), Error> {
        // The wall clock may have been set back in the middle.
        let at = self.deliveries.last().map_or(at, |last| last.at.max(at));
        let is_same = self.deliveries.last().is_some_and(|it| it.at == at && it.source == *source);
        let delivery = self.deliveries.len() - usize::from(is_same);
        let mut new = if is_same {
            self.deliveries.pop().map(|last| last.reports).unwrap_or_default()
        } else {
            Vec::new()
        };
        for mut report in reports {
            self.reports += 1;
            let print = report.alert.fingerprint();
            let last = self.last.get(&print).copied();
            let known = last.and_then(|last| {
                if last.delivery == delivery {
                    new.get_mut(last.report)
                } else {
                    self.deliveries.get_mut(last.delivery)?.reports.get_mut(last.report)
                }
            });
            if let Some(known) = known {
                if repeats(known, &report, at) {
                    known.what = report.what;
                    continue;
                }
                share(&mut report, known);
            }
            self.last.insert(print, Last { delivery, report: new.len() });
            new.push(report);
            self.kept += 1;
        }
        if self.kept > REPORTS_MAX {
            return Err(Error::TooMany { what: "reports", most: REPORTS_MAX });
        }
        if !new.is_empty() {
            self.deliveries.push(Delivered { at, source: source.clone(), reports: new });
        }
        Ok(())
    }

    /// How many reports are left, without repetitions.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.kept
    }
}

/// Whether a report only says again what is known, in time.
fn repeats(known: &Report, new: &Report, at: DateTime<Utc>) -> bool {
    let is_alike = || {
        let (one, other) = (&*known.alert, &*new.alert);
        let is_start_same =
            one.starts_at == other.starts_at || (one.is_start_unnamed && other.is_start_unnamed);
        is_start_same
            && one.source == other.source
            && one.annotations == other.annotations
            && one.generator_url == other.generator_url
    };
    match (&known.what, &new.what) {
        (What::Firing { expires_at }, What::Firing { .. }) => {
            expires_at.is_none_or(|expires_at| at < expires_at) && is_alike()
        }
        (What::Resolved { ended_at }, What::Resolved { ended_at: again }) => ended_at == again,
        _ => false,
    }
}

/// The same alert is kept once, however often it fires.
fn share(report: &mut Report, known: &Report) {
    if *report.alert == *known.alert {
        report.alert = Arc::clone(&known.alert);
    }
}
