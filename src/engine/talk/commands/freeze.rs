//! `freeze`: nothing begins for a while.

use chrono::TimeDelta;

use super::grant::zone_of;
use super::prelude::*;
use crate::domain::messages::freeze as say;
use crate::domain::oncall::{Edge, Ending};
use crate::domain::run::{Freeze, Policy};

/// The longest freeze from a room.
const LONGEST: TimeDelta = TimeDelta::days(90);

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "freeze cms [in production] until monday [why]",
        help: "Let no run begin on a service until then; what is under way goes on",
        examples: &["freeze cms until monday", "freeze cms in production for 2h migration"],
        ..Spec::changes("freeze", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let what = what(args, COMMAND.spec.usage)?;
    let is_timed = args.keyword("until") || args.keyword("for");
    let ending = args.next_word().filter(|word| is_timed && word.key.is_none());
    let ending: Ending = ending.and_then(|word| word.text.parse().ok()).ok_or_else(usage)?;
    let why = remark(args.rest());
    let mut text = format!("{} until {ending}", what.written());
    if !why.is_empty() {
        text.push_str(&format!(" {}", quoted(&why)));
    }
    let target = what.target();
    let plan = Plan::new(text, async move |desk: Desk| {
        let until = ending.resolve(desk.now, zone_of(&desk), Edge::Morning);
        if until <= desk.now || until > desk.now + LONGEST {
            return Err(Trouble::Refused(say::bad_end(LONGEST.num_days())));
        }
        let freeze = Freeze { until: Some(until), by: desk.by(), why, ..what.freeze() };
        desk.engine.freeze(&freeze).await?;
        let back = format!("unfreeze {}", what.written());
        Ok(Answer::text(say::frozen(&freeze)).offer("Let it move", back))
    });
    Ok(plan.about(target))
}

/// A service, and perhaps one of its environments.
pub(super) struct What {
    service: String,
    environment: String,
}

/// Reads `cms in production`.
pub(super) fn what(args: &mut Args<'_>, usage: &str) -> Result<What, Mistake> {
    let missing = || Mistake::new(messages::usage(usage));
    let is_plain = |word: &Word| {
        let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        word.key.is_none() && !word.text.is_empty() && word.text.chars().all(is_letter)
    };
    let service = args.next_if(is_plain).ok_or_else(missing)?.text;
    let environment = match args.keyword("in") {
        true => args.next_if(is_plain).ok_or_else(missing)?.text,
        false => String::new(),
    };
    Ok(What { service, environment })
}

impl What {
    pub(super) fn written(&self) -> String {
        match self.environment.as_str() {
            "" => shown(&self.service),
            environment => format!("{} in {}", shown(&self.service), shown(environment)),
        }
    }

    pub(super) fn target(&self) -> Target {
        Target::Placed(self.service.clone(), self.environment.clone())
    }

    pub(super) fn freeze(&self) -> Freeze {
        let environment = Some(self.environment.as_str()).filter(|it| !it.is_empty());
        Freeze {
            on: vec![self.service.as_str().into()],
            environments: environment.into_iter().map(Into::into).collect(),
            weekly: None,
            from: None,
            until: None,
            policy: Policy::Refuse,
            by: Default::default(),
            why: String::new(),
        }
    }
}
