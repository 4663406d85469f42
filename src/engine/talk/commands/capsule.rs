//! `capsule`: everything about an incident in one file.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "capsule [#12]",
        help: "Everything about an incident in one file that needs nothing else",
        examples: &["capsule 12"],
        ..Spec::reads("capsule", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let number = args.incident("capsule")?;
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new(format!("#{number}"), async move |desk: Desk| {
        desk.engine.incident(number).await?;
        Ok(Answer::text(messages::capsule_is_at(number, desk.engine.base().as_deref())))
    }))
}
