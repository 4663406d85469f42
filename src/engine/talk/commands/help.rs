//! `help`: what may be typed, by you, here.

use super::prelude::*;
use crate::domain::access::Verdict;
use crate::domain::commands::{help, near};

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["?", "commands", "man"],
        usage: "help [graph], help search noise",
        help: "What you may type here, or everything about one command",
        examples: &["help", "help graph", "help search silence"],
        is_private: true,
        ..Spec::reads("help", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let is_search = args.keyword("search");
    let words: Vec<String> = args.rest().into_iter().map(|word| word.text).collect();
    let text = words.join(" ");
    if is_search && !text.is_empty() {
        let written = format!("search {}", shown(&text));
        return Ok(Plan::new(written, async move |desk: Desk| {
            Ok(Answer::text(help::search(&allowed(&desk), &text)))
        }));
    }
    match words.first() {
        None => Ok(Plan::new("", async move |desk: Desk| {
            let about = desk.place.number().map(|number| format!("#{number}"));
            Ok(Answer::text(help::overview(&allowed(&desk), about.as_deref())))
        })),
        Some(first) => about(first.trim_start_matches('!')),
    }
}

fn about(verb: &str) -> Result<Plan, Mistake> {
    let verb = verb.to_lowercase();
    let specs = || super::ALL.iter().map(|command| command.spec);
    let Some(spec) = specs().find(|spec| spec.is(&verb)) else {
        let near = near(&verb, super::ALL.iter().map(|command| command.spec.name));
        let offers = near.iter().map(|name| format!("help {name}")).collect();
        return Err(Mistake { text: messages::unknown(&verb, &near), offers });
    };
    Ok(Plan::new(spec.name, async move |desk: Desk| {
        let text = match desk.may(&spec) {
            Verdict::Allowed { .. } => help::about(&spec, Ok(())),
            Verdict::Denied { why } => help::about(&spec, Err(&why)),
        };
        Ok(Answer::text(text))
    }))
}

/// What whoever asks may type here.
fn allowed(desk: &Desk) -> Vec<Spec> {
    let specs = super::ALL.iter().map(|command| command.spec);
    specs.filter(|spec| matches!(desk.may(spec), Verdict::Allowed { .. })).collect()
}
