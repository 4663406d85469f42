//! `whoami`: who warroom takes you for.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "whoami",
        help: "Who warroom takes you for, and your teams",
        examples: &["whoami"],
        is_private: true,
        ..Spec::reads("whoami", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new("", async move |desk: Desk| {
        let teams: Vec<&str> = desk.actor.teams.iter().map(|team| team.as_str()).collect();
        let specs = super::ALL.iter().map(|it| it.spec).filter(|spec| spec.changes);
        let denied: Vec<&str> = specs
            .filter(|spec| matches!(desk.may(spec), crate::domain::access::Verdict::Denied { .. }))
            .map(|spec| spec.name)
            .collect();
        Ok(Answer::text(messages::you_are(&desk.actor, &teams, &denied)))
    }))
}
