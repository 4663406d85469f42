//! What runbooks are worth: how often they succeed, and the time that they save.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use super::days;
use super::make::{self, Ran, Report, Seen};
use crate::domain::chart::Series;
use crate::domain::commands::{Cell, Kind, Values};
use crate::domain::duration;
use crate::domain::review::{Review, median};
use crate::domain::run::How;

#[derive(Default)]
struct Book {
    asked: u32,
    succeeded: u32,
    failed: u32,
    other: u32,
    took: Vec<TimeDelta>,
    saved: TimeDelta,
    by_day: BTreeMap<NaiveDate, u32>,
}

pub(super) fn make(seen: &Seen) -> Report {
    let by_hand = by_hand(&seen.incidents);
    let mut books: BTreeMap<&str, Book> = BTreeMap::new();
    for run in &seen.runs {
        books.entry(&run.runbook).or_default().count(seen, run, by_hand);
    }
    let columns = [
        ("runbook", Kind::Text),
        ("runs", Kind::Number),
        ("succeeded", Kind::Number),
        ("failed", Kind::Number),
        ("not run", Kind::Number),
        ("success", Kind::Text),
        ("took", Kind::Duration),
        ("saved", Kind::Duration),
    ];
    let mut values = Values::new(&columns, seen.until);
    for (name, book) in &books {
        values.push(book.row(name));
    }
    let lines: Vec<Series> =
        books.iter().map(|(name, book)| days::counts(seen, name, &book.by_day)).collect();
    Report {
        kind: make::Kind::Runs,
        text: text(&books, by_hand),
        values,
        chart: days::chart(seen, make::Kind::Runs, "runs a day, by runbook", lines),
    }
}

/// How long an incident takes that people mended: the median from its opening to its end, of those
/// that somebody took and no runbook ended. What a remedy took less than that is saved.
fn by_hand(incidents: &[Review]) -> Option<TimeDelta> {
    let is_by_hand = |review: &&Review| {
        review.taken.is_some() && !review.fixes.iter().any(|fix| fix.how == How::Succeeded)
    };
    let length = |review: &Review| Some(review.resolved_at? - review.opened_at);
    median(incidents.iter().filter(is_by_hand).filter_map(length).collect())
}

impl Book {
    fn count(&mut self, seen: &Seen, run: &Ran, by_hand: Option<TimeDelta>) {
        self.asked += 1;
        *self.by_day.entry(days::day(seen, run.asked_at)).or_default() += 1;
        match run.how {
            Some(How::Succeeded) => {
                self.succeeded += 1;
                self.took.extend(run.took);
                let saved = by_hand.zip(run.took).map(|(hand, took)| hand - took);
                let saved = saved.filter(|_| run.incident.is_some());
                self.saved += saved.unwrap_or_default().max(TimeDelta::zero());
            }
            Some(How::Failed | How::Undone | How::UndoFailed | How::Stopped) => self.failed += 1,
            Some(How::Denied | How::Expired | How::Refused | How::Shown) | None => self.other += 1,
        }
    }

    fn row(&self, name: &str) -> Vec<Cell> {
        let counts = [self.asked, self.succeeded, self.failed, self.other];
        let mut row = vec![Cell::Text(name.to_owned())];
        row.extend(counts.map(|count| Cell::Number(f64::from(count))));
        row.push(match self.succeeded + self.failed {
            0 => Cell::Empty,
            tried => Cell::Text(format!("{}%", self.succeeded * 100 / tried)),
        });
        row.push(median(self.took.clone()).map_or(Cell::Empty, Cell::Duration));
        row.push(Cell::Duration(self.saved));
        row
    }
}

fn text(books: &BTreeMap<&str, Book>, by_hand: Option<TimeDelta>) -> String {
    let sum = |count: fn(&Book) -> u32| books.values().map(count).sum::<u32>();
    let (succeeded, failed) = (sum(|it| it.succeeded), sum(|it| it.failed));
    if succeeded + failed == 0 {
        return "No runbook was tried in this time.".to_owned();
    }
    let saved: TimeDelta = books.values().map(|book| book.saved).sum();
    let whole = |it: TimeDelta| duration::format(TimeDelta::seconds(it.num_seconds()));
    let against = by_hand.map_or_else(
        || "nothing was mended by hand to compare with".to_owned(),
        |hand| format!("{} saved against {} by hand", whole(saved), whole(hand)),
    );
    format!("{succeeded} of {} runs that were tried succeeded; {against}.", succeeded + failed)
}
