//! `resume`: what was halted may run again.

use super::halt::{scope, target, written};
use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "resume [service cms|runbook NAME]",
        help: "Let run again what was halted",
        examples: &["resume", "resume service cms"],
        ..Spec::changes("resume", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let scope = scope(args, COMMAND.spec.usage)?;
    args.end(COMMAND.spec.usage)?;
    let target = target(&scope);
    let plan = Plan::new(written(&scope), async move |desk: Desk| {
        let was_halted = desk.engine.resume(&scope).await?;
        Ok(Answer::text(messages::resumed(&scope.id(), was_halted)))
    });
    Ok(plan.about(target))
}
