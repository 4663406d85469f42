//! The trackers of the configuration, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use compact_str::CompactString;
use reqwest::Client;

use super::read;
use crate::adapters::tickets::Tracker;
use crate::adapters::tickets::recipe::Recipe;
use crate::adapters::tickets::recipe::tracker::{Asked, Options};
use crate::config::{self, Config};

/// Every tracker that is configured; the register that is kept here is not among them.
///
/// # Errors
/// When a secret or a recipe cannot be read.
pub fn build(
    config: &Config,
    client: &Client,
) -> anyhow::Result<BTreeMap<CompactString, Arc<dyn Tracker>>> {
    let one = |(name, tracker): (&String, &config::Tracker)| {
        let built = tracker_of(config, client, (name, tracker));
        let built: Arc<dyn Tracker> = Arc::new(built.with_context(|| format!("tracker {name}"))?);
        Ok((name.as_str().into(), built))
    };
    config.trackers.iter().map(one).collect()
}

fn tracker_of(
    config: &Config,
    client: &Client,
    (name, tracker): (&str, &config::Tracker),
) -> anyhow::Result<Asked> {
    let recipe = match &tracker.recipe {
        config::Recipe::Shipped(name) => Recipe::shipped(name)?,
        config::Recipe::File(path) => {
            let text = std::fs::read_to_string(path);
            let text = text.with_context(|| format!("cannot read {}", path.display()))?;
            Recipe::parse(&text).with_context(|| format!("{} is no recipe", path.display()))?
        }
    };
    let options = Options {
        name: name.into(),
        url: tracker.url.clone(),
        user: tracker.user.clone(),
        token: read(tracker.token.as_ref())?,
        project: tracker.project.clone(),
        values: tracker.values.clone(),
        home: config.server.external_url.clone(),
    };
    Ok(Asked::new(client.clone(), recipe, options)?)
}
