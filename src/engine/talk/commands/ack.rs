//! `ack`: I take it.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["acknowledge", "take"],
        usage: "ack [#12]",
        help: "Take an incident: no further pages, and you lead it if nobody does",
        examples: &["ack", "ack 12"],
        ..Spec::changes("ack", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let number = args.incident("ack")?;
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(number.to_string(), async move |desk: Desk| {
        let view = desk.ask(number, Ask::Acknowledge).await?;
        let text = messages::taken(number, &desk.by(), view.lead.as_deref());
        Ok(Answer::text(text).offer("What is going on?", format!("catchup {number}")))
    });
    Ok(plan.about(Target::Incident(number)))
}
