//! `sev`: it is better or worse than the rule thought.

use super::prelude::*;

/// The longest name of a severity.
const NAME_CHARS: usize = 32;

/// Severities count from 1 to this.
const WORST_TO_LEAST: u64 = 5;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["severity"],
        usage: "sev 1 [#12]",
        help: "Say how bad it is: 1 is the worst",
        examples: &["sev 1", "sev 2 #12"],
        ..Spec::changes("sev", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    // A number that is no severity is an incident's.
    let is_incident = |word: &Word| {
        number_of(word)
            .is_some_and(|number| word.text.starts_with('#') || number.0 > WORST_TO_LEAST)
    };
    let first = args.next_if(is_incident);
    let word = args.next_word().filter(|word| word.key.is_none()).ok_or_else(usage)?;
    let severity = severity(&word.text).ok_or_else(usage)?;
    let named = first.as_ref().and_then(number_of);
    let number = match named {
        Some(number) => number,
        None => args.incident("sev")?,
    };
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(format!("{severity} #{number}"), async move |desk: Desk| {
        let command = Ask::SetSeverity { severity: severity.clone().into() };
        desk.ask(number, command).await?;
        Ok(Answer::text(messages::rated(number, &severity)))
    });
    Ok(plan.about(Target::Incident(number)))
}

/// `1` and `sev1` are `sev1`; other words are taken as they are.
fn severity(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    if text.parse::<u64>().is_ok_and(|number| (1..=WORST_TO_LEAST).contains(&number)) {
        return Some(format!("sev{text}"));
    }
    let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let fits = is_word && text.starts_with(|c: char| c.is_ascii_alphabetic());
    (fits && text.len() <= NAME_CHARS).then_some(text)
}
