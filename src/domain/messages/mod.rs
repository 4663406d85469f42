//! Every sentence that people read, one function for each.
//!
//! Short, what happened first, what to do next last, no apology.
//! It refuses markup: each platform escapes and formats for itself.

pub mod alike;
pub mod capsule;
mod card;
pub mod explain;
pub mod freeze;
pub mod grants;
pub mod graph;
pub mod graphs;
mod incident;
pub mod link;
pub mod mirror;
pub mod oncall;
mod outage;
mod plain;
pub mod postmortem;
pub mod replay;
mod room;
pub mod run;
pub mod second_factor;
pub mod sign_in;
pub mod talk;
mod timeline;
mod why;

pub use card::card;
pub use incident::{
    acknowledgement_stale, all_held, called, came_back, exhausted, gone_stale, held_no_longer,
    merged, no_ticket, noted_elsewhere, notice, over, overtaken, page, page_failed, page_with,
    run_refused, run_started, run_unknown, run_watched, source_note, ticket_body, ticket_closed,
};
pub use outage::{brain_away, brain_away_rest};
pub use plain::{cut, plain};
pub use room::{
    brain_was_away, files_broken, files_mended, no_room, no_ticket_either, room_closed,
    room_opened, room_reopened, storm_began, storm_ended,
};
pub use timeline::{Names, alert_name, happened};
pub use why::{not_now, status, told, tried, unknown_alert, verdicts, why};

#[cfg(test)]
mod tests;
