//! `runs`: what was run, and how one run stands.

use super::prelude::*;
use crate::engine::runs::RunView;

/// How many runs are listed.
const LISTED: usize = 30;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "runs [7]",
        help: "The newest runs of runbooks, or how one stands",
        examples: &["runs", "runs 7"],
        has_table: true,
        ..Spec::reads("runs", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let number = args.number();
    args.end(COMMAND.spec.usage)?;
    let Some(Number(number)) = number else {
        return Ok(Plan::new("", async move |desk: Desk| {
            let runs = desk.engine.runs(LISTED).await?;
            Ok(listed(&desk, &runs))
        }));
    };
    Ok(Plan::new(number.to_string(), async move |desk: Desk| {
        let run = desk.engine.run(number).await?;
        Ok(Answer { buttons: run.post.buttons.clone(), ..Answer::text(run.post.text) })
    }))
}

/// Runs as a table, the newest first.
pub(super) fn listed(desk: &Desk, runs: &[RunView]) -> Answer {
    let columns = [
        ("run", Kind::Number),
        ("runbook", Kind::Text),
        ("target", Kind::Text),
        ("state", Kind::Text),
        ("by", Kind::Text),
        ("asked", Kind::Time),
    ];
    let mut values = Values::new(&columns, desk.now);
    for run in runs {
        #[expect(clippy::cast_precision_loss, reason = "runs are far fewer than 2^52")]
        let number = Cell::Number(run.number as f64);
        values.push(vec![
            number,
            Cell::Text(run.runbook.clone()),
            Cell::Text(run.target.clone()),
            Cell::Text(messages::run_phase(run.phase).to_owned()),
            Cell::Text(run.by.clone()),
            Cell::Time(run.asked_at),
        ]);
    }
    Answer::table(messages::runs(runs.len()), values)
}
