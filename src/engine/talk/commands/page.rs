//! `page`: wake somebody, now, beside whoever the policy wakes.

use super::prelude::*;
use crate::domain::messages::oncall as say;
use crate::domain::oncall::Target as Whom;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "page @ben [#12]",
        help: "Wake a person, a team, whoever is on call, or the people of a policy",
        examples: &["page @ben", "page team:db", "page oncall:cms #12", "page cms"],
        ..Spec::changes("page", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    args.keyword("me");
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let word = args.next_word().filter(|word| word.key.is_none()).ok_or_else(usage)?.text;
    let shown_word = word.strip_prefix('@').map_or_else(|| shown(&word), |it| format!("@{it}"));
    let number = args.incident(&format!("page {shown_word}"))?;
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(format!("{shown_word} #{number}"), async move |desk: Desk| {
        let whom = whom(&desk, &word, number)?;
        desk.ask(number, Ask::Call { whom: whom.clone() }).await?;
        let roster = desk.engine.roster();
        let severity = desk.engine.incident(number).await?.severity;
        let resolved = roster.resolve(&whom, &severity, desk.now);
        Ok(Answer::text(say::paged(number, &resolved)))
    });
    Ok(plan.about(Target::Incident(number)))
}

/// Whom a word means: a target as it is, a policy's first step, a schedule, a team, a person.
fn whom(desk: &Desk, word: &str, number: Number) -> Result<Vec<Whom>, Trouble> {
    let roster = desk.engine.roster();
    if let Ok(target) = word.parse::<Whom>() {
        if let Whom::Person(name) = &target {
            desk.person(name, |near| format!("page @{near} #{number}"))?;
        }
        return match roster.people(&target, desk.now) {
            Err(crate::domain::oncall::Miss::Unknown) => Err(unknown(word)),
            Ok(_) | Err(_) => Ok(vec![target]),
        };
    }
    if let Some(step) = roster.escalation(word).and_then(|it| it.steps.first()) {
        return Ok(step.page.clone());
    }
    if roster.plans.schedules.contains_key(word) {
        return Ok(vec![Whom::Schedule(word.into())]);
    }
    if roster.teams.contains_key(word) {
        return Ok(vec![Whom::Team(word.into())]);
    }
    let name = desk.person(&word.into(), |near| format!("page @{near} #{number}"))?;
    Ok(vec![Whom::Person(name)])
}

fn unknown(word: &str) -> Trouble {
    Trouble::Mistaken(Mistake::new(say::nobody_to_page(word)))
}
