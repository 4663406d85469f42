//! `runbooks`: what can be run.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "runbooks",
        help: "What can be run, and what each needs to know",
        examples: &["runbooks", "runbooks | grep restart"],
        has_table: true,
        ..Spec::reads("runbooks", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new("", async move |desk: Desk| {
        let columns = [("runbook", Kind::Text), ("needs", Kind::Text), ("what", Kind::Text)];
        let mut values = Values::new(&columns, desk.now);
        let all = desk.engine.proposals();
        for one in &all {
            values.push(vec![
                Cell::Text(one.runbook.clone()),
                Cell::Text(one.params.join(", ")),
                Cell::Text(one.summary.clone()),
            ]);
        }
        Ok(Answer::table(messages::runbooks(all.len()), values))
    }))
}
