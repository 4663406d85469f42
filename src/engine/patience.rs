//! How long an effect is tried, and how long the waits between two tries are.

use std::time::Duration;

use chrono::TimeDelta;

use crate::domain::incident::Effect;

/// The first wait before another try; each further one is twice as long.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
/// The longest wait between two tries: an outage of hours must not become a storm of retries, and
/// its end must be seen soon.
const BACKOFF_MAX: Duration = Duration::from_secs(120);

/// How long an effect is tried before it counts as failed.
pub(super) fn patience(effect: &Effect) -> TimeDelta {
    match effect {
        // The next step of the escalation is paged meanwhile.
        Effect::Page { .. } | Effect::StopPage { .. } => TimeDelta::hours(1),
        // A picture that comes later than this helps nobody.
        Effect::Graph { .. } => TimeDelta::minutes(2),
        Effect::StartRun { .. } => TimeDelta::minutes(5),
        // Chat and trackers may be down for hours: the room and the ticket still come.
        Effect::OpenRoom { .. }
        | Effect::CloseRoom { .. }
        | Effect::ReopenRoom { .. }
        | Effect::Post { .. }
        | Effect::OpenTicket { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. }
        | Effect::Tell { .. }
        | Effect::Work { .. } => TimeDelta::hours(24),
    }
}

/// The wait before the next try, after this many.
pub(super) fn backoff(attempt: u32) -> Duration {
    let doubled = BACKOFF_FIRST.saturating_mul(1_u32 << attempt.saturating_sub(1).min(16));
    doubled.min(BACKOFF_MAX)
}
