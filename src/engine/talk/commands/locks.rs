//! `locks`: what is kept for somebody, and what is halted.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "locks",
        help: "What belongs to a run or a person now, and what is halted or frozen",
        examples: &["locks"],
        has_table: true,
        ..Spec::reads("locks", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new("", async move |desk: Desk| {
        let columns = [
            ("what", Kind::Text),
            ("by", Kind::Text),
            ("why", Kind::Text),
            ("since", Kind::Time),
            ("until", Kind::Time),
        ];
        let mut values = Values::new(&columns, desk.now);
        let until = |until| match until {
            Some(until) => Cell::Time(until),
            None => Cell::Empty,
        };
        for (place, holder) in desk.engine.locks().await? {
            let text = |text: &str| Cell::Text(text.to_owned());
            let since = Cell::Time(holder.since);
            let (by, why) = (text(&holder.by), Cell::Text(holder.why));
            values.push(vec![text(&place), by, why, since, until(holder.until)]);
        }
        for (scope, brake) in desk.engine.halts().await? {
            let what = Cell::Text(format!("halted: {scope}"));
            let (by, why) = (Cell::Text(brake.by.to_string()), Cell::Text(brake.why));
            values.push(vec![what, by, why, Cell::Time(brake.since), until(brake.until)]);
        }
        for freeze in desk.engine.freezes().await? {
            let what = Cell::Text(format!("frozen: {}", freeze.what()));
            let (by, why) = (Cell::Text(freeze.by.to_string()), Cell::Text(freeze.why));
            let since = freeze.from.map_or(Cell::Empty, Cell::Time);
            values.push(vec![what, by, why, since, until(freeze.until)]);
        }
        Ok(Answer::table(messages::locks(values.len()), values))
    }))
}
