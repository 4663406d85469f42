//! `deploys`: what was brought where.

use super::prelude::*;

/// How many of the newest runs are looked at.
const LOOKED_AT: usize = 200;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "deploys [cms]",
        help: "What was deployed and rolled back, the newest first",
        examples: &["deploys", "deploys cms"],
        has_table: true,
        ..Spec::reads("deploys", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let service = args.next_if(|word| word.key.is_none()).map(|word| word.text);
    args.end(COMMAND.spec.usage)?;
    let text = service.as_deref().map(shown).unwrap_or_default();
    Ok(Plan::new(text, async move |desk: Desk| {
        let mut runs = desk.engine.runs(LOOKED_AT).await?;
        runs.retain(|run| match (&run.service, &service) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(of), Some(wanted)) => of == wanted,
        });
        Ok(super::runs::listed(&desk, &runs))
    }))
}
