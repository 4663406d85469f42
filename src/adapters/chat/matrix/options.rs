//! What a homeserver's section of the configuration means.

use url::Url;

use crate::domain::secret::Secret;

/// One account on one homeserver.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the client-server API begins: `https://matrix.example.org`.
    pub homeserver: Url,
    /// The access token of the account; of an application service, its `as_token`.
    pub token: Secret,
    /// The device that the token belongs to; given, another one is reported by `warroom doctor`.
    pub device: Option<String>,
    /// Servers, beside our own, whose people belong to the team. Everybody else is a guest.
    pub team_servers: Vec<String>,
    /// Certificates (PEM) to trust in place of the system's.
    pub trusted: Option<Vec<u8>>,
    /// Events are pushed to us by the homeserver; none: we ask for them.
    pub service: Option<Service>,
}

/// What an application service has beside its token.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name at the homeserver.
    pub id: String,
    /// By what the homeserver proves that it is itself.
    pub hs_token: Secret,
    /// The local part of our user.
    pub sender: String,
    /// Where the homeserver reaches us; `/_matrix/app/v1` is appended.
    pub url: Url,
}

impl Options {
    /// An account that asks for its events, without anything else.
    #[must_use]
    pub fn new(homeserver: Url, token: Secret) -> Self {
        let (device, team_servers, trusted, service) = (None, Vec::new(), None, None);
        Self { homeserver, token, device, team_servers, trusted, service }
    }
}
