//! What the files say to one alert, without a server: each rule's verdict, and all that would follow.
//!
//! It refuses to know what only a running server knows: which alerts fire now, silences, how many
//! rooms were opened in the last hour. What depends on those is told as a condition.

mod page;
mod run;
mod sample;
mod verdict;

#[cfg(test)]
mod tests;

pub use page::{Paged, Step, Told, Way, page};
pub use run::{Run, run};
pub use sample::sample;
pub use verdict::{Explanation, Files, Held, Outcome, Says, Verdict, explain};
