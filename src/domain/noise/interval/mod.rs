//! Times of the week that come again: `mon..fri 22:00-06:00 Europe/Paris`.
//!
//! A window begins on a local date and belongs to that date's weekday and month, also where it
//! goes over midnight. Local times become instants by two rules: an hour that comes twice means
//! its first time, and an hour that is skipped means the first instant after the gap. Both say the
//! same: the first instant of that day's clock that shows the time or a later one.
//! A window whose both ends fall into one gap is empty.
//!
//! It refuses days of the month and years; a silence's own start and end say those.

mod recurrence;
#[cfg(test)]
mod tests;
mod text;

pub use recurrence::{BadRecurrence, Recurrence, Standing};
pub use text::{BadTime, Day, TimeOfDay};
