//! `ticket`: one of them.

use super::prelude::*;

/// How many incidents are looked at.
const LOOKED_AT: usize = 500;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "ticket T-12",
        help: "Which incident a ticket belongs to, and how it stands",
        examples: &["ticket T-12"],
        ..Spec::reads("ticket", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let word = args.next_word().filter(|word| word.key.is_none() && !word.text.is_empty());
    let id = word.ok_or_else(|| Mistake::new(messages::usage(COMMAND.spec.usage)))?.text;
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new(shown(&id), async move |desk: Desk| {
        let views = desk.engine.incidents(None, LOOKED_AT).await?;
        let found = views.iter().find(|view| view.ticket.as_deref() == Some(id.as_str()));
        match found {
            None => Err(Trouble::Failed(messages::no_ticket(&id))),
            Some(view) => Ok(Answer::text(super::status::told(&desk, view))),
        }
    }))
}
