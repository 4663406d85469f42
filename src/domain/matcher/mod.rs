//! Alertmanager's matchers: `service="cms", alertname=~"High.*", severity!="info"`.
//!
//! The syntax is that of Alertmanager's UTF-8 parser, so a text that works there without a warning
//! works here: optional braces, words without quotes, quoted names, a comma at the end.
//! It refuses what Alertmanager reads only for the sake of old files (unknown escapes kept as they
//! are), because the two readings of `"\t"` differ; the message says what to write instead.
//!
//! Invariant: a regex is compiled when it is read, never while an alert waits.

mod all;
mod bad;
mod grammar;
mod implies;
mod index;
mod one;
mod quoted;
#[cfg(test)]
mod tests;

pub use all::{MAX_MATCHERS, MAX_TEXT, Matchers};
pub use bad::Bad;
pub use index::Index;
pub use one::{Matcher, Op};
