//! `my shifts`: when somebody, or a schedule, is on duty next.

use chrono::TimeDelta;

use super::prelude::*;
use crate::domain::commands::Place;
use crate::domain::duration;
use crate::domain::messages::oncall as say;
use crate::domain::oncall::{Shift, shifts_of};

/// How far ahead shifts are shown where nobody says.
const AHEAD: TimeDelta = TimeDelta::days(30);
/// How far ahead shifts are shown at most.
const FAR: TimeDelta = TimeDelta::days(366);
/// Shifts in one answer: what fits a telephone.
const SHOWN_MAX: usize = 20;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["my"],
        usage: "my shifts [@ana or cms] [30d]",
        help: "When you, somebody else or a schedule is on call next",
        examples: &["my shifts", "shifts @ana", "shifts cms 14d"],
        is_private: true,
        ..Spec::reads("shifts", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.keyword("shifts");
    args.keyword("for");
    let is_me = args.keyword("me");
    let length = args.duration();
    let who = if is_me { None } else { args.next_word().map(|word| word.text) };
    let length = length.or_else(|| args.duration()).unwrap_or(AHEAD).min(FAR);
    args.end(COMMAND.spec.usage)?;
    let shown_who = who.as_deref().map_or_else(|| "me".to_owned(), shown_name);
    let text = format!("{shown_who} {}", duration::format(length));
    Ok(Plan::new(text, async move |desk: Desk| {
        let who = who.unwrap_or_else(|| desk.by().to_string());
        Ok(Answer::text(list(&desk, &who, length)))
    }))
}

fn shown_name(who: &str) -> String {
    who.strip_prefix('@').map_or_else(|| shown(who), |name| format!("@{name}"))
}

fn list(desk: &Desk, who: &str, length: TimeDelta) -> String {
    let roster = desk.engine.roster();
    let range = (desk.now, desk.now + length);
    let schedule = roster.schedule_for(who).filter(|_| !who.starts_with('@'));
    let line = |(name, zone, shift): (_, _, Shift)| say::shift(name, &shift, zone);
    let lines: Vec<String> = match schedule.and_then(|name| roster.plans.schedules.get(name)) {
        Some(schedule) => {
            let name = schedule.at.name.as_str();
            let shifts = schedule.shifts(range, &roster.overrides(name)).into_iter();
            shifts.take(SHOWN_MAX).map(|shift| line((name, schedule.zone, shift))).collect()
        }
        None => {
            let who = who.trim_start_matches('@');
            shifts_of(&roster, who, range).into_iter().take(SHOWN_MAX).map(line).collect()
        }
    };
    if lines.is_empty() {
        return say::no_shifts(who.trim_start_matches('@'), length.num_days());
    }
    lines.join("\n")
}

/// The schedule that a word means, or the one of the room's service.
pub(super) fn schedule_word(args: &mut Args<'_>) -> Option<String> {
    let is_word = |word: &Word| word.key.is_none() && !word.text.starts_with('@');
    let word = args.next_if(is_word).map(|word| word.text);
    let here = |place: &Place| place.label("service").map(ToString::to_string);
    word.or_else(|| here(args.place()))
}
