//! `approve`: a run may start.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "approve 7",
        help: "Agree that a run starts; never one that you asked for yourself",
        examples: &["approve 7"],
        ..Spec::changes("approve", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let Number(number) = args.number().ok_or_else(usage)?;
    // A button says which plan its reader saw.
    let seen = args.next_if(|word| word.key.as_deref() == Some("plan")).map(|word| word.text);
    if seen.as_ref().is_some_and(|seen| !seen.chars().all(|c| c.is_ascii_hexdigit())) {
        return Err(usage());
    }
    args.end(COMMAND.spec.usage)?;
    let mut text = number.to_string();
    if let Some(seen) = &seen {
        text.push_str(&format!(" plan={seen}"));
    }
    let plan = Plan::new(text, async move |desk: Desk| {
        let with_code = false;
        let answer =
            desk.engine.approve_run(number, &desk.actor, (seen.as_deref(), with_code)).await?;
        told(number, "approve", answer)
    });
    Ok(plan.about(Target::Run(number)))
}

/// Reads the number of a run, of which something is asked that its people may ask.
pub(super) fn of_run(
    args: &mut Args<'_>,
    (verb, usage): (&'static str, &'static str),
    input: fn(compact_str::CompactString) -> crate::domain::run::Input,
) -> Result<Plan, Mistake> {
    let number = args.number().ok_or_else(|| Mistake::new(messages::usage(usage)))?.0;
    args.end(usage)?;
    let plan = Plan::new(number.to_string(), async move |desk: Desk| {
        let answer = desk.engine.ask_run(number, input(desk.by())).await?;
        told(number, verb, answer)
    });
    Ok(plan.about(Target::Run(number)))
}

/// What was not done is refused, not done.
pub(super) fn told(
    number: u64,
    verb: &str,
    answer: crate::domain::run::Answer,
) -> Result<Answer, Trouble> {
    use crate::domain::run::Answer as Run;
    let text = messages::run_answered(number, verb, answer);
    match answer {
        Run::Applied | Run::Already | Run::Counted => Ok(Answer::text(text)),
        Run::NotNow
        | Run::Over(_)
        | Run::OwnRequest
        | Run::OtherPlan
        | Run::NeedsCode
        | Run::TooLate
        | Run::Irreversible => Err(Trouble::Refused(text)),
    }
}
