//! `stop`: a run goes no further.

use super::approve::of_run;
use super::prelude::*;
use crate::domain::run::Input;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "stop 7",
        help: "Stop a run; what it has done stands",
        examples: &["stop 7"],
        ..Spec::changes("stop", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    of_run(args, ("stop", COMMAND.spec.usage), |by| Input::Stop { by })
}
