//! `undo`: what a run did is taken back.

use super::approve::told;
use super::prelude::*;
use crate::domain::run::Input;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "undo 7",
        help: "Take back what a run did, in its time",
        examples: &["undo 7"],
        ..Spec::changes("undo", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let Number(number) = args.number().ok_or_else(usage)?;
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(number.to_string(), async move |desk: Desk| {
        let answer = desk.engine.ask_run(number, Input::Undo { by: desk.by() }).await?;
        told(number, "undo", answer)
    });
    Ok(plan.about(Target::Run(number)))
}
