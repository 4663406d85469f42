//! `grant`: give somebody a right for a while.

use super::prelude::*;
use crate::domain::access::Subject;
use crate::domain::messages::grants as say;
use crate::domain::oncall::{Edge, Ending};
use crate::engine::grants::Gift;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "grant deploy:cms [in production] to @jo until friday",
        help: "Give somebody a right that you hold, until that day is over",
        examples: &[
            "grant deploy:cms in production to @jo until friday",
            "grant ack:shop to team:web for 2h",
        ],
        ..Spec::changes("grant", Topic::About)
    },
    read,
};

/// Rights that only the configuration gives: whoever was given something gives nothing further.
const NEVER: [&str; 2] = ["grant", "revoke"];

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let right = right(args, COMMAND.spec.usage, "to")?;
    let is_timed = args.keyword("until") || args.keyword("for");
    let ending = args.next_word().filter(|word| is_timed && word.key.is_none());
    let ending: Ending = ending.and_then(|word| word.text.parse().ok()).ok_or_else(usage)?;
    args.end(COMMAND.spec.usage)?;
    if NEVER.contains(&right.verb.as_str()) {
        return Err(Mistake::new(say::not_to_be_given(&right.verb)));
    }
    if !super::ALL.iter().any(|it| it.spec.name == right.verb && it.spec.changes) {
        return Err(Mistake::new(say::no_right(&right.verb)));
    }
    let target = right.target();
    let plan =
        Plan::new(format!("{} until {ending}", right.written("to")), async move |desk: Desk| {
            right.check_subject(&desk)?;
            let until = ending.resolve(desk.now, zone_of(&desk), Edge::Night);
            let gift = right.gift(&desk, until);
            desk.engine.give(&desk.actor, gift).await?;
            let text = say::given(&right.to.to_string(), &right.shown(), until);
            let back = format!("revoke {}", right.written("from"));
            Ok(Answer::text(text).offer("Take it back", back))
        });
    Ok(plan.about(target))
}

/// Whoever types means their own clock.
pub(super) fn zone_of(desk: &Desk) -> chrono_tz::Tz {
    let roster = desk.engine.roster();
    roster.reaches.get(&desk.actor.name).map_or(chrono_tz::Tz::UTC, |reach| reach.zone)
}

/// A right and whom it is about.
pub(super) struct Right {
    verb: String,
    resource: String,
    environment: String,
    to: Subject,
}

/// Reads `deploy:cms in production to @jo`.
pub(super) fn right(args: &mut Args<'_>, usage: &str, link: &str) -> Result<Right, Mistake> {
    let missing = || Mistake::new(messages::usage(usage));
    let is_plain = |text: &str| {
        let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        !text.is_empty() && text.len() <= 80 && text.chars().all(is_letter)
    };
    let word = args.next_word().filter(|word| word.key.is_none()).ok_or_else(missing)?.text;
    let (verb, resource) = word.split_once(':').ok_or_else(missing)?;
    let environment = match args.keyword("in") {
        true => args.next_word().filter(|word| word.key.is_none()).ok_or_else(missing)?.text,
        false => String::new(),
    };
    let is_named = is_plain(verb) && is_plain(resource);
    if !is_named || !(environment.is_empty() || is_plain(&environment)) || !args.keyword(link) {
        return Err(missing());
    }
    let whom = args.next_word().filter(|word| word.key.is_none()).ok_or_else(missing)?.text;
    let to = match whom.strip_prefix("team:") {
        Some(team) if is_plain(team) => Subject::Team(team.into()),
        _ => {
            let name = Some(whom.trim_start_matches('@')).filter(|name| is_plain(name));
            Subject::Person(name.ok_or_else(missing)?.into())
        }
    };
    let (verb, resource) = (verb.to_lowercase(), resource.to_owned());
    Ok(Right { verb, resource, environment, to })
}

impl Right {
    /// As it is typed, with `to` or `from` before the person.
    pub(super) fn written(&self, link: &str) -> String {
        format!("{} {link} {}", self.shown(), self.to)
    }

    pub(super) fn shown(&self) -> String {
        say::right(&self.verb, &self.resource, &self.environment)
    }

    pub(super) fn target(&self) -> Target {
        Target::Placed(self.resource.clone(), self.environment.clone())
    }

    pub(super) fn gift(&self, desk: &Desk, until: chrono::DateTime<chrono::Utc>) -> Gift {
        Gift {
            to: self.to.clone(),
            verb: self.verb.as_str().into(),
            resource: self.resource.as_str().into(),
            environment: self.environment.as_str().into(),
            by: desk.by(),
            at: desk.now,
            until,
        }
    }

    /// Only people and teams of the configuration hold anything.
    fn check_subject(&self, desk: &Desk) -> Result<(), Trouble> {
        let directory = desk.engine.directory();
        match &self.to {
            Subject::Person(name) if !directory.people.contains_key(name) => {
                let known = directory.people.keys().map(compact_str::CompactString::as_str);
                let near = crate::domain::commands::near(name, known);
                Err(Trouble::Mistaken(Mistake::new(messages::nobody(name, &near))))
            }
            Subject::Team(name) if !directory.teams.contains_key(name) => {
                Err(Trouble::Refused(say::no_team(name)))
            }
            Subject::Person(_) | Subject::Team(_) | Subject::Everybody => Ok(()),
        }
    }
}
