//! `unlock`: a place is free again.

use super::lock::{Place, place};
use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "unlock cms [prod]",
        help: "Let runs near a service again",
        examples: &["unlock cms prod"],
        ..Spec::changes("unlock", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let Place { place, service, written } = place(args, COMMAND.spec.usage)?;
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(written, async move |desk: Desk| {
        let holder = desk.engine.unlock(&place).await?;
        Ok(Answer::text(messages::unlocked(&place, &holder.by)))
    });
    Ok(plan.about(Target::Named(service)))
}
