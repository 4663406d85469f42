//! `health`: whether warroom itself can keep its promise.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["doctor"],
        usage: "health",
        help: "Whether warroom itself is well, and which promise holds now",
        examples: &["health"],
        ..Spec::reads("health", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new("", async move |desk: Desk| {
        let missing = desk.engine.missing().await;
        let condition = desk.engine.condition().await;
        let warnings = condition.health.map(|health| health.warnings).unwrap_or_default();
        Ok(Answer::text(messages::health(&missing, &condition.meaning, &warnings)))
    }))
}
