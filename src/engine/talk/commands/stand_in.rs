//! `override`, `swap` and `handover`: somebody else is on call for a while.

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::{CompactString, format_compact};

use super::prelude::*;
use super::shifts::schedule_word;
use super::who::when;
use crate::domain::duration;
use crate::domain::messages::oncall as say;
use crate::domain::oncall::{Override, Roster, Schedule, Shift, When};

/// The longest override: a longer one is a change of the schedule.
const LONGEST: TimeDelta = TimeDelta::days(60);
/// How far ahead the shifts of a swap are looked for.
const FAR: TimeDelta = TimeDelta::days(120);

/// Somebody stands in.
pub(super) const OVERRIDE: Command = Command {
    spec: Spec {
        usage: "override cms @ben 2h [at 18:00] [for @ana]",
        help: "Put somebody on call for a while, in place of whoever is",
        examples: &["override cms @ben 2h", "override cms @me 8h at 22:00", "override end ID"],
        ..Spec::changes("override", Topic::Act)
    },
    read: read_override,
};

/// Two people take each other's next shift.
pub(super) const SWAP: Command = Command {
    spec: Spec {
        usage: "swap cms @ana @ben",
        help: "Two people take each other's next shift",
        examples: &["swap cms @ana @ben", "swap cms @me @ben"],
        ..Spec::changes("swap", Topic::Act)
    },
    read: read_swap,
};

/// Somebody takes over now.
pub(super) const HANDOVER: Command = Command {
    spec: Spec {
        usage: "handover cms @ben",
        help: "Hand the rest of the shift to somebody, with what is open",
        examples: &["handover cms @ben", "handover @ben"],
        ..Spec::changes("handover", Topic::Act)
    },
    read: read_handover,
};

fn read_override(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(OVERRIDE.spec.usage));
    if args.keyword("end") {
        let id = args.next_word().ok_or_else(usage)?.text;
        args.end(OVERRIDE.spec.usage)?;
        return Ok(Plan::new(format!("end {}", shown(&id)), async move |desk: Desk| {
            let old = desk.engine.end_override(&id).await?;
            Ok(Answer::text(say::stands_in_no_more(&old)))
        }));
    }
    let word = schedule_word(args).ok_or_else(usage)?;
    let person = args.person(OVERRIDE.spec.usage)?;
    args.keyword("for");
    let length = args.duration().ok_or_else(usage)?;
    let at = if args.keyword("at") || args.keyword("from") { Some(when(args)?) } else { None };
    let other = if args.keyword("for") || args.keyword("instead_of") {
        Some(args.person(OVERRIDE.spec.usage)?)
    } else {
        None
    };
    args.end(OVERRIDE.spec.usage)?;
    if length > LONGEST {
        return Err(Mistake::new(say::too_long_override(LONGEST.num_days())));
    }
    let mut text = format!("{} @{person} {}", shown(&word), duration::format(length));
    if let Some(at) = &at {
        text.push_str(&format!(" at {at}"));
    }
    if let Some(other) = &other {
        text.push_str(&format!(" for @{other}"));
    }
    let target = Target::Named(word.clone());
    let plan = Plan::new(text, async move |desk: Desk| {
        let line = |near: &str| format!("override {word} @{near} {}", duration::format(length));
        let roster = desk.engine.roster();
        let schedule = schedule(&roster, &word)?;
        let from = at.map_or(desk.now, |at: When| at.resolve(desk.now, schedule.zone));
        let person = someone(&desk, &person, line)?;
        let instead_of = other.map(|other| someone(&desk, &other, line)).transpose()?;
        let one = made(&desk, schedule, (person, instead_of), (from, from + length));
        put(&desk, one, schedule).await
    });
    Ok(plan.about(target))
}

fn read_swap(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(SWAP.spec.usage));
    let word = schedule_word(args).ok_or_else(usage)?;
    let one = args.person(SWAP.spec.usage)?;
    args.keyword("with");
    let other = args.person(SWAP.spec.usage)?;
    args.end(SWAP.spec.usage)?;
    let text = format!("{} @{one} @{other}", shown(&word));
    let target = Target::Named(word.clone());
    let plan = Plan::new(text, async move |desk: Desk| {
        let roster = desk.engine.roster();
        let schedule = schedule(&roster, &word)?;
        let line = |near: &str| format!("swap {word} @{near}");
        let (one, other) = (someone(&desk, &one, line)?, someone(&desk, &other, line)?);
        let shifts =
            schedule.shifts((desk.now, desk.now + FAR), &roster.overrides(&schedule.at.name));
        let (first, second) = (next_of(&shifts, &one)?, next_of(&shifts, &other)?);
        let mut lines = Vec::new();
        for (shift, whose, who) in [(first, &one, &other), (second, &other, &one)] {
            let pair = (who.clone(), Some(whose.clone()));
            let new = made(&desk, schedule, pair, (shift.from, shift.until));
            lines.push(put(&desk, new, schedule).await?.text);
        }
        Ok(Answer::text(lines.join("\n")))
    });
    Ok(plan.about(target))
}

fn read_handover(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(HANDOVER.spec.usage));
    let word = schedule_word(args).ok_or_else(usage)?;
    args.keyword("to");
    let person = args.person(HANDOVER.spec.usage)?;
    args.end(HANDOVER.spec.usage)?;
    let text = format!("{} @{person}", shown(&word));
    let target = Target::Named(word.clone());
    let plan = Plan::new(text, async move |desk: Desk| {
        let roster = desk.engine.roster();
        let schedule = schedule(&roster, &word)?;
        let person = someone(&desk, &person, |near| format!("handover {word} @{near}"))?;
        let name = &schedule.at.name;
        let (_, next) = schedule.now_and_next(desk.now, &roster.overrides(name));
        let until = next.map_or(desk.now + LONGEST, |next| next.from);
        let one = made(&desk, schedule, (person.clone(), None), (desk.now, until));
        put(&desk, one, schedule).await?;
        let found = desk.engine.incidents(None, 200).await?;
        let open = found.iter().filter(|view| {
            use crate::domain::incident::Phase;
            matches!(view.phase, Phase::Triggered | Phase::Acknowledged)
        });
        let open: Vec<String> = open.map(|it| format!("#{} {}", it.number, it.title)).collect();
        let until = say::local(until, schedule.zone);
        Ok(Answer::text(say::handover(&person, name, &until, &open)))
    });
    Ok(plan.about(target))
}

fn schedule<'a>(roster: &'a Roster, word: &str) -> Result<&'a Schedule, Trouble> {
    let schedules = &roster.plans.schedules;
    let found = roster.schedule_for(word).and_then(|name| schedules.get(name));
    found.ok_or_else(|| {
        let known: Vec<&str> = schedules.keys().map(CompactString::as_str).collect();
        let text = if known.is_empty() {
            say::no_schedules()
        } else {
            say::unknown_schedule(word, &known)
        };
        Trouble::Mistaken(Mistake::new(text))
    })
}

fn someone(
    desk: &Desk,
    name: &CompactString,
    line: impl Fn(&str) -> String,
) -> Result<CompactString, Trouble> {
    if name == "me" { Ok(desk.by()) } else { desk.person(name, line) }
}

fn next_of<'a>(shifts: &'a [Shift], person: &CompactString) -> Result<&'a Shift, Trouble> {
    let found = shifts.iter().find(|shift| shift.duty.people.contains(person));
    found.ok_or_else(|| Trouble::Refused(say::no_shifts(person, FAR.num_days())))
}

fn made(
    desk: &Desk,
    schedule: &Schedule,
    (person, instead_of): (CompactString, Option<CompactString>),
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Override {
    let name = &schedule.at.name;
    // Short enough to be typed again; two of one second and person are the same wish.
    let hash =
        crate::domain::ids::Fnv::default().with(desk.engine.new_id("override").as_bytes()).finish();
    let id = format_compact!("{name}-{:06x}", hash & 0x00ff_ffff);
    let schedule = name.clone();
    Override { id, schedule, person, instead_of, from, until, by: desk.by(), made_at: desk.now }
}

async fn put(desk: &Desk, one: Override, schedule: &Schedule) -> Result<Answer, Trouble> {
    let met = desk.engine.put_override(one.clone()).await?;
    let text = say::stands_in(&one, &met, schedule.zone);
    Ok(Answer::text(text).offer("Take it back", format!("override end {}", one.id)))
}
