//! `tickets`: what is written down elsewhere.

use super::prelude::*;
use crate::engine::tickets::Wanted;

/// How many tickets are listed.
const LISTED: usize = 200;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "tickets [open|all]",
        help: "The tickets of the local register",
        examples: &["tickets", "tickets all | grep cms"],
        has_table: true,
        ..Spec::reads("tickets", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let is_all = args.keyword("all");
    args.keyword("open");
    args.end(COMMAND.spec.usage)?;
    let (word, wanted) = if is_all { ("all", Wanted::All) } else { ("open", Wanted::Open) };
    Ok(Plan::new(word, async move |desk: Desk| {
        let tickets = desk.engine.tickets(wanted, None, LISTED).await?;
        let columns = [
            ("ticket", Kind::Text),
            ("status", Kind::Text),
            ("incident", Kind::Number),
            ("title", Kind::Text),
            ("since", Kind::Time),
        ];
        let mut values = Values::new(&columns, desk.now);
        for ticket in &tickets {
            #[expect(clippy::cast_precision_loss, reason = "incidents are far fewer than 2^52")]
            let incident = Cell::Number(ticket.incident as f64);
            values.push(vec![
                Cell::Text(ticket.id.to_string()),
                Cell::Text(messages::ticket_status(ticket.status).to_owned()),
                incident,
                Cell::Text(ticket.title.clone()),
                Cell::Time(ticket.opened_at),
            ]);
        }
        Ok(Answer::table(messages::tickets(word, tickets.len()), values))
    }))
}
