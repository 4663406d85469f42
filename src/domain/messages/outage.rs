//! What a page says while the brain is away.

use chrono::{DateTime, Utc};

/// A group began to fire while the brain is away.
#[must_use]
pub fn brain_away(title: &str, severity: &str, since: DateTime<Utc>) -> String {
    format!(
        "{title} ({severity}), since {}. warroom's brain is away: there is no incident and no room, \
         nothing is repaired by itself, and nobody else is paged. An acknowledgement does not reach \
         warroom. When the brain is back, the incident opens and may page once more.",
        since.format("%Y-%m-%d %H:%M UTC")
    )
}

/// More groups fire than are paged one by one.
#[must_use]
pub fn brain_away_rest(paged: usize, rest: usize, first: &str) -> String {
    let more = if rest == 1 {
        "1 more group fires".to_owned()
    } else {
        format!("{rest} more groups fire")
    };
    format!(
        "{more} besides the {paged} that were paged, among them: {first}. warroom's brain is away, \
         and these are not paged one by one: look at your monitoring, and bring the brain back."
    )
}
