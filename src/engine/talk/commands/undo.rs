//! `undo`: what a run did is taken back.

use super::approve::of_run;
use super::prelude::*;
use crate::domain::run::Input;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "undo 7",
        help: "Take back what a run did, in its time",
        examples: &["undo 7"],
        ..Spec::changes("undo", Topic::Act)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    of_run(args, ("undo", COMMAND.spec.usage), |by| Input::Undo { by })
}
