//! Schedules, policies and how a step is resolved.

mod calendar;
mod reading;
mod resolving;

use chrono::{DateTime, Utc};

use super::{Plans, Read};
use crate::domain::diagnostic::Diagnostics;
use crate::domain::rules::Ruleset;

/// What one file says, with what is wrong in it.
fn read(text: &str) -> (Plans, Diagnostics) {
    let (_, plans, out) = Ruleset::read(&[("rules/oncall.toml".into(), text.into())]);
    (plans, out)
}

/// What one file says that has nothing wrong in it.
fn plans(text: &str) -> Plans {
    let (plans, out) = read(text);
    assert!(out.is_empty(), "{out}");
    plans
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn nothing_read_is_nothing_planned() {
    let mut out = Diagnostics::default();
    assert_eq!(Read::default().finish(&mut out), Plans::default());
    assert!(out.is_empty());
}
