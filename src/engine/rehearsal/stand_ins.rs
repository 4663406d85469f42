//! Stand-ins for executors and for what their checks look at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use futures_util::future::{BoxFuture, ready};

use super::answers::{Answer, Answers, Door};
use super::record::{Happening, Record};
use crate::adapters::failure::Failure;
use crate::adapters::metrics::{self, Metrics, Range, Trouble};
use crate::domain::chart::{Point, Series};
use crate::domain::ids::EffectId;
use crate::domain::run::{Assignment, Ending, Known};
use crate::domain::runbook::Is;
use crate::engine::clock::Clock;
use crate::engine::runs::Executors;

/// Checks that one rehearsal remembers: a test has a handful, a replay orders no run.
const CHECKS_MAX: usize = 10_000;

/// An executor that starts nothing: every step ends at once, as it was told to.
#[derive(Debug)]
pub(super) struct Understudy {
    pub(super) record: Arc<Record>,
    pub(super) answers: Arc<Answers>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ended: Mutex<BTreeMap<EffectId, Ending>>,
}

impl Understudy {
    fn begin(&self, assignment: &Assignment) -> Result<(), Failure> {
        let doors = [Door::Steps(Some(assignment.name.clone())), Door::Steps(None)];
        let answer = self.answers.first(&doors);
        if answer == Answer::Refuses {
            return answer.as_result();
        }
        let (run, name) = (assignment.number, assignment.name.clone());
        self.record.note(self.clock.now(), Happening::Step { run, name });
        let tail = String::new();
        let ending = match answer.as_result() {
            Ok(()) => {
                Ending::Done { summary: "rehearsed".to_owned(), outputs: BTreeMap::new(), tail }
            }
            Err(failure) => Ending::Failed { why: failure.to_string(), tail },
        };
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.insert(assignment.key, ending);
        Ok(())
    }

    fn known(&self, key: EffectId) -> Known {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let ending = ended.get(&key).cloned();
        ending.map_or(Known::Nothing, |ending| Known::Ended { ending })
    }
}

impl Executors for Understudy {
    fn start<'a>(
        &'a self,
        _: &'a str,
        assignment: &'a Assignment,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(ready(self.begin(assignment)))
    }

    fn ask<'a>(&'a self, _: &'a str, key: EffectId) -> BoxFuture<'a, Result<Known, Failure>> {
        Box::pin(ready(Ok(self.known(key))))
    }

    fn stop<'a>(&'a self, _: &'a str, _: EffectId) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(ready(Ok(())))
    }
}

/// A source of numbers that knows what each check wants to see, and shows it that, or the opposite.
#[derive(Debug)]
pub(super) struct Gauges {
    answers: Arc<Answers>,
    wanted: Mutex<BTreeMap<String, Is>>,
}

impl Gauges {
    pub(super) fn new(answers: Arc<Answers>) -> Self {
        Self { answers, wanted: Mutex::default() }
    }

    /// A check will look at this.
    pub(super) fn know(&self, query: String, is: Is) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.len() < CHECKS_MAX {
            wanted.insert(query, is);
        }
    }

    fn number(&self, query: &str) -> f64 {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good = self.answers.first(&[Door::Checks]) == Answer::Works;
        match (wanted.get(query), is_good) {
            (Some(Is::Below(limit)), true) | (Some(Is::Above(limit)), false) => limit - 1.0,
            (Some(Is::Below(limit)), false) | (Some(Is::Above(limit)), true) => limit + 1.0,
            // Nobody checks this: everything is up.
            (None, is_good) => f64::from(u8::from(is_good)),
        }
    }
}

impl Metrics for Gauges {
    fn range<'a>(
        &'a self,
        query: &'a str,
        _: Range,
        _: usize,
    ) -> BoxFuture<'a, Result<metrics::Answer, Trouble>> {
        Box::pin(ready(Err(nothing(query))))
    }

    fn instant<'a>(
        &'a self,
        query: &'a str,
        at: DateTime<Utc>,
        _: usize,
    ) -> BoxFuture<'a, Result<metrics::Answer, Trouble>> {
        let point = Point { at: at.timestamp_millis(), value: self.number(query) };
        let series = vec![Series { points: vec![point], ..Series::default() }];
        Box::pin(ready(Ok(metrics::Answer { series, ..metrics::Answer::default() })))
    }

    fn label_values<'a>(
        &'a self,
        label: &'a str,
        _: &'a str,
        _: Range,
    ) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        Box::pin(ready(Err(nothing(label))))
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        Box::pin(ready(Ok("the numbers of a rehearsal".to_owned())))
    }
}

fn nothing(query: &str) -> Trouble {
    let why = format!("a rehearsal has no numbers for {query}");
    Trouble::Refused { source_name: "rehearsal".to_owned(), why }
}
