//! `continue`: a run that needs a decision goes on.

use super::approve::told;
use super::prelude::*;
use crate::domain::run::Input;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "continue 7",
        help: "Say that a step was done, so that its run goes on",
        examples: &["continue 7"],
        ..Spec::changes("continue", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let Number(number) = args.number().ok_or_else(usage)?;
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(number.to_string(), async move |desk: Desk| {
        let answer = desk.engine.ask_run(number, Input::Continue { by: desk.by() }).await?;
        told(number, "continue", answer)
    });
    Ok(plan.about(Target::Run(number)))
}
