//! Fetches the shop's metrics, as Prometheus would.

use std::sync::{Arc, RwLock};

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use reqwest::Client;

use super::store::{NAME, Store};
use crate::domain::alert::Labels;
use crate::domain::matcher::Matchers;

/// Keeps what it scraped, for whoever asks.
#[derive(Debug, Clone)]
pub(in crate::cli::demo) struct Scraper {
    client: Client,
    store: Arc<RwLock<Store>>,
}

impl Scraper {
    pub(in crate::cli::demo) fn new(client: Client) -> Self {
        Self { client, store: Arc::default() }
    }

    /// Scrapes once. A target that does not answer is `up 0`, and leaves a gap in its own series.
    pub(in crate::cli::demo) async fn scrape(&self, url: &str, at: DateTime<Utc>) {
        let mut samples = match self.fetch(url).await {
            Ok(text) => samples(&text),
            Err(_) => Vec::new(),
        };
        let is_up = if samples.is_empty() { 0.0 } else { 1.0 };
        let up = [(NAME.into(), "up".into()), ("service".into(), "shop".into())];
        samples.push((Labels::from(up), is_up));
        if let Ok(mut store) = self.store.write() {
            store.add(at, samples);
        }
    }

    async fn fetch(&self, url: &str) -> reqwest::Result<String> {
        self.client.get(url).send().await?.error_for_status()?.text().await
    }

    /// Looks at the samples.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Store) -> T) -> Option<T> {
        self.store.read().ok().map(|store| look(&store))
    }
}

/// Reads the text format of Prometheus.
pub(super) fn samples(text: &str) -> Vec<(Labels, f64)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect()
}

/// `name{a="b"} 1`.
fn sample(line: &str) -> Option<(Labels, f64)> {
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    let mut all = Labels::from([(NAME.into(), CompactString::from(name))]);
    // A list of labels reads like a list of matchers.
    let matchers = Matchers::parse_or_empty(labels.trim_end_matches('}')).ok()?;
    all.extend(matchers.iter().map(|it| (it.name().clone(), it.value().clone())));
    Some((all, value.trim().parse().ok()?))
}
