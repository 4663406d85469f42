//! The chat platforms that are configured.

use std::sync::Arc;

use anyhow::Context as _;

use crate::adapters::chat::platform::Platform;
use crate::config::{Chat, ChatKind, Config};
use crate::engine::mirror::Site;

/// Every platform, in the order of the configuration.
///
/// # Errors
/// When a secret cannot be read, or this build lacks a platform.
pub fn sites(config: &Config) -> anyhow::Result<Vec<Site>> {
    config.chat.iter().map(|chat| site(config, chat)).collect()
}

fn site(config: &Config, chat: &Chat) -> anyhow::Result<Site> {
    let platform = platform(config, chat).with_context(|| format!("[chat.{}]", chat.name))?;
    let rooms = chat.rooms.iter().map(|(ours, theirs)| (ours.as_str().into(), theirs.clone()));
    Ok(Site { name: chat.name.as_str().into(), platform, rooms: rooms.collect() })
}

fn platform(config: &Config, chat: &Chat) -> anyhow::Result<Arc<dyn Platform>> {
    match &chat.kind {
        ChatKind::Matrix(matrix) => matrix_platform(config, matrix),
        ChatKind::Mattermost(mattermost) => mattermost_platform(config, &chat.name, mattermost),
        ChatKind::Slack(slack) => slack_platform(config, slack),
        ChatKind::Xmpp(xmpp) => xmpp_platform(xmpp),
    }
}

#[cfg(feature = "matrix")]
fn matrix_platform(
    config: &Config,
    matrix: &crate::config::MatrixChat,
) -> anyhow::Result<Arc<dyn Platform>> {
    let options = super::matrix_options(config, matrix)?;
    Ok(Arc::new(crate::adapters::chat::matrix::Matrix::new(options)?))
}

#[cfg(not(feature = "matrix"))]
fn matrix_platform(
    _config: &Config,
    _matrix: &crate::config::MatrixChat,
) -> anyhow::Result<Arc<dyn Platform>> {
    anyhow::bail!("this build has no Matrix: build it with the feature `matrix`")
}

#[cfg(feature = "mattermost")]
fn mattermost_platform(
    config: &Config,
    name: &str,
    mattermost: &crate::config::MattermostChat,
) -> anyhow::Result<Arc<dyn Platform>> {
    use crate::adapters::chat::mattermost::{Mattermost, Options};

    let trusted = mattermost.ca_file.as_ref().map(std::fs::read).transpose();
    let external_url = config.server.external_url.clone();
    let mut callback = mattermost.callback.clone().or_else(|| external_url.clone());
    if let Some(callback) = &mut callback
        && let Ok(mut path) = callback.path_segments_mut()
    {
        path.pop_if_empty().extend(["hooks", "chat", name]);
    }
    let token = mattermost.token.read().context("token")?;
    Ok(Arc::new(Mattermost::new(Options {
        is_private: mattermost.is_private,
        callback,
        external_url,
        trusted: trusted.context("cannot read `ca_file`")?,
        ..Options::new(mattermost.url.clone(), token, &mattermost.team)
    })?))
}

#[cfg(not(feature = "mattermost"))]
fn mattermost_platform(
    _config: &Config,
    _name: &str,
    _mattermost: &crate::config::MattermostChat,
) -> anyhow::Result<Arc<dyn Platform>> {
    anyhow::bail!("this build has no Mattermost: build it with the feature `mattermost`")
}

#[cfg(feature = "slack")]
fn slack_platform(
    config: &Config,
    slack: &crate::config::SlackChat,
) -> anyhow::Result<Arc<dyn Platform>> {
    use super::read;
    use crate::adapters::chat::slack;

    let options = slack::Options {
        api: match &slack.api {
            Some(url) => url.clone(),
            None => slack::API.parse().context("the address of the Web API")?,
        },
        token: slack.token.read().context("token")?,
        app_token: read(slack.app_token.as_ref()).context("app_token")?,
        signing_secret: read(slack.signing_secret.as_ref()).context("signing_secret")?,
        is_private: slack.is_private,
        external_url: config.server.external_url.clone(),
    };
    Ok(Arc::new(slack::Slack::new(options)?))
}

#[cfg(not(feature = "slack"))]
fn slack_platform(
    _config: &Config,
    _slack: &crate::config::SlackChat,
) -> anyhow::Result<Arc<dyn Platform>> {
    anyhow::bail!("this build has no Slack: build it with the feature `slack`")
}

#[cfg(feature = "xmpp")]
fn xmpp_platform(xmpp: &crate::config::XmppChat) -> anyhow::Result<Arc<dyn Platform>> {
    use crate::adapters::chat::xmpp::{Options, Xmpp};
    use crate::adapters::http;

    let read = |file| std::fs::read(file).context("cannot read the certificates in ca_file");
    let options = Options {
        jid: xmpp.jid.clone(),
        password: xmpp.password.read().context("password")?,
        address: xmpp.address.clone(),
        rooms: xmpp.service.clone(),
        team_domains: xmpp.team_domains.clone(),
        trusted: xmpp.ca_file.as_ref().map(read).transpose()?,
    };
    let client = http::client().context("cannot build the HTTP client")?;
    Ok(Arc::new(Xmpp::new(options, client)?))
}

#[cfg(not(feature = "xmpp"))]
fn xmpp_platform(_xmpp: &crate::config::XmppChat) -> anyhow::Result<Arc<dyn Platform>> {
    anyhow::bail!("this build has no XMPP: build it with the feature `xmpp`")
}
