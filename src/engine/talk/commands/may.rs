//! `may`: whether somebody may do something, and by which line of the configuration.

use super::prelude::*;
use crate::domain::access::Via;
use crate::engine::talk::read::{Heard, read as understand};

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "may @ana \"deploy cms prod 1.2\"",
        help: "Whether somebody may do something here, and what says so",
        examples: &["may @ana \"ack 12\""],
        ..Spec::reads("may", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let who = args.person(COMMAND.spec.usage)?;
    let line = remark(args.rest());
    if line.is_empty() {
        return Err(Mistake::new(messages::usage(COMMAND.spec.usage)));
    }
    let text = format!("@{who} {}", quoted(&line));
    Ok(Plan::new(text, async move |desk: Desk| {
        let name = desk.person(&who, |near| format!("may @{near} {}", quoted(&line)))?;
        let Some(actor) = desk.engine.directory().actor(&name, Via::Chat) else {
            return Err(Trouble::Refused(messages::nobody(&name, &[])));
        };
        let Heard::Command(heard) = understand(&line, true, &desk.place, &[]) else {
            return Err(Trouble::Refused(messages::no_such_line(&line)));
        };
        let (spec, target) = (heard.command.spec, heard.plan.target);
        let other = Desk { actor, ..desk };
        let engine = other.engine.clone();
        let text = match engine.allowed(&other, &spec, &target).await {
            Ok(by) => messages::they_may(&name, &heard.ran, &by),
            Err(Trouble::Refused(why)) => messages::they_may_not(&name, &heard.ran, &why),
            Err(trouble) => return Err(trouble),
        };
        Ok(Answer::text(text))
    }))
}
