//! `revoke`: take a right back before its end.

use super::grant::right;
use super::prelude::*;
use crate::domain::messages::grants as say;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "revoke deploy:cms [in production] from @jo",
        help: "Take back a right that was given for a while",
        examples: &["revoke deploy:cms in production from @jo"],
        ..Spec::changes("revoke", Topic::About)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let right = right(args, COMMAND.spec.usage, "from")?;
    args.end(COMMAND.spec.usage)?;
    let target = right.target();
    let plan = Plan::new(right.written("from"), async move |desk: Desk| {
        let id = right.gift(&desk, desk.now).id();
        let gift = desk.engine.take_back(&id).await?;
        Ok(Answer::text(say::taken(&gift.to.to_string(), &right.shown(), &gift.by)))
    });
    Ok(plan.about(target))
}
