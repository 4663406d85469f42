//! `stop`: a run goes no further.

use super::approve::told;
use super::prelude::*;
use crate::domain::run::Input;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "stop 7",
        help: "Stop a run; what it has done stands",
        examples: &["stop 7"],
        ..Spec::changes("stop", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let Number(number) = args.number().ok_or_else(usage)?;
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(number.to_string(), async move |desk: Desk| {
        let answer = desk.engine.ask_run(number, Input::Stop { by: desk.by() }).await?;
        told(number, "stop", answer)
    });
    Ok(plan.about(Target::Run(number)))
}
