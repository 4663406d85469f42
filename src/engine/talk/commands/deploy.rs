//! `deploy`: bring a version of a service somewhere.

use compact_str::CompactString;

use super::prelude::*;
use super::run::begin;
use crate::domain::runbook::{Runbook, Values as Typed, Verb};

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "deploy cms staging 1.0.2",
        help: "Bring a version of a service to an environment",
        examples: &["deploy cms staging 1.0.2"],
        ..Spec::changes("deploy", Topic::Act)
    },
    read: |args| read(args, COMMAND.spec, Verb::Deploy),
};

/// Reads a change of what runs: service, environment, and what its runbook wants to know.
pub(super) fn read(args: &mut Args<'_>, spec: Spec, verb: Verb) -> Result<Plan, Mistake> {
    let usage = || Mistake::new(messages::usage(spec.usage));
    let service = args.next_word().filter(|word| word.key.is_none()).ok_or_else(usage)?.text;
    let environment = args.next_word().filter(|word| word.key.is_none()).ok_or_else(usage)?.text;
    let words = args.rest();
    let mut text = vec![shown(&service), shown(&environment)];
    text.extend(words.iter().map(ToString::to_string));
    let target = Target::Placed(service.clone(), environment.clone());
    let plan = Plan::new(text.join(" "), async move |desk: Desk| {
        let known = desk.engine.equipment();
        let changes = |runbook: &&Runbook| {
            runbook.change.as_ref().is_some_and(|it| it.verb == verb && it.service == service)
        };
        let Some(runbook) = known.book.iter().find(changes) else {
            return Err(Trouble::Refused(messages::no_change(spec.name, &service)));
        };
        let name = runbook.name.clone();
        let (mut typed, mut places) = (Typed::new(), runbook.args.iter());
        for word in words {
            let name = word.key.or_else(|| places.next().cloned());
            let too_much = || Trouble::Refused(messages::too_much(&word.text, spec.usage));
            typed.insert(name.ok_or_else(too_much)?, word.text);
        }
        begin(&desk, name, typed, Some(CompactString::from(environment))).await
    });
    Ok(plan.about(target))
}
