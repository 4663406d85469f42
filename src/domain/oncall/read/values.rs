//! Readers of names, targets, hours, dates and ways.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;

use crate::domain::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::domain::files::{Fields, Node, Value, duration, list, table, text};
use crate::domain::noise::interval::{Day, TimeOfDay};
use crate::domain::oncall::escalation::{Quiet, Target, Way};
use crate::domain::oncall::hours::{Hours, Span};

/// Characters of a name: it is typed in commands.
const NAME_MAX: usize = 40;
/// Days by the names that authors write, in their order.
const DAYS: [(&str, Day); 7] = [
    ("mon", Day::Mon),
    ("tue", Day::Tue),
    ("wed", Day::Wed),
    ("thu", Day::Thu),
    ("fri", Day::Fri),
    ("sat", Day::Sat),
    ("sun", Day::Sun),
];

/// A time that an author wrote: on the schedule's clock, or as an instant.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    Local(NaiveDateTime),
    Instant(DateTime<Utc>),
}

pub(super) fn name(node: &Node, out: &mut Diagnostics) -> Option<CompactString> {
    let name = text(node, out)?;
    let name = name.strip_prefix('@').unwrap_or(&name);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if !name.is_empty() && name.len() <= NAME_MAX && name.chars().all(is_plain) {
        return Some(name.into());
    }
    let fault = format!("{name:?} cannot be a name");
    let help = format!("use up to {NAME_MAX} letters, digits, `-`, `_` and `.`");
    out.push(Diagnostic::error(&node.place, fault).label("not a name").help(help));
    None
}

pub(super) fn targets(node: &Node, out: &mut Diagnostics) -> Option<Vec<Target>> {
    list(|node, out| {
        let written = text(node, out)?;
        written
            .parse()
            .map_err(|bad: crate::domain::oncall::escalation::BadTarget| {
                out.push(Diagnostic::error(&node.place, bad.to_string()).label("names nobody"));
            })
            .ok()
    })(node, out)
}

pub(super) fn zone(node: &Node, out: &mut Diagnostics) -> Option<Tz> {
    let name = text(node, out)?;
    name.parse()
        .map_err(|_| {
            let fault = format!("`{name}` is no time zone");
            let help = did_you_mean(&name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
            let help = help.unwrap_or_else(|| "write it as IANA does: \"Europe/Berlin\"".into());
            out.push(Diagnostic::error(&node.place, fault).label("not a zone").help(help));
        })
        .ok()
}

/// Words for severities.
pub fn severities(node: &Node, out: &mut Diagnostics) -> Option<Vec<CompactString>> {
    list(|node, out| text(node, out).map(CompactString::from))(node, out)
}

/// The `hours` and `days` of a table.
pub fn hours(fields: &mut Fields<'_>) -> Hours {
    let spans = fields.list("hours", span);
    let days = fields.list("days", days).into_iter().flatten().collect();
    Hours { days, spans }
}

fn span(node: &Node, out: &mut Diagnostics) -> Option<Span> {
    let written = text(node, out)?;
    let time = |text: &str| text.trim().parse::<TimeOfDay>().ok();
    let span = written.split_once('-').and_then(|(from, to)| {
        let (from, to) = (time(from)?, time(to)?);
        (from.minutes() < 1440).then_some(Span { from, to })
    });
    if span.is_none() {
        let fault = format!("`{written}` are no hours");
        let help = "write them like \"08:00-20:00\"; \"20:00-08:00\" goes over midnight".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("not hours").help(help));
    }
    span
}

/// `mon`, or `mon-fri`; `fri-mon` goes over the weekend.
fn days(node: &Node, out: &mut Diagnostics) -> Option<Vec<Day>> {
    let written = text(node, out)?.to_ascii_lowercase();
    let place = |name: &str| DAYS.iter().position(|(known, _)| *known == name.trim());
    let (first, last) = written.split_once('-').unwrap_or((&written, &written));
    let (Some(first), Some(last)) = (place(first), place(last)) else {
        let fault = format!("`{written}` is no day");
        let help = "write mon, tue, wed, thu, fri, sat, sun, or mon-fri".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("not a day").help(help));
        return None;
    };
    let count = (last + DAYS.len() - first) % DAYS.len() + 1;
    Some(DAYS.iter().cycle().skip(first).take(count).map(|(_, day)| *day).collect())
}

fn written(node: &Node, out: &mut Diagnostics) -> Option<String> {
    if let Value::Time(time) = &node.value { Some(time.clone()) } else { text(node, out) }
}

pub(super) fn date(node: &Node, out: &mut Diagnostics) -> Option<NaiveDate> {
    let written = written(node, out)?;
    let date = NaiveDate::parse_from_str(&written, "%Y-%m-%d").ok();
    if date.is_none() {
        let fault = format!("`{written}` is no day of the calendar");
        out.push(Diagnostic::error(&node.place, fault).label("write it like 2026-12-24"));
    }
    date
}

/// A day that is not like others.
pub(super) enum Holiday {
    Once(NaiveDate),
    /// Its month and day.
    Yearly(u32, u32),
}

/// A day, or one of each year: `12-25`.
pub(super) fn holiday(node: &Node, out: &mut Diagnostics) -> Option<Holiday> {
    if let Value::Text(text) | Value::Bare(text) = &node.value
        && let Ok(date) = NaiveDate::parse_from_str(&format!("2024-{text}"), "%Y-%m-%d")
    {
        use chrono::Datelike;
        return Some(Holiday::Yearly(date.month(), date.day()));
    }
    date(node, out).map(Holiday::Once)
}

/// A date and a time, on the schedule's clock unless it says which.
pub(super) fn moment(node: &Node, out: &mut Diagnostics) -> Option<At> {
    let written = written(node, out)?;
    if let Ok(instant) = DateTime::parse_from_rfc3339(&written) {
        return Some(At::Instant(instant.to_utc()));
    }
    let forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let found = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(&written, form).ok());
    if found.is_none() {
        let fault = format!("`{written}` is no date and time");
        let help = "write it like \"2026-12-24 18:00\", on the schedule's clock".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("when?").help(help));
    }
    found.map(At::Local)
}

/// A person's contacts, in the order in which they are tried.
pub fn ways(node: &Node, out: &mut Diagnostics) -> Option<Vec<Way>> {
    list(|node, out| {
        table(node, "contacts", out, |fields| {
            let pager = fields.required("pager", text);
            let address = fields.required("address", text);
            let after = fields.optional("after", duration).unwrap_or(TimeDelta::zero());
            let severity = fields.optional("severity", severities).unwrap_or_default();
            Some(Way { pager: pager?.into(), address: address?.into(), after, severity })
        })
        .flatten()
    })(node, out)
}

/// When a person is left alone.
pub fn quiet(node: &Node, out: &mut Diagnostics) -> Option<Vec<Quiet>> {
    list(|node, out| {
        table(node, "quiet", out, |fields| {
            let severity = fields.optional("severity", severities).unwrap_or_default();
            Quiet { severity, hours: hours(fields) }
        })
    })(node, out)
}

/// The one place where a zone may be left out: then it is this one.
pub(super) fn zone_or_utc(fields: &mut Fields<'_>) -> Tz {
    fields.optional("zone", zone).unwrap_or(Tz::UTC)
}
