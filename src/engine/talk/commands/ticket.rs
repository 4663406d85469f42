//! `ticket`: one of them.

use super::prelude::*;

/// How many of the last comments are told.
const COMMENTS: usize = 5;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "ticket T-12",
        help: "One ticket: how it stands, and what was said about it",
        examples: &["ticket T-12", "ticket github:12"],
        ..Spec::reads("ticket", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let word = args.next_word().filter(|word| word.key.is_none() && !word.text.is_empty());
    let id = word.ok_or_else(|| Mistake::new(messages::usage(COMMAND.spec.usage)))?.text;
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new(shown(&id), async move |desk: Desk| {
        if id.contains(':') {
            let seen = desk.engine.ticket_outside(&id).await?;
            let page = seen.page.as_deref();
            let text = messages::ticket_elsewhere(&id, &seen.title, &seen.status, page);
            return Ok(Answer::text(text));
        }
        let ticket = desk.engine.ticket(&id).await?;
        let head = messages::ticket(&ticket.id, &ticket.title, ticket.status, ticket.incident);
        let mut lines = vec![head];
        let from = ticket.comments.len().saturating_sub(COMMENTS);
        let said = ticket.comments.iter().skip(from);
        lines.extend(said.map(|it| messages::at(it.at, &format!("{}: {}", it.by, it.text))));
        Ok(Answer::text(lines.join("\n")))
    }))
}
