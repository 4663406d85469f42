//! Words that cannot work yet: each says what is missing, and what to do instead now.

use super::prelude::*;

/// A word whose help is its answer: its words are never read.
const fn later(name: &'static str, usage: &'static str, help: &'static str) -> Command {
    let spec = Spec { usage, help, is_free: true, ..Spec::reads(name, Topic::Later) };
    Command { spec, read: |_| Err(Mistake { text: String::new(), offers: Vec::new() }) }
}

pub(super) const RUN: Command = later(
    "run",
    "run restart-service cms",
    "Nothing was run: runbooks start from rules only, so far. Run it by hand, then: note what I did",
);
pub(super) const RUNBOOKS: Command = later(
    "runbooks",
    "runbooks",
    "There is no list yet: rules name the runbooks that they start. Look: rules",
);
pub(super) const APPROVE: Command = later(
    "approve",
    "approve",
    "Nothing was approved: approvals are given where runbooks are executed, so far",
);
pub(super) const DENY: Command = later(
    "deny",
    "deny",
    "Nothing was denied: approvals are given where runbooks are executed, so far",
);
pub(super) const UNDO: Command = later(
    "undo",
    "undo",
    "Nothing was undone: warroom cannot take a run back yet. Undo it by hand, then: note what I did",
);
pub(super) const HALT: Command = later(
    "halt",
    "halt",
    "Nothing was halted: take [runs] out of the configuration and restart; then no runbook starts",
);
pub(super) const RESUME: Command =
    later("resume", "resume", "Nothing was resumed, because nothing can be halted from here yet");
pub(super) const DEPLOY: Command = later(
    "deploy",
    "deploy cms staging 1.0.2",
    "Nothing was deployed: warroom cannot deploy yet. Deploy as before, then: note deployed 1.0.2",
);
pub(super) const LOCK: Command = later(
    "lock",
    "lock cms prod \"migration\" 2h",
    "Nothing was locked: there are no locks yet. Tell the others: note do not deploy cms",
);
pub(super) const GRANT: Command = later(
    "grant",
    "grant deploy:cms to @jo until friday",
    "Nothing was granted: grants stand in the configuration, in [[access]], so far",
);
