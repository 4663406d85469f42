//! The configured sources as the server and the ingest adapters take them.

use anyhow::Context as _;
use serde_json::json;

use crate::adapters::ingest::{self, auth, grafana, nagios, prometheus};
use crate::config::{self, Config, Held};
use crate::server::{Beat, Source, Sources};

/// Every source and heartbeat whose door is open.
///
/// # Errors
/// When a secret cannot be read, or a path of a JSON source is none.
pub(super) fn sources(config: &Config) -> anyhow::Result<Sources> {
    let mut sources = Sources { alerts: Vec::new(), beats: Vec::new() };
    for (name, source) in config.sources.iter().filter(|(_, source)| source.enabled) {
        let kind = kind(&source.kind).with_context(|| format!("[sources.{name}]"))?;
        let auth = auth(&source.auth).with_context(|| format!("[sources.{name}.auth]"))?;
        let mut options = ingest::Options::new(name, chrono::DateTime::UNIX_EPOCH);
        options.replica_labels.clone_from(&config.alerts.replica_labels);
        options.labels.clone_from(&source.labels);
        options.expire_after = source.expire_after;
        options.max_bytes = config.server.body_limit;
        sources.alerts.push(Source { kind, auth, options });
    }
    for (name, beat) in &config.heartbeats {
        let auth = auth(&beat.auth).with_context(|| format!("[heartbeats.{name}.auth]"))?;
        sources.beats.push(Beat { name: name.as_str().into(), auth });
    }
    Ok(sources)
}

fn kind(kind: &config::Kind) -> anyhow::Result<ingest::Kind> {
    Ok(match kind {
        config::Kind::Prometheus(names) => ingest::Kind::Prometheus(prometheus::Config {
            names: match names {
                config::Names::Legacy => prometheus::Names::Legacy,
                config::Names::Utf8 => prometheus::Names::Utf8,
            },
        }),
        config::Kind::Alertmanager => ingest::Kind::Alertmanager(Default::default()),
        config::Kind::Grafana => ingest::Kind::Grafana(grafana::Config::default()),
        config::Kind::Nagios(soft) => ingest::Kind::Nagios(nagios::Config {
            soft: match soft {
                config::Soft::Ignore => nagios::Soft::Ignore,
                config::Soft::Report => nagios::Soft::Report,
            },
            ..nagios::Config::default()
        }),
        config::Kind::Json(map) => ingest::Kind::Json(
            serde_json::from_value(json!({
                "alerts": map.alerts,
                "labels": map.labels,
                "annotations": map.annotations,
                "status": map.status,
                "firing": map.firing,
                "resolved": map.resolved,
                "starts_at": map.starts_at,
                "ends_at": map.ends_at,
                "url": map.url,
            }))
            .context("json")?,
        ),
    })
}

fn auth(auth: &config::Auth) -> anyhow::Result<auth::Auth> {
    let read = |held: &[Held]| -> anyhow::Result<Vec<auth::Held>> {
        held.iter()
            .map(|held| Ok(auth::Held::Value(held.read().context("cannot read a secret")?)))
            .collect()
    };
    Ok(match auth {
        config::Auth::None => auth::Auth::None,
        config::Auth::Bearer(tokens) => auth::Auth::Bearer(read(tokens)?),
        config::Auth::Basic(user, passwords) => {
            auth::Auth::Basic { user: user.clone(), passwords: read(passwords)? }
        }
        config::Auth::Hmac(secrets) => {
            auth::Auth::Hmac { secrets: read(secrets)?, tolerance_s: None }
        }
    })
}
