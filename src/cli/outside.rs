//! What `warroom doctor` asks of pagers and trackers: whether each is there and knows us.
//!
//! Nobody is woken and nothing is made; `warroom page test` does wake somebody.

use futures_util::future::join_all;

use super::doctor::Report;
use crate::adapters::failure::Failure;
use crate::adapters::http;
use crate::config::Config;
use crate::wiring;

/// Asks all of them at once: those that are away cost one deadline together.
pub(super) async fn examine(config: &Config, report: &mut Report) {
    let Ok(client) = http::client() else {
        return report.bad("pagers: the HTTP client cannot be built");
    };
    match wiring::pagers(config, &client) {
        Err(error) => report.bad(format!("pagers: {error:#}")),
        Ok(pagers) => {
            let asked = pagers
                .iter()
                .map(async |(name, pager)| (format!("pagers: {name}"), pager.about().await));
            tell(report, join_all(asked).await);
        }
    }
    match wiring::trackers(config, &client) {
        Err(error) => report.bad(format!("trackers: {error:#}")),
        Ok(trackers) => {
            let asked = trackers
                .iter()
                .map(async |(name, tracker)| (format!("trackers: {name}"), tracker.about().await));
            tell(report, join_all(asked).await);
        }
    }
    if !config.pagers.is_empty() && config.server.external_url.is_none() {
        report.warn(
            "pagers: without server.external_url pages carry no links: nobody can take an incident \
             from a mail or a push",
        );
    }
}

fn tell(report: &mut Report, answers: Vec<(String, Result<String, Failure>)>) {
    for (name, answer) in answers {
        match answer {
            Ok(about) => report.good(format!("{name}: {about}")),
            Err(failure) => report.bad(format!("{name}: {failure}")),
        }
    }
}
