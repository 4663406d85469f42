//! `halt`: nothing runs until somebody says so.

use super::prelude::*;
use crate::domain::duration;
use crate::engine::runs::{Brake, Scope};

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "halt [service cms|runbook NAME] [2h] [why]",
        help: "Stop every automation, or that of one service or runbook, at once",
        examples: &["halt", "halt 2h migration", "halt service cms 30m"],
        ..Spec::changes("halt", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let scope = scope(args, COMMAND.spec.usage)?;
    args.keyword("for");
    let length = args.duration();
    let why = remark(args.rest());
    let mut text = vec![written(&scope)];
    text.extend(length.map(duration::format));
    text.extend(Some(quoted(&why)).filter(|_| !why.is_empty()));
    let text = text.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let target = target(&scope);
    let plan = Plan::new(text, async move |desk: Desk| {
        let until = length.map(|length| desk.now + length);
        let brake = Brake { by: desk.by(), why, since: desk.now, until };
        desk.engine.halt(&scope, brake).await?;
        let back = format!("resume {}", written(&scope));
        let text = messages::halted(&scope.id(), until);
        Ok(Answer::text(text).offer("Let it go on", back.trim_end()))
    });
    Ok(plan.about(target))
}

/// `service cms`, `runbook restart-service`, or everything.
pub(super) fn scope(args: &mut Args<'_>, usage: &str) -> Result<Scope, Mistake> {
    let kind = ["service", "runbook"].into_iter().find(|word| args.keyword(word));
    let Some(kind) = kind else { return Ok(Scope::All) };
    let missing = || Mistake::new(messages::usage(usage));
    let name = args.next_word().filter(|word| word.key.is_none()).ok_or_else(missing)?.text;
    Ok(if kind == "service" { Scope::Service(name.into()) } else { Scope::Runbook(name.into()) })
}

/// A scope as it is typed.
pub(super) fn written(scope: &Scope) -> String {
    match scope {
        Scope::All => String::new(),
        Scope::Service(name) => format!("service {}", shown(name)),
        Scope::Runbook(name) => format!("runbook {}", shown(name)),
    }
}

pub(super) fn target(scope: &Scope) -> Target {
    match scope {
        Scope::All => Target::Nothing,
        Scope::Service(name) | Scope::Runbook(name) => Target::Named(name.to_string()),
    }
}
