//! `resolve`: it is over.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["res", "close"],
        usage: "resolve [#12]",
        help: "Say that an incident is over: room, ticket and page are closed",
        examples: &["resolve", "resolve 12"],
        ..Spec::changes("resolve", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let number = args.incident("resolve")?;
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(number.to_string(), async move |desk: Desk| {
        let view = desk.ask(number, Ask::Resolve).await?;
        Ok(Answer::text(messages::resolved_by(number, view.alerts.firing)))
    });
    Ok(plan.about(Target::Incident(number)))
}
