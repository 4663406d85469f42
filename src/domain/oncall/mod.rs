//! Who is on call, who is woken when, and by what.
//!
//! A [`Schedule`] says who is on duty at an instant; an [`Escalation`] says whom to wake, in which
//! order; a person's [`Reach`] says by what they are woken. [`Roster`] holds all of it, and
//! [`Roster::resolve`] turns one step of an escalation into calls of people.
//!
//! **Local time.** Hand-offs and hours are written as local wall time and happen at the first instant
//! at which the local clock shows that time or a later one: a time that the clock skips is the first
//! instant after the gap, a time that it shows twice is the first of the two. That rule maps every
//! wall time to exactly one instant and keeps their order, so that a turn ends where the next one
//! begins: no hour is uncovered, none is covered twice, and a turn is as long as the night is.
//! Where the date line moves and a day is skipped, all that was to happen on it happens at its end.
//!
//! It refuses to read a clock or to ask anybody: the time, the overrides that people made, and the
//! people's contacts come in as values.

mod check;
mod ending;
mod escalation;
mod export;
mod hours;
mod layer;
mod lists;
mod overrides;
mod plans;
mod read;
mod roster;
mod schedule;
mod shifts;
mod wall;
mod when;

#[cfg(test)]
mod tests;

pub use check::{Finding, check};
pub use ending::{Edge, Ending};
pub use escalation::{BadTarget, Escalation, Quiet, Reach, Step, Target, Way};
pub use export::ics;
pub use hours::{Hours, Span};
pub use layer::{Layer, OnHolidays};
pub use lists::{people_of, shifts_of};
pub use overrides::Override;
pub use plans::Plans;
pub use read::{Read, hours as read_hours, quiet, severities, ways};
pub use roster::{Call, Contact, Miss, Missed, Resolved, Roster};
pub use schedule::{Because, Duty, Holidays, Schedule};
pub use shifts::Shift;
pub use wall::instant;
pub use when::{BadWhen, When};
