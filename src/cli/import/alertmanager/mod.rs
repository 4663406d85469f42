//! Alertmanager's configuration becomes rules, policies, people and pagers.
//!
//! The tree of routes becomes a list in which the first match counts, so that the same receivers hear
//! of an alert: a route stands behind its children, and where routes go on (`continue`) each
//! combination that can happen is a rule of its own. A receiver becomes a team; what it sends becomes
//! people behind pagers, or rooms. Keys that nobody here reads are listed, with their lines.
//! It refuses to copy secrets: files are named for them.
//! (<https://prometheus.io/docs/alerting/latest/configuration/>)

mod flatten;
mod inhibit;
mod matchers;
mod policies;
mod receivers;
mod route;
mod times;
mod write;
mod yaml;

#[cfg(test)]
mod tests;

pub(in crate::cli) use write::read;
