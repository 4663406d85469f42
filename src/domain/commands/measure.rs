//! What a column's values weigh: severities, ages, numbers, and the conditions that people set.

use chrono::{DateTime, Utc};

use super::filter::{self, Condition, Op};
use super::values::{Cell, Kind, shown};
use crate::domain::duration;

/// How bad a severity is, whoever's words it is in: the larger, the worse; 0 is no severity.
#[must_use]
pub fn weight(text: &str) -> u8 {
    let text = text.to_lowercase();
    let digits = text.trim_start_matches("sev").trim_start_matches(['-', 'p']);
    if let Ok(number) = digits.parse::<u8>() {
        return 10_u8.saturating_sub(number);
    }
    match text.as_str() {
        "critical" | "emergency" | "fatal" | "alert" | "page" => 9,
        "error" | "high" | "major" | "urgent" => 8,
        "warning" | "warn" | "medium" | "average" => 7,
        "minor" | "low" | "notice" => 6,
        "info" | "information" | "none" | "ok" | "debug" => 5,
        _ => 0,
    }
}

/// Whether a row stays.
pub(super) type Test = Box<dyn Fn(&Cell) -> bool>;

/// The test that a condition makes of a column's values.
pub(super) fn test(
    condition: &Condition,
    kind: Kind,
    now: DateTime<Utc>,
) -> Result<Test, filter::Bad> {
    let Condition { column, op, value } = condition;
    let (value, op) = (value.clone(), *op);
    match op {
        Op::Like | Op::Unlike => {
            let regex = filter::regex(&value)?;
            Ok(Box::new(move |cell| regex.is_match(&shown(Some(cell))) == (op == Op::Like)))
        }
        Op::Equal | Op::NotEqual if matches!(kind, Kind::Text | Kind::Severity) => {
            Ok(Box::new(move |cell| (shown(Some(cell)) == value) == (op == Op::Equal)))
        }
        Op::Equal | Op::NotEqual | Op::AtLeast | Op::AtMost | Op::Greater | Op::Less => {
            let wanted = wanted(column, &value, kind)?;
            Ok(Box::new(move |cell| {
                measured(cell, kind, now).is_some_and(|it| holds(op, it, wanted))
            }))
        }
    }
}

/// The number behind a value that was typed.
fn wanted(column: &str, value: &str, kind: Kind) -> Result<f64, filter::Bad> {
    let bad = |what: &str| filter::Bad(format!("{column} is compared with {what}, not {value:?}"));
    match kind {
        Kind::Number | Kind::Text => value.parse().map_err(|_| bad("a number")),
        Kind::Severity => match weight(value) {
            0 => Err(bad("a severity such as sev2 or critical")),
            weight => Ok(f64::from(weight)),
        },
        Kind::Time | Kind::Duration => {
            let length = duration::parse(value).map_err(|_| bad("a length of time such as 10m"))?;
            #[expect(clippy::cast_precision_loss, reason = "a century of milliseconds fits")]
            Ok(length.num_milliseconds() as f64)
        }
    }
}

/// The number behind a value of the table: for a moment, its age.
#[expect(clippy::cast_precision_loss, reason = "a century of milliseconds fits")]
fn measured(cell: &Cell, kind: Kind, now: DateTime<Utc>) -> Option<f64> {
    match cell {
        Cell::Empty => None,
        Cell::Text(text) if kind == Kind::Severity => Some(f64::from(weight(text))),
        Cell::Text(text) => text.parse().ok(),
        Cell::Number(number) => Some(*number),
        Cell::Time(at) => Some((now - *at).num_milliseconds() as f64),
        Cell::Duration(length) => Some(length.num_milliseconds() as f64),
    }
}

fn holds(op: Op, value: f64, wanted: f64) -> bool {
    match op {
        Op::Equal | Op::Like => value.total_cmp(&wanted).is_eq(),
        Op::NotEqual | Op::Unlike => value.total_cmp(&wanted).is_ne(),
        Op::AtLeast => value >= wanted,
        Op::AtMost => value <= wanted,
        Op::Greater => value > wanted,
        Op::Less => value < wanted,
    }
}
