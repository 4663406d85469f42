//! What a Mattermost section of the configuration means.

use url::Url;

use crate::domain::secret::Secret;

/// One bot in one team.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the server is: `https://mattermost.example.org`.
    pub url: Url,
    /// The access token of the bot.
    pub token: Secret,
    /// The team in which rooms are, as it stands in addresses.
    pub team: String,
    /// Whether rooms are for those who were invited only.
    pub is_private: bool,
    /// Where the server posts what was pressed. None: choices are reactions.
    pub callback: Option<Url>,
    /// Where people reach the console; links that are paths begin with it.
    pub external_url: Option<Url>,
    /// Certificates (PEM) to trust in place of the system's.
    pub trusted: Option<Vec<u8>>,
}

impl Options {
    /// A bot whose rooms are open to the team, and whose choices are reactions.
    #[must_use]
    pub fn new(url: Url, token: Secret, team: &str) -> Self {
        let (callback, external_url, trusted) = (None, None, None);
        let team = team.to_owned();
        Self { url, token, team, is_private: false, callback, external_url, trusted }
    }
}
