//! What keeps an alert from waking anybody, and why.
//!
//! Verdicts are asked for in this order, and the first one that holds the alert is its reason:
//!
//! 1. [`silence`]: a person said that these labels are not news for a while.
//! 2. [`inhibition`]: another alert that fires makes this one redundant.
//! 3. flapping: the alert changes too often (`domain::incident`, because it is the incident's own
//!    history that tells).
//! 4. grouping: the alert belongs to an incident that is open already (`domain::rules`).
//! 5. throttle, [`limit`]: too many rooms or pages in too short a time.
//!
//! The order goes from what a person said to what arithmetic says, so that `why` names the most
//! deliberate reason.
//! It refuses to drop anything: a held alert is stored, counted and shown.

pub mod inhibition;
pub mod interval;
pub mod limit;
pub mod silence;
