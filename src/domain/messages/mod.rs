//! Every sentence that people read, one function for each.
//!
//! Short, what happened first, what to do next last, no apology.
//! It refuses markup: each platform escapes and formats for itself.

mod incident;
mod outage;
mod why;

pub use incident::{
    all_held, came_back, card, exhausted, gone_stale, held_no_longer, merged, no_ticket, notice,
    over, overtaken, page, page_failed, run_refused, run_unknown, source_note, ticket_body,
    ticket_closed,
};
pub use outage::{brain_away, brain_away_rest};
pub use why::{not_now, status, told, tried, unknown_alert, verdicts, why};

#[cfg(test)]
mod tests;
