//! `who is on call`: what is known about it.

use super::prelude::*;
use crate::domain::access::Action;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["oncall", "on-call"],
        usage: "who is on call [for cms], who can deploy cms",
        help: "Whom the rules page, as far as warroom knows, or who may do something",
        examples: &["who is on call", "who is on call for cms", "who can run cms"],
        ..Spec::reads("who", Topic::About)
    },
    read,
};

/// `who can deploy cms`.
fn who_can(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(COMMAND.spec.usage));
    let verb = args.next_if(|word| word.key.is_none()).ok_or_else(usage)?.text;
    let resource = args.next_if(|word| word.key.is_none()).map(|word| word.text);
    let resource = resource.map(|it| it.trim_end_matches('?').to_owned()).unwrap_or_default();
    args.rest();
    let mut text = format!("can {}", shown(&verb));
    if !resource.is_empty() {
        text.push_str(&format!(" {}", shown(&resource)));
    }
    Ok(Plan::new(text, async move |desk: Desk| {
        let action = Action { verb: &verb, resource: &resource, changes: true };
        let holders = desk.engine.directory().rights.holders(&action, desk.now);
        let what = format!("{verb} {resource}");
        Ok(Answer::text(messages::who_can(what.trim_end(), &holders)))
    }))
}

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    if args.keyword("can") {
        return who_can(args);
    }
    for word in ["is", "on", "call", "call?"] {
        args.keyword(word);
    }
    args.keyword("for");
    let wanted = args.next_word().map(|word| word.text.trim_end_matches('?').to_owned());
    let wanted = wanted.filter(|word| !word.is_empty());
    args.end(COMMAND.spec.usage)?;
    let wanted = wanted.or_else(|| args.place().label("service").map(ToString::to_string));
    let text = match &wanted {
        None => "is on call".to_owned(),
        Some(wanted) => format!("is on call for {}", shown(wanted)),
    };
    Ok(Plan::new(text, async move |desk: Desk| {
        let book = desk.engine.book.load();
        let about = |rule: &&crate::domain::rules::Rule| {
            wanted.as_ref().is_none_or(|wanted| {
                rule.at.name.contains(wanted.as_str())
                    || rule.page.as_ref().is_some_and(|page| page == wanted)
                    || rule
                        .matchers
                        .iter()
                        .any(|it| it.name() == "service" && it.matches_value(wanted))
            })
        };
        let pages: std::collections::BTreeSet<(String, String)> = book
            .rules
            .iter()
            .filter(about)
            .filter_map(|rule| Some((rule.page.as_ref()?.to_string(), rule.at.name.to_string())))
            .collect();
        let pages: Vec<(String, String)> = pages.into_iter().collect();
        Ok(Answer::text(messages::on_call(wanted.as_deref(), &pages)))
    }))
}
