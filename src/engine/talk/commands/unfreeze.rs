//! `unfreeze`: runs may begin again before a freeze ends.

use super::freeze::what;
use super::prelude::*;
use crate::domain::messages::freeze as say;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "unfreeze cms [in production]",
        help: "End a freeze that somebody set",
        examples: &["unfreeze cms"],
        ..Spec::changes("unfreeze", Topic::Calm)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let what = what(args, COMMAND.spec.usage)?;
    args.end(COMMAND.spec.usage)?;
    let target = what.target();
    let plan = Plan::new(what.written(), async move |desk: Desk| {
        let was_frozen = desk.engine.unfreeze(&what.freeze()).await?;
        Ok(Answer::text(say::thawed(&what.written(), was_frozen)))
    });
    Ok(plan.about(target))
}
