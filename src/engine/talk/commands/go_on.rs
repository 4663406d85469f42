//! `continue`: a run that needs a decision goes on.

use super::approve::of_run;
use super::prelude::*;
use crate::domain::run::Input;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "continue 7",
        help: "Say that a step was done, so that its run goes on",
        examples: &["continue 7"],
        ..Spec::changes("continue", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    of_run(args, ("continue", COMMAND.spec.usage), |by| Input::Continue { by })
}
