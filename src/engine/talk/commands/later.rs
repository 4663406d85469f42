//! Words that cannot work yet: each says what is missing, and what to do instead now.

use super::prelude::*;

/// A word whose help is its answer: its words are never read.
const fn later(name: &'static str, usage: &'static str, help: &'static str) -> Command {
    let spec = Spec { usage, help, is_free: true, ..Spec::reads(name, Topic::Later) };
    Command { spec, read: |_| Err(Mistake { text: String::new(), offers: Vec::new() }) }
}

pub(super) const GRANT: Command = later(
    "grant",
    "grant deploy:cms to @jo until friday",
    "Nothing was granted: grants stand in the configuration, in [[access]], so far",
);
