//! `postmortem`: what the timeline knows, as a document.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "postmortem [#12] [ticket|folder]",
        help: "The incident as a document to learn from: here, on its ticket, in a folder",
        examples: &["postmortem 12", "postmortem 12 ticket"],
        ..Spec::reads("postmortem", Topic::Ask)
    },
    read,
};

/// The same, put elsewhere: that changes something.
const ELSEWHERE: Spec = Spec::changes("postmortem", Topic::Ask);

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let number = args.incident("postmortem")?;
    let place = ["ticket", "folder"].into_iter().find(|word| args.keyword(word));
    args.end(COMMAND.spec.usage)?;
    let Some(place) = place else {
        return Ok(Plan::new(format!("#{number}"), async move |desk: Desk| {
            let text = desk.engine.postmortem(number).await?;
            Ok(Answer::text(messages::whole_of(&text, number, "postmortem")))
        }));
    };
    let plan = Plan::new(format!("#{number} {place}"), async move |desk: Desk| {
        let view = desk.engine.incident(number).await?;
        let service = view.labels.get("service").map(ToString::to_string).unwrap_or_default();
        desk.permit(&ELSEWHERE, (&service, "")).await?;
        let place = match place {
            "ticket" => desk.engine.postmortem_on_ticket(number).await?,
            _ => desk.engine.postmortem_in_folder(number).await?,
        };
        Ok(Answer::text(messages::put_there(number, &place)))
    });
    Ok(plan.about(Target::Sought))
}
