//! `merge`: it belongs to another incident.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "merge [#7] into #12",
        help: "Say that it belongs to another incident, which speaks for both",
        examples: &["merge into #7", "merge 8 into 7"],
        ..Spec::changes("merge", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let number = args.incident("merge")?;
    if !args.keyword("into") {
        return Err(usage());
    }
    let into = args.number().ok_or_else(usage)?;
    args.end(COMMAND.spec.usage)?;
    if number == into {
        return Err(Mistake::new(messages::same_incident(number)));
    }
    let plan = Plan::new(format!("#{number} into #{into}"), async move |desk: Desk| {
        let case = desk.engine.case_of(into).await?;
        desk.ask(number, Ask::Merge { into: case }).await?;
        Ok(Answer::text(messages::merged_into(number, into)))
    });
    Ok(plan.about(Target::Incident(number)))
}
