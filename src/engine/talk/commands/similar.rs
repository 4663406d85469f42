//! `similar`: what was alike before, and what ended it.

use super::prelude::*;
use crate::domain::messages::alike;
use crate::engine::after::lines;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "similar [#12]",
        help: "Incidents that were alike in the last 90 days, and what ended them",
        examples: &["similar", "similar 12"],
        ..Spec::reads("similar", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let number = args.incident("similar")?;
    args.end(COMMAND.spec.usage)?;
    Ok(Plan::new(format!("#{number}"), async move |desk: Desk| {
        let alike = desk.engine.alike(number).await?;
        Ok(Answer::text(alike::answer(number.0, &lines(&alike))))
    }))
}
