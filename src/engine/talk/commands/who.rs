//! `who is on call`: by the schedules, now or at any time.

use super::prelude::*;
use crate::domain::access::Action;
use crate::domain::messages::oncall as say;
use crate::domain::oncall::{Roster, When, people_of};

/// Schedules that one answer lists: more is a page's, not a post's.
const LISTED_MAX: usize = 20;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["oncall", "on-call"],
        usage: "who is on call [for cms] [at 18:00], who can deploy cms [production]",
        help: "Who is on call, until when, and who comes next; or who may do something",
        examples: &["who is on call", "oncall cms at 2026-12-24T18:00", "who can run cms"],
        ..Spec::reads("who", Topic::About)
    },
    read,
};

/// `who can deploy cms`.
fn who_can(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let verb = args.next_if(|word| word.key.is_none()).ok_or_else(usage)?.text;
    let resource = args.next_if(|word| word.key.is_none()).map(|word| word.text);
    let resource = resource.map(|it| it.trim_end_matches('?').to_owned()).unwrap_or_default();
    args.keyword("in");
    let environment = args.next_if(|word| word.key.is_none()).map(|word| word.text);
    let environment = environment.map(|it| it.trim_end_matches('?').to_owned()).unwrap_or_default();
    args.rest();
    let words =
        [verb.as_str(), &resource, &environment].into_iter().filter(|word| !word.is_empty());
    let text = words.map(shown).collect::<Vec<_>>().join(" ");
    Ok(Plan::new(format!("can {text}"), async move |desk: Desk| {
        desk.engine.look_at_grants().await;
        let (resource, environment) = (resource.as_str(), environment.as_str());
        let action = Action { verb: &verb, resource, environment, changes: true };
        let holders = desk.engine.directory().rights.holders_and_why(&action, desk.now);
        Ok(Answer::text(messages::who_can(&text, &holders)))
    }))
}

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    if args.keyword("can") {
        return who_can(args);
    }
    for word in ["is", "on", "call", "call?"] {
        args.keyword(word);
    }
    args.keyword("for");
    let wanted = args.next_if(|word| !word.text.eq_ignore_ascii_case("at") && word.key.is_none());
    let wanted = wanted.map(|word| word.text.trim_end_matches('?').to_owned());
    let wanted = wanted.filter(|word| !word.is_empty());
    let at = if args.keyword("at") { Some(when(args)?) } else { None };
    args.end(COMMAND.spec.usage)?;
    let wanted = wanted.or_else(|| args.place().label("service").map(ToString::to_string));
    let text = match &wanted {
        None => "is on call".to_owned(),
        Some(wanted) => format!("is on call for {}", shown(wanted)),
    };
    let text = at.as_ref().map_or(text.clone(), |at| format!("{text} at {at}"));
    Ok(Plan::new(text, async move |desk: Desk| {
        let roster = desk.engine.roster();
        let lines = lines(&roster, wanted.as_deref(), at.as_ref(), &desk);
        if lines.is_empty() {
            Ok(unscheduled(&desk, wanted.as_deref()))
        } else {
            Ok(Answer::text(lines.join("\n")))
        }
    }))
}

/// A time, as people type it.
pub(super) fn when(args: &mut Args<'_>) -> Result<When, Mistake> {
    let word = args.next_word().map(|word| word.text.trim_end_matches('?').to_owned());
    let bad = || Mistake::new(say::no_time());
    word.ok_or_else(bad)?.parse().map_err(|_| bad())
}

fn lines(roster: &Roster, wanted: Option<&str>, at: Option<&When>, desk: &Desk) -> Vec<String> {
    let all: Vec<_> = match wanted.and_then(|word| roster.schedule_for(word)) {
        Some(name) => vec![name],
        None if wanted.is_none() => roster.plans.schedules.keys().collect(),
        None => Vec::new(),
    };
    let line = |name: &compact_str::CompactString| {
        let schedule = roster.plans.schedules.get(name)?;
        let at = at.map_or(desk.now, |at| at.resolve(desk.now, schedule.zone));
        let (duty, next) = schedule.now_and_next(at, &roster.overrides(name));
        Some(say::duty(name, &duty, next.as_ref(), schedule.zone))
    };
    all.into_iter().take(LISTED_MAX).filter_map(line).collect()
}

/// No schedule is meant: a policy that wakes people by name, or what the rules page.
fn unscheduled(desk: &Desk, wanted: Option<&str>) -> Answer {
    let roster = desk.engine.roster();
    if let Some(escalation) = wanted.and_then(|word| roster.escalation(word)) {
        return Answer::text(say::policy(escalation, &people_of(&roster, escalation, desk.now)));
    }
    let book = desk.engine.book.load();
    let about = |rule: &&crate::domain::rules::Rule| {
        wanted.is_none_or(|wanted| {
            rule.at.name.contains(wanted)
                || rule.page.as_ref().is_some_and(|page| page == wanted)
                || rule.matchers.iter().any(|it| it.name() == "service" && it.matches_value(wanted))
        })
    };
    let pages: std::collections::BTreeSet<(String, String)> = book
        .rules
        .iter()
        .filter(about)
        .filter_map(|rule| Some((rule.page.as_ref()?.to_string(), rule.at.name.to_string())))
        .collect();
    let pages: Vec<(String, String)> = pages.into_iter().collect();
    Answer::text(messages::on_call(wanted, &pages))
}
