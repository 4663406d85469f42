//! The pagers of the configuration, by name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context as _;
use compact_str::CompactString;
use reqwest::Client;

use super::read;
use crate::adapters::http;
use crate::adapters::pagers::{Pager, email, ntfy, pagerduty, twilio, webhook};
use crate::adapters::signature::Signed;
use crate::config::{self, Config, Held};
use crate::domain::secret::Secret;
use crate::engine::clock;
use crate::server;

/// Every pager that is configured, by the name that people's contacts use.
///
/// # Errors
/// When a secret or a certificate cannot be read.
pub fn build(
    config: &Config,
    client: &Client,
) -> anyhow::Result<BTreeMap<CompactString, Arc<dyn Pager>>> {
    let one = |(name, pager): (&String, &config::Pager)| {
        let built = pager_of(config, client, (name, pager));
        Ok((name.as_str().into(), built.with_context(|| format!("pager {name}"))?))
    };
    config.pagers.iter().map(one).collect()
}

/// The same pagers for what comes back by them, with the people behind the addresses.
///
/// # Errors
/// As [`build`].
pub(super) fn answers(config: &Config) -> anyhow::Result<server::Pagers> {
    let client = http::client().context("cannot build the HTTP client")?;
    Ok(server::Pagers { named: build(config, &client)?, people: people(config) })
}

/// Whose an address is, by the name of the pager and the address. An address that two people have is
/// nobody's: it does not say who answers.
fn people(config: &Config) -> BTreeMap<(CompactString, CompactString), CompactString> {
    let mut all: BTreeMap<_, BTreeSet<CompactString>> = BTreeMap::new();
    for (name, person) in &config.people {
        for way in &person.reach.ways {
            let key = (way.pager.clone(), way.address.clone());
            all.entry(key).or_default().insert(name.as_str().into());
        }
    }
    let alone = |(key, names): (_, BTreeSet<CompactString>)| {
        (names.len() == 1).then_some(()).and(names.into_iter().next()).map(|name| (key, name))
    };
    all.into_iter().filter_map(alone).collect()
}

fn pager_of(
    config: &Config,
    client: &Client,
    (name, pager): (&str, &config::Pager),
) -> anyhow::Result<Arc<dyn Pager>> {
    let client = client.clone();
    Ok(match pager {
        config::Pager::Webhook(webhook) => {
            let secret = read(webhook.secret.as_ref())?;
            let post = Signed::new(client, webhook.url.clone(), secret, clock::wall);
            Arc::new(webhook::Webhook::new(post))
        }
        config::Pager::Ntfy(ntfy) => {
            let token = read(ntfy.token.as_ref())?;
            Arc::new(ntfy::Ntfy::new(client, ntfy.url.clone(), ntfy.topic.clone(), token))
        }
        config::Pager::Email(email) => Arc::new(mail(email)?),
        config::Pager::Twilio(twilio) => {
            let options = telephone(config, (name, twilio))?;
            Arc::new(twilio::Twilio::new(client, options))
        }
        config::Pager::PagerDuty(service) => {
            let key = needed(&service.routing_key)?;
            let secret = read(service.webhook_secret.as_ref())?;
            Arc::new(pagerduty::PagerDuty::new(client, service.url.clone(), key, secret))
        }
    })
}

fn mail(email: &config::Email) -> anyhow::Result<email::Email> {
    let (host, port) = email.server.rsplit_once(':').context("the server has no port")?;
    let trusted = email.ca_file.as_ref().map(std::fs::read).transpose();
    let password = read(email.password.as_ref())?;
    let options = email::Options {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: port.parse().context("the server's port is no number")?,
        privacy: match email.tls {
            config::Tls::StartTls => email::Privacy::StartTls,
            config::Tls::Tls => email::Privacy::Tls,
            config::Tls::None => email::Privacy::None,
        },
        trusted: trusted.context("cannot read `ca_file`")?,
        login: email.user.clone().zip(password),
        from: email.from.clone(),
        to: email.to.clone(),
    };
    Ok(email::Email::new(options)?)
}

fn telephone(
    config: &Config,
    (name, twilio): (&str, &config::Twilio),
) -> anyhow::Result<twilio::Options> {
    let answers = config.server.external_url.as_ref().and_then(|url| {
        let mut url = url.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(["hooks", "pagers", name]);
        Some(url)
    });
    Ok(twilio::Options {
        url: twilio.url.clone(),
        account: twilio.account.clone(),
        token: needed(&twilio.token)?,
        from: twilio.from.clone(),
        to: twilio.to.clone(),
        way: match twilio.way {
            config::Way::Sms => twilio::Way::Sms,
            config::Way::Voice => twilio::Way::Voice,
        },
        answers,
    })
}

fn needed(held: &Held) -> anyhow::Result<Secret> {
    held.read().context("cannot read a secret")
}
