//! What a server's section of the configuration means.

use crate::domain::secret::Secret;

/// One account on one server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Our address, `warroom@example.org`.
    pub jid: String,
    /// Its password.
    pub password: Secret,
    /// `host:port` of the server; none: as its DNS says.
    pub address: Option<String>,
    /// Where rooms are: `conference.example.org`; none: the server is asked.
    pub rooms: Option<String>,
    /// Domains, beside our own, whose people belong to the team. Everybody else is a guest.
    pub team_domains: Vec<String>,
    /// Certificates (PEM) to trust in place of the system's.
    pub trusted: Option<Vec<u8>>,
}

impl Options {
    /// An account, with everything else as the server says.
    #[must_use]
    pub fn new(jid: impl Into<String>, password: Secret) -> Self {
        let (address, rooms, team_domains, trusted) = (None, None, Vec::new(), None);
        Self { jid: jid.into(), password, address, rooms, team_domains, trusted }
    }
}
