//! Happenings in the words of tests: `page ana by phone`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::incident::HeldBy;
use crate::domain::oncall::Contact;
use crate::domain::scenario::Kind;
use crate::engine::rehearsal::{Happening, Seen, Why};

/// Something that happened, as a test would want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// In whole seconds after the beginning: moments between are the program's own.
    pub(super) after: TimeDelta,
    pub(super) kind: Kind,
    pub(super) said: String,
    /// It changes something that people have seen before, and wakes nobody.
    pub(super) is_edit: bool,
}

/// The lines of a record. What no test can want is left out.
pub(super) fn lines(record: &[Seen], start: DateTime<Utc>) -> Vec<Line> {
    let mut parameters = BTreeMap::new();
    let line = |seen: &Seen| {
        let after = TimeDelta::seconds((seen.at - start).num_seconds());
        let (kind, said) = words(&seen.what, &mut parameters)?;
        let is_edit = matches!(seen.what, Happening::Post { is_edit: true, .. });
        Some(Line { after, kind, said, is_edit })
    };
    record.iter().filter_map(line).collect()
}

/// What runs were filled in with, by their number.
type Parameters = BTreeMap<u64, String>;

fn words(what: &Happening, parameters: &mut Parameters) -> Option<(Kind, String)> {
    Some(match what {
        Happening::Opened { rule, title, severity, .. } => {
            (Kind::Incident, format!("{} {severity} {title}", rule.name))
        }
        Happening::Room { name, .. } => (Kind::Room, name.clone()),
        Happening::Ticket { tracker, title, .. } => (Kind::Ticket, format!("{tracker} {title}")),
        Happening::Page { policy, to, .. } => (Kind::Page, page(policy, to.as_ref())),
        Happening::Post { room, text, .. } => (Kind::Post, post(room, text)),
        Happening::Graph { query, .. } => (Kind::Graph, query.clone()),
        Happening::Acknowledged { by, .. } => (Kind::Ack, by.to_string()),
        Happening::Resolved { number, .. } => (Kind::Resolve, number.0.to_string()),
        Happening::Closed { number } => (Kind::Close, number.0.to_string()),
        Happening::Reopened { number } => (Kind::Reopen, number.0.to_string()),
        Happening::Silenced { comment, .. } => (Kind::Silence, comment.clone()),
        Happening::Held { why, .. } => (Kind::Held, held(why)),
        Happening::Said { answer, .. } => (Kind::Answer, answer.clone()),
        Happening::Failed { effect, why } => (Kind::Failed, format!("{effect} {why}")),
        Happening::Escalated { .. } => return None,
        Happening::Run { .. }
        | Happening::Asked { .. }
        | Happening::Approved { .. }
        | Happening::Started { .. }
        | Happening::Step { .. }
        | Happening::Ended { .. } => return of_run(what, parameters),
    })
}

fn of_run(what: &Happening, parameters: &mut Parameters) -> Option<(Kind, String)> {
    let with = |run: &u64, runbook: &str, known: &Parameters| {
        let filled = known.get(run).map(String::as_str).unwrap_or_default();
        format!("{runbook}{filled}")
    };
    match what {
        Happening::Run { run, parameters: filled, .. } => {
            let filled = filled.iter().map(|(name, value)| format!(" {name}={value}"));
            parameters.insert(*run, filled.collect());
            None
        }
        Happening::Asked { run, runbook, .. } => Some((Kind::Ask, with(run, runbook, parameters))),
        Happening::Started { run, runbook } => Some((Kind::Run, with(run, runbook, parameters))),
        Happening::Step { name, .. } => Some((Kind::Step, name.to_string())),
        Happening::Ended { runbook, how, .. } => {
            Some((Kind::Ran, format!("{runbook} {}", how.word())))
        }
        _ => None,
    }
}

fn page(policy: &str, to: Option<&Contact>) -> String {
    match to {
        Some(Contact { person, pager, .. }) => format!("{person} by {pager}"),
        None => policy.to_owned(),
    }
}

fn post(room: &str, text: &str) -> String {
    let mark = if room.parse::<u64>().is_ok() { "" } else { "#" };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{mark}{room} {text}")
}

fn held(why: &Why) -> String {
    match why {
        Why::Held(HeldBy::NoRule) => "no-rule".to_owned(),
        Why::Held(HeldBy::Silence { comment, .. }) => format!("silence {comment}"),
        Why::Held(HeldBy::Inhibition { rule, .. }) => format!("inhibition {rule}"),
        Why::Held(HeldBy::Downtime) => "downtime".to_owned(),
        Why::Held(HeldBy::SourceFlapping) | Why::Flapping => "flapping".to_owned(),
        Why::Throttle { limit, .. } => format!("throttle {limit}"),
        Why::Storm => "storm".to_owned(),
    }
}
