//! The demo's Prometheus: scrapes the shop, answers queries, and fires an alert.
//!
//! It is there so that the demo needs nothing on the machine; what it speaks is Prometheus' own: the
//! text format, the query API, and alerts as Prometheus posts them. It refuses queries that it
//! cannot work out exactly.

mod alert;
mod api;
mod eval;
mod promql;
mod scrape;
mod store;
#[cfg(test)]
mod tests;

pub(super) use alert::Watch;
pub(super) use api::serve;
pub(super) use scrape::Scraper;
