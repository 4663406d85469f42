//! A schedule as iCalendar (<https://www.rfc-editor.org/rfc/rfc5545>): every shift an event.

use chrono::{DateTime, Utc};

use super::schedule::Schedule;
use super::shifts::Shift;
use crate::domain::ids::Fnv;

/// Octets of a line without its end, RFC 5545 §3.1.
const LINE_MAX: usize = 75;

/// The shifts of a schedule as a calendar that programs subscribe to. Shifts of nobody are left out.
#[must_use]
pub fn ics(schedule: &Schedule, shifts: &[Shift], now: DateTime<Utc>) -> String {
    let mut out = String::new();
    let title = format!("On call: {}", schedule.at.name);
    let head = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//warroom//on call//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        format!("X-WR-CALNAME:{}", escape(&title)),
        format!("X-WR-TIMEZONE:{}", schedule.zone.name()),
        // Hand-offs change seldom; overrides should be seen within the hour.
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H".to_owned(),
    ];
    head.iter().for_each(|text| line(&mut out, text));
    for shift in shifts.iter().filter(|shift| !shift.duty.people.is_empty()) {
        event(&mut out, schedule, shift, now);
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn event(out: &mut String, schedule: &Schedule, shift: &Shift, now: DateTime<Utc>) {
    let time = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let people = shift.duty.people.join(", ");
    let uid = Fnv::default()
        .with(schedule.at.name.as_bytes())
        .with(people.as_bytes())
        .with(time(shift.from).as_bytes())
        .finish();
    let lines = [
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{uid:016x}@warroom"),
        format!("DTSTAMP:{}", time(now)),
        format!("DTSTART:{}", time(shift.from)),
        format!("DTEND:{}", time(shift.until)),
        format!("SUMMARY:{}", escape(&format!("{people} on call ({})", schedule.at.name))),
        "TRANSP:TRANSPARENT".to_owned(),
        "END:VEVENT".to_owned(),
    ];
    lines.iter().for_each(|text| line(out, text));
}

/// Text values escape what separates values, RFC 5545 §3.3.11.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Writes a line, folded where it is too long.
fn line(out: &mut String, text: &str) {
    let mut length = 0;
    for c in text.chars() {
        if length + c.len_utf8() > LINE_MAX {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out.push_str("\r\n");
}
