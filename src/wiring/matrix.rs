//! What a homeserver's section of the configuration means to its adapter.

use anyhow::Context as _;

use crate::adapters::chat::matrix::{Options, Service};
use crate::config::{Config, MatrixChat, MatrixService};

/// The account of a section, with its secrets.
///
/// # Errors
/// When a secret or a certificate cannot be read, or nobody knows where the homeserver reaches us.
pub fn options(config: &Config, matrix: &MatrixChat) -> anyhow::Result<Options> {
    let trusted = matrix.ca_file.as_ref().map(std::fs::read).transpose();
    Ok(Options {
        device: matrix.device.clone(),
        team_servers: matrix.team_servers.clone(),
        trusted: trusted.context("cannot read `ca_file`")?,
        service: matrix.service.as_ref().map(|it| service(config, it)).transpose()?,
        ..Options::new(matrix.homeserver.clone(), matrix.token.read().context("token")?)
    })
}

fn service(config: &Config, service: &MatrixService) -> anyhow::Result<Service> {
    let url = service.url.as_ref().or(config.server.external_url.as_ref());
    Ok(Service {
        id: service.id.clone(),
        hs_token: service.hs_token.read().context("hs_token")?,
        sender: service.sender.clone(),
        url: url.cloned().context("`service` needs `url`: where the homeserver reaches warroom")?,
    })
}
