//! `tickets`: what is written down elsewhere.

use super::prelude::*;

/// How many incidents are looked at.
const LOOKED_AT: usize = 500;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "tickets",
        help: "The tickets of the newest incidents",
        examples: &["tickets", "tickets | where state=open"],
        has_table: true,
        ..Spec::reads("tickets", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new("", async move |desk: Desk| {
        let views = desk.engine.incidents(None, LOOKED_AT).await?;
        let columns = [
            ("ticket", Kind::Text),
            ("incident", Kind::Number),
            ("state", Kind::Text),
            ("title", Kind::Text),
        ];
        let mut values = Values::new(&columns, desk.now);
        for view in &views {
            let Some(ticket) = &view.ticket else { continue };
            #[expect(clippy::cast_precision_loss, reason = "incidents are far fewer than 2^52")]
            let number = Cell::Number(view.number as f64);
            let state = messages::state(view.phase).to_owned();
            let title = Cell::Text(view.title.clone());
            values.push(vec![Cell::Text(ticket.clone()), number, Cell::Text(state), title]);
        }
        Ok(Answer::table(messages::tickets(values.len()), values))
    }))
}
