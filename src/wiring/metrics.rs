//! The configured sources of numbers and log lines, as the engine takes them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use compact_str::CompactString;

use crate::adapters::api::{self, Api};
use crate::adapters::logs::{Logs, command, elasticsearch, loki};
use crate::adapters::metrics::{Metrics, graphite, prometheus};
use crate::config::{self, Config, LogsKind, MetricsKind, Proof};
use crate::domain::secret::Secret;
use crate::engine::sources::Sources;

/// What every program may see of our environment: where programs are, who runs them, how they write.
const ENVIRONMENT: [&str; 6] = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ"];

/// Builds every configured source. Nothing is asked yet.
///
/// # Errors
/// When a secret or a certificate cannot be read.
pub fn sources(config: &Config) -> anyhow::Result<Sources> {
    let mut sources = Sources::default();
    for (name, source) in &config.metrics {
        let built = metrics(name, source).with_context(|| format!("[metrics.{name}]"))?;
        sources.metrics.insert(name.into(), built);
    }
    for (name, source) in &config.logs {
        let built = logs(source).with_context(|| format!("[logs.{name}]"))?;
        sources.logs.insert(name.into(), built);
        let services = source.services.iter().map(|service| (service.into(), name.into()));
        sources.log_services.extend(services);
    }
    sources.default = default(&config.metrics, |source| source.is_default);
    sources.default_logs = default(&config.logs, |source| source.is_default);
    Ok(sources)
}

/// The one that is marked, or the only one.
fn default<T>(all: &BTreeMap<String, T>, is_default: fn(&T) -> bool) -> Option<CompactString> {
    let marked = all.iter().find(|(_, source)| is_default(source)).map(|(name, _)| name);
    let only = || all.keys().next().filter(|_| all.len() == 1);
    marked.or_else(only).map(CompactString::from)
}

fn metrics(name: &str, source: &config::Metrics) -> anyhow::Result<Arc<dyn Metrics>> {
    let options = options(&source.api)?;
    Ok(match source.kind {
        MetricsKind::Prometheus => Arc::new(prometheus::Prometheus::new(name, options)?),
        MetricsKind::Graphite => Arc::new(graphite::Graphite::new(name, options)?),
    })
}

fn logs(source: &config::Logs) -> anyhow::Result<Arc<dyn Logs>> {
    Ok(match &source.kind {
        LogsKind::Command(program) => Arc::new(command::Command::new(command::Options {
            argv: program.argv.clone(),
            environment: environment(&program.environment),
            timeout: program.timeout,
        })),
        LogsKind::Loki(api, query) => {
            Arc::new(loki::Loki::new(Api::new(options(api)?)?, query.clone()))
        }
        LogsKind::Elasticsearch(api, search) => {
            let options = elasticsearch::Options {
                index: search.index.clone(),
                terms: search.terms.clone(),
                time: search.time.clone(),
                message: search.message.clone(),
            };
            Arc::new(elasticsearch::Elasticsearch::new(Api::new(self::options(api)?)?, options))
        }
    })
}

/// A Prometheus that somebody names on the command line.
///
/// # Errors
/// When the address or the token cannot be used.
pub fn prometheus(
    url: &url::Url,
    token: Option<Secret>,
    timeout: Duration,
) -> anyhow::Result<Box<dyn Metrics>> {
    let proof = token.map_or(api::Proof::None, api::Proof::Bearer);
    let options = api::Options { proof, timeout, ..api::Options::new(url.clone()) };
    let name = url.host_str().unwrap_or("prometheus");
    Ok(Box::new(prometheus::Prometheus::new(name, options)?))
}

pub(super) fn options(api: &config::Api) -> anyhow::Result<api::Options> {
    let secret = |held: &config::Held| held.read().context("cannot read a secret");
    let proof = match &api.proof {
        Proof::None => api::Proof::None,
        Proof::Bearer(token) => api::Proof::Bearer(secret(token)?),
        Proof::Basic(user, password) => api::Proof::Basic(user.clone(), secret(password)?),
        Proof::ApiKey(key) => api::Proof::ApiKey(secret(key)?),
    };
    let read = |file| std::fs::read(file).context("cannot read the certificates in ca_file");
    Ok(api::Options {
        url: api.url.clone(),
        proof,
        trusted: api.ca_file.as_ref().map(read).transpose()?,
        tenant: api.tenant.clone(),
        timeout: api.timeout,
    })
}

fn environment(further: &[String]) -> Vec<(String, String)> {
    let names = ENVIRONMENT.into_iter().chain(further.iter().map(String::as_str));
    names.filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect()
}
