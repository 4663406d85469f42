//! `catchup`: for somebody who just came in.

use super::prelude::*;
use crate::domain::incident::{Event, MemberStatus, Stored};
use crate::domain::messages::alert_name;

/// How many lines about what was tried: with the rest they fit a phone.
const TRIED: usize = 3;
/// How many notes.
const NOTES: usize = 2;
/// How many firing alerts are named.
const NAMED: usize = 3;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["brief"],
        usage: "catchup [#12]",
        help: "What happened so far, for somebody who just came in",
        examples: &["catchup", "catchup 12"],
        ..Spec::reads("catchup", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let number = args.incident("catchup")?;
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new(number.to_string(), async move |desk: Desk| {
        let view = desk.engine.incident(number).await?;
        let told = desk.told(number).await?;
        let alerts = desk.engine.alerts_of(number).await?;
        let mut lines = vec![super::status::told(&desk, &view)];
        let firing: Vec<String> = alerts
            .iter()
            .filter(|it| it.status == MemberStatus::Firing)
            .map(|it| alert_name(&it.alert))
            .collect();
        lines.extend(messages::firing_now(&firing, NAMED));
        lines.extend(last(&told, TRIED, is_tried));
        lines.extend(last(&told, NOTES, |event| matches!(event, Event::NoteAdded { .. })));
        Ok(Answer::text(lines.join("\n")))
    }))
}

/// The last events of a kind, a line each, the oldest first.
fn last(told: &[(Stored, String)], most: usize, is: impl Fn(&Event) -> bool) -> Vec<String> {
    let chosen: Vec<&(Stored, String)> = told.iter().filter(|(it, _)| is(&it.event)).collect();
    let from = chosen.len().saturating_sub(most);
    let line = |(it, text): &&(Stored, String)| messages::at(it.at, text);
    chosen.iter().skip(from).map(line).collect()
}

fn is_tried(event: &Event) -> bool {
    matches!(
        event,
        Event::Escalated { .. }
            | Event::EscalationExhausted {}
            | Event::PeopleCalled { .. }
            | Event::PageFailed { .. }
            | Event::EscalationHurried { .. }
            | Event::AcknowledgementWentStale { .. }
            | Event::RunStarted { .. }
            | Event::RunRefused { .. }
            | Event::RunOutcomeUnknown { .. }
            | Event::RunTold { .. }
            | Event::SeverityChanged { .. }
            | Event::IncidentReopened {}
            | Event::EffectFailed { .. }
            | Event::ChildJoined { .. }
    )
}
