//! `lead`: whom others ask.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "lead @ana [#12]",
        help: "Say who leads it: the one whom others ask",
        examples: &["lead @ana", "lead me", "lead @ana #12"],
        ..Spec::changes("lead", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let is_me = args.keyword("me");
    let name = if is_me { None } else { Some(args.person(COMMAND.spec.usage)?) };
    let number = args.incident("lead @ana")?;
    args.end(COMMAND.spec.usage)?;
    let who = name.as_ref().map_or_else(|| "me".to_owned(), |name| format!("@{name}"));
    let plan = Plan::new(format!("{who} #{number}"), async move |desk: Desk| {
        let lead = match name {
            Some(name) => desk.person(&name, |near| format!("lead @{near} #{number}"))?,
            None => desk.by(),
        };
        desk.ask(number, Ask::Lead { lead: lead.clone() }).await?;
        Ok(Answer::text(messages::leads(number, &lead)))
    });
    Ok(plan.about(Target::Incident(number)))
}
