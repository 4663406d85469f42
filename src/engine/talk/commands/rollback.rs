//! `rollback`: bring the version before back.

use super::prelude::*;
use crate::domain::runbook::Verb;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "rollback cms production",
        help: "Bring the version before back to an environment",
        examples: &["rollback cms production"],
        ..Spec::changes("rollback", Topic::Act)
    },
    read: |args| super::deploy::read(args, COMMAND.spec, Verb::Rollback),
};
