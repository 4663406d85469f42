//! Which time a graph shows.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::bad::Bad;
use super::context::Context;
use super::graph::{Value, Values};
use super::plan::Window;
use super::request::{Moment, RANGE_MAX, Request, Span};
use super::step;
use crate::domain::duration;

/// What is shown when nobody says which time and no incident does.
const USUAL: TimeDelta = TimeDelta::hours(1);
/// What is shown before an incident, at least: how it was when all was well.
const LEAD_MIN: TimeDelta = TimeDelta::minutes(1);
/// What is shown before one that took minutes.
const LEAD_SHORT: TimeDelta = TimeDelta::minutes(10);
/// At most.
const LEAD_MAX: TimeDelta = TimeDelta::hours(6);

/// Which time is shown, and how the full command says it.
pub(super) fn time(
    request: &Request,
    context: &Context,
    now: DateTime<Utc>,
    zone: Tz,
) -> Result<(Span, DateTime<Utc>, DateTime<Utc>), Bad> {
    let at = |moment: Moment| {
        moment.resolve(now, zone).ok_or_else(|| {
            Bad::new(format!("{moment} is no moment on the clock of {}.", zone.name()))
        })
    };
    let span = match (request.span, context.since) {
        (Some(Span::Incident), None) => {
            let why = "`incident` means the incident of a room, and this is no incident's room.";
            return Err(Bad::new(why).instead("graph latency cms 1h"));
        }
        (Some(Span::Incident) | None, Some(since)) => incident(since, context.until, now),
        (Some(span), _) => span,
        (None, None) => Span::Last(USUAL),
    };
    let (from, to) = match span {
        Span::Last(length) => (now - length, now),
        Span::Between(from, to) => (at(from)?, at(to)?),
        Span::Since(from) => (at(from)?, now),
        Span::Around(middle, length) => (at(middle)? - length, at(middle)? + length),
        Span::Incident => (now - USUAL, now),
    };
    if from >= now {
        return Err(Bad::new("That time has not come yet: nothing was measured."));
    }
    let to = to.min(now);
    if to - from < TimeDelta::seconds(1) {
        return Err(Bad::new("That time has no length: its beginning must be before its end."));
    }
    if to - from > RANGE_MAX {
        return Err(Bad::new("That time is too long to be drawn: the longest range is a year."));
    }
    Ok((span, from, to))
}

/// The incident with what was before it, to see what changed.
fn incident(since: DateTime<Utc>, until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Span {
    let end = until.unwrap_or(now);
    let took = end - since;
    let lead = (took / 4).max((took * 2).min(LEAD_SHORT)).clamp(LEAD_MIN, LEAD_MAX);
    let from = (since - lead).max(now - RANGE_MAX);
    // Whole seconds: people may type them again.
    let whole = |at: DateTime<Utc>| {
        DateTime::from_timestamp(at.timestamp(), 0).map_or(Moment::Now, Moment::At)
    };
    match until {
        Some(until) if until + LEAD_SHORT < now => {
            Span::Between(whole(from), whole(until + lead.min(LEAD_SHORT)))
        }
        Some(_) | None => Span::Since(whole(from)),
    }
}
/// The times that templates may use.
pub(super) fn know_time(values: &mut Values, window: Window, scrape: TimeDelta) {
    let Window { from, to, step } = window;
    let (rate, range) = (step::rate(step, scrape), to - from);
    let text = |length: TimeDelta| duration::format(length);
    let whole = TimeDelta::seconds(range.num_seconds());
    for (name, value) in [
        ("step", text(step)),
        ("rate", text(rate)),
        ("range", text(whole)),
        ("__interval", text(step)),
        ("__interval_ms", step.num_milliseconds().to_string()),
        ("__rate_interval", text(rate)),
        ("__range", text(whole)),
        ("__range_s", whole.num_seconds().to_string()),
        ("__range_ms", whole.num_milliseconds().to_string()),
    ] {
        values.entry(name.into()).or_insert_with(|| Value::one(value));
    }
}
