//! `alias`: a short word for a longer line.

use super::prelude::*;
use crate::domain::commands::Alias;
use crate::engine::talk::is_taken;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "alias gl = graph latency $1 1h",
        help: "Make a short word for a longer line; $1 is what follows it",
        examples: &[
            "alias gl = graph latency $1 1h",
            "alias crit = alerts where severity=critical",
        ],
        is_free: true,
        ..Spec::changes("alias", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let bad = |bad| Mistake::new(format!("No alias was made: {bad}"));
    // Who makes it is known when it is made.
    let Alias { name, line, .. } = Alias::read(args.text(), "", is_taken).map_err(bad)?;
    let plan = Plan::new(format!("{name} = {line}"), {
        let name = name.clone();
        async move |desk: Desk| {
            let alias = Alias { name: name.clone(), line: line.clone(), by: desk.by() };
            desk.engine.put_alias(&alias).await?;
            Ok(Answer::text(messages::aliased(&name, &line)))
        }
    });
    Ok(plan.about(Target::Named(name.to_string())))
}
