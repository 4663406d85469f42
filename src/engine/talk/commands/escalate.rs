//! `escalate`: the next step of the policy, now.

use super::prelude::*;
use crate::domain::messages::oncall as say;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "escalate [#12]",
        help: "Page the next step now: you cannot help, or need others",
        examples: &["escalate", "escalate #12"],
        ..Spec::changes("escalate", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let number = args.incident("escalate")?;
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(format!("#{number}"), async move |desk: Desk| {
        desk.ask(number, Ask::Escalate).await?;
        let standing = desk.engine.escalation_standing(number).await?;
        Ok(Answer::text(say::escalated(number, standing)))
    });
    Ok(plan.about(Target::Incident(number)))
}
