//! What is answered to people who type.
//!
//! The first line is the answer: whoever reads it is tired, and looks at a phone.

mod about;
mod after;
mod files;
mod incident;
mod language;
mod noise;
mod run;

pub use about::{
    aliased, aliases, broken, graphs, health, logs, no_logs, no_metrics, nobody, numbers, on_call,
    perhaps, rules, too_long_range, unaliased, which_service, you_are,
};
pub use after::{capsule_is_at, put_there, whole_of};
pub use files::{file_diff, files_changed, files_refused, nothing_changed};
pub use incident::{
    alerts, at, counts, firing_now, incidents, leads, merged_into, noted, overall, phase, rated,
    resolved_by, same_incident, standing, state, taken, ticket, ticket_elsewhere, ticket_status,
    tickets, timeline,
};
pub use language::{
    denied, did_you_mean, no_table, not_written, nothing_typed, ran, read_as, too_much, too_slow,
    unknown, usage, which_incident,
};
pub use noise::{
    never_reported, no_silence, others_alike, several_silences, silence_what, silenced,
    silenced_by, silences, too_long_silence, unsilenced, why_opened,
};
pub use run::{
    halted, locked, locks, no_change, no_runbook, no_such_line, resumed, run_answered, run_phase,
    runbooks, runs, sentence, they_may, they_may_not, unlocked, who_can,
};
