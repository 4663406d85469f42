//! `status`: how it stands.

use super::prelude::*;
use crate::domain::incident::Phase;
use crate::engine::views::IncidentView;

/// How many incidents an overall status looks at.
const LOOKED_AT: usize = 500;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["st", "show"],
        usage: "status [#12]",
        help: "How an incident stands, or everything",
        examples: &["status", "status 12", "status all"],
        ..Spec::reads("status", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let is_all = args.keyword("all");
    let named = args.number();
    args.end(COMMAND.spec.usage)?;
    match named.or(args.place().number()).filter(|_| !is_all) {
        Some(number) => Ok(Plan::new(number.to_string(), async move |desk: Desk| {
            let view = desk.engine.incident(number).await?;
            let answer = Answer::text(told(&desk, &view));
            Ok(match view.phase {
                Phase::Triggered => answer.offer("Take it", format!("ack {number}")),
                Phase::Acknowledged
                | Phase::Resolved
                | Phase::Closed
                | Phase::Merged
                | Phase::Quiet => answer,
            })
        })),
        None => Ok(Plan::new("all", async move |desk: Desk| {
            let views = desk.engine.incidents(None, LOOKED_AT).await?;
            let open: Vec<&IncidentView> = views
                .iter()
                .filter(|view| matches!(view.phase, Phase::Triggered | Phase::Acknowledged))
                .collect();
            let untaken = open.iter().filter(|view| view.phase == Phase::Triggered).count();
            let missing = desk.engine.missing().await;
            Ok(Answer::text(messages::overall(open.len(), untaken, &missing)))
        })),
    }
}

/// One incident in three lines.
pub(super) fn told(desk: &Desk, view: &IncidentView) -> String {
    let age = view.opened_at.map(|since| desk.now - since);
    let mut lines = vec![messages::standing(view.number, &view.title, &view.severity)];
    lines.push(messages::phase(view.phase, view.acknowledged_by.as_deref(), age));
    let lead = view.lead.as_deref().filter(|lead| view.acknowledged_by.as_deref() != Some(lead));
    lines.extend(lead.map(|lead| format!("{lead} leads.")));
    lines.push(messages::counts(&view.alerts));
    lines.extend(view.ticket.as_ref().map(|ticket| format!("Ticket {ticket}.")));
    lines.join("\n")
}
