//! `grants`: the rights that people gave, with their ends.

use super::prelude::*;
use crate::domain::messages::grants as say;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "grants",
        help: "Rights that were given for a while: to whom, by whom, until when",
        examples: &["grants"],
        has_table: true,
        ..Spec::reads("grants", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new("", async move |desk: Desk| {
        let columns = [
            ("right", Kind::Text),
            ("to", Kind::Text),
            ("by", Kind::Text),
            ("given", Kind::Time),
            ("until", Kind::Time),
        ];
        let mut values = Values::new(&columns, desk.now);
        for gift in desk.engine.gifts().await? {
            let right = say::right(&gift.verb, &gift.resource, &gift.environment);
            let (to, by) = (Cell::Text(gift.to.to_string()), Cell::Text(gift.by.to_string()));
            let (at, until) = (Cell::Time(gift.at), Cell::Time(gift.until));
            values.push(vec![Cell::Text(right), to, by, at, until]);
        }
        Ok(Answer::table(say::grants(values.len()), values))
    }))
}
