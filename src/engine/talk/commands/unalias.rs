//! `unalias`: a short word goes.

use super::prelude::*;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "unalias gl",
        help: "Take a short word back",
        examples: &["unalias gl"],
        ..Spec::changes("unalias", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let word = args.next_word().filter(|word| word.key.is_none() && !word.text.is_empty());
    let name = word.ok_or_else(|| Mistake::new(messages::usage(COMMAND.spec.usage)))?.text;
    let name = name.to_lowercase();
    args.end(COMMAND.spec.usage)?;
    let plan = Plan::new(shown(&name), {
        let name = name.clone();
        async move |desk: Desk| {
            desk.engine.forget_alias(&name).await?;
            Ok(Answer::text(messages::unaliased(&name)))
        }
    });
    Ok(plan.about(Target::Named(name)))
}
