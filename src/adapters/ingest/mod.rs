//! What alert sources send, read into reports.
//!
//! Everything here is a pure function of bytes and [`Options`]: no server, no clock, no store. It
//! refuses to guess: what cannot be understood is refused with the reason, alert by alert, and the
//! good alerts of the same delivery stay.
//!
//! The invariant: the same bytes with the same options give the same reports, so that a delivery
//! that comes twice changes nothing, and no bytes whatever make it panic.
//!
//! To add a source: one file with its `Config` and a `read`, and its three lines here.

use serde::Deserialize;

pub mod alertmanager;
pub mod auth;
mod delivery;
pub mod grafana;
pub mod heartbeat;
pub mod json;
mod json_guard;
pub mod limits;
pub mod nagios;
mod path;
pub mod prometheus;
mod text;
mod webhook;
mod wire;

#[cfg(test)]
mod tests;

use delivery::Draft;
pub use delivery::{Bad, Delivery, Options, Refused};

/// Every kind of source that posts alerts, with what its configuration may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Prometheus and `amtool`, which take warroom for an Alertmanager: `POST /api/v2/alerts`.
    Prometheus(prometheus::Config),
    /// An Alertmanager's webhook receiver: `POST /hooks/alertmanager`.
    Alertmanager(alertmanager::Config),
    /// A Grafana contact point or a legacy notification channel: `POST /hooks/grafana`.
    Grafana(grafana::Config),
    /// Nagios and Icinga through `warroom nagios`: `POST /hooks/nagios`.
    Nagios(nagios::Config),
    /// Any JSON, mapped by a table of paths: `POST /hooks/json/{name}`.
    Json(json::Config),
}

/// Reads one delivery.
///
/// # Errors
/// When nothing of the body can be used: too large, no strict JSON, or not this kind's shape.
pub fn read(kind: &Kind, body: &[u8], options: &Options) -> Result<Delivery, Bad> {
    let mut draft = Draft::new(options);
    let body = json_guard::check(body, options.max_bytes)?;
    match kind {
        Kind::Prometheus(config) => prometheus::read(config, body, &mut draft)?,
        Kind::Alertmanager(config) => alertmanager::read(config, body, &mut draft)?,
        Kind::Grafana(config) => grafana::read(config, body, &mut draft)?,
        Kind::Nagios(config) => nagios::read(config, body, &mut draft)?,
        Kind::Json(config) => json::read(config, body, &mut draft)?,
    }
    Ok(draft.finish())
}
