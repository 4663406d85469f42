//! The one place where a command is written down: who, what, and how it ended.

use super::{Outcome, Spoken};
use crate::domain::access::Via;

/// Characters of a line in the log: a note is kept in its timeline, not here.
const LINE_CHARS: usize = 200;

/// Writes down one command. `ran` is what ran, or what was typed where nothing did; `why` is the
/// grant that allowed it, or the reason against it.
pub(super) fn record(spoken: &Spoken<'_>, ran: &str, outcome: Outcome, why: &str) {
    let line: String = ran.chars().take(LINE_CHARS).collect();
    let via = match spoken.actor.via {
        Via::Local => "local",
        Via::Token => "token",
        Via::Console => "console",
        Via::Chat => "chat",
        Via::Pager => "pager",
    };
    tracing::info!(
        actor = ?spoken.actor.name,
        via,
        room = ?spoken.room,
        command = ?line,
        outcome = outcome.name(),
        why,
        "command"
    );
}
