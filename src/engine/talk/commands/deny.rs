//! `deny`: a run may not start.

use super::approve::told;
use super::prelude::*;
use crate::domain::run::Input;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "deny 7 [why]",
        help: "Refuse a run that waits for an approval",
        examples: &["deny 7", "deny 7 \"the disk is full, a restart will not help\""],
        ..Spec::changes("deny", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let Number(number) = args.number().ok_or_else(usage)?;
    let why = remark(args.rest());
    let text =
        if why.is_empty() { number.to_string() } else { format!("{number} {}", quoted(&why)) };
    let plan = Plan::new(text, async move |desk: Desk| {
        let answer = desk.engine.ask_run(number, Input::Deny { by: desk.by(), why }).await?;
        told(number, "deny", answer)
    });
    Ok(plan.about(Target::Run(number)))
}
