//! Signed links that answer a page: one person, one incident, one verb, and an end.
//!
//! The key is made once and kept in the brain, so that every replica knows it and no configuration
//! is needed. A link is no session: it can do what it says and nothing else. It refuses to say who
//! may do that, which is asked when it is used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use url::Url;

use super::Engine;
use super::clock::{Clock, unguessable};
use crate::adapters::pagers;
use crate::brain::{Brain, Error, Kind};
use crate::domain::ids::Number;

/// How long a link works: a page that nobody answered in a day is history.
const LIFE: TimeDelta = TimeDelta::hours(24);
/// How long a page waits for the key, once in the life of a process.
const KEY_WAIT: Duration = Duration::from_millis(500);
/// The name of the key in the brain.
const KEY: CompactString = CompactString::const_new("links");
/// What every token begins with; another form would begin with another word.
const FORM: &str = "1";
/// The longest token: a name of 40 characters takes 200 bytes.
const TOKEN_BYTES_MAX: usize = 512;

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// For whom it was made.
    pub person: CompactString,
    /// The incident that it acknowledges.
    pub number: Number,
    /// When it ends.
    pub until: DateTime<Utc>,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// It was not made here, or was changed or cut on its way.
    #[error("the link is not one of ours, or not all of it")]
    Forged,
    /// Its time is over.
    #[error("the link has ended")]
    Over,
    /// The brain, which has the key, is away.
    #[error("the link cannot be checked now: {0}")]
    Away(Error),
}

/// Makes and reads links.
pub struct Links {
    brain: Arc<dyn Brain>,
    clock: Arc<dyn Clock>,
    key: OnceCell<[u8; 32]>,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").finish_non_exhaustive()
    }
}

impl Links {
    /// Links with the key of this brain, which is fetched when it is first needed.
    #[must_use]
    pub fn new(brain: Arc<dyn Brain>, clock: Arc<dyn Clock>) -> Self {
        Self { brain, clock, key: OnceCell::new() }
    }

    /// What a page about an incident carries, where people reach this server at `base`. A person's
    /// page gets a link that acknowledges; without the key it does without.
    pub async fn of_page(&self, base: &Url, number: Number, person: Option<&str>) -> pagers::Links {
        let incident = below(base, &["incidents", &number.to_string()]);
        let token = match person {
            // A page never waits for the brain: without the key it goes out without the link.
            Some(person) => match timeout(KEY_WAIT, self.token(person, number)).await {
                Ok(token) => token.ok(),
                Err(_) => None,
            },
            None => None,
        };
        let acknowledge = token.map(|token| below(base, &["a", &token]));
        pagers::Links { incident, acknowledge }
    }

    /// The token of a link that lets a person acknowledge an incident.
    ///
    /// # Errors
    /// When the brain is away and the key was not needed before.
    pub async fn token(&self, person: &str, number: Number) -> Result<String, Error> {
        let until = (self.clock.now() + LIFE).timestamp();
        let said = BASE64.encode(format!("{number}.{until}.{person}"));
        let signature = BASE64.encode(sign(self.key().await?, &said));
        Ok(format!("{FORM}.{said}.{signature}"))
    }

    /// What a token says, if it is ours and has not ended.
    ///
    /// # Errors
    /// Why it opens nothing.
    pub async fn read(&self, token: &str) -> Result<Link, BadLink> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(BadLink::Forged);
        }
        let mut parts = token.split('.');
        let (Some(FORM), Some(said), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadLink::Forged);
        };
        let given = BASE64.decode(signature).map_err(|_| BadLink::Forged)?;
        let key = self.key().await.map_err(BadLink::Away)?;
        // HMAC takes keys of any length: this cannot fail. The comparison is constant in time.
        Hmac::<Sha256>::new_from_slice(key)
            .ok()
            .and_then(|mac| mac.chain_update(said).verify_slice(&given).ok())
            .ok_or(BadLink::Forged)?;
        let link = parse(said).ok_or(BadLink::Forged)?;
        if link.until < self.clock.now() { Err(BadLink::Over) } else { Ok(link) }
    }

    async fn key(&self) -> Result<&[u8; 32], Error> {
        self.key.get_or_try_init(|| self.find_or_make()).await
    }

    /// Whoever comes first makes it; everybody else takes that one.
    async fn find_or_make(&self) -> Result<[u8; 32], Error> {
        loop {
            let kept = self.brain.documents(Kind::Key).await?;
            let kept = kept.into_iter().find(|document| document.id == KEY);
            if let Some(document) = kept {
                let text = document.body.as_str().unwrap_or_default();
                let key: Option<[u8; 32]> =
                    hex::decode(text).ok().and_then(|it| it.try_into().ok());
                return key.ok_or_else(|| Error::Unusable("the key of links is no key".to_owned()));
            }
            let fresh = unguessable()
                .ok_or_else(|| Error::Away("this machine has no randomness".to_owned()))?;
            let body = serde_json::Value::from(hex::encode(fresh));
            match self.brain.put(Kind::Key, KEY, 0, Some(body)).await {
                Ok(_) => return Ok(fresh),
                Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Engine {
    /// The links that answer pages.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.links
    }
}

fn sign(key: &[u8; 32], said: &str) -> Vec<u8> {
    // HMAC takes keys of any length: this cannot fail, and an empty signature opens nothing.
    let mac = Hmac::<Sha256>::new_from_slice(key);
    mac.map(|mac| mac.chain_update(said).finalize().into_bytes().to_vec()).unwrap_or_default()
}

fn parse(said: &str) -> Option<Link> {
    let text = String::from_utf8(BASE64.decode(said).ok()?).ok()?;
    let mut parts = text.splitn(3, '.');
    let number = Number(parts.next()?.parse().ok()?);
    let until = DateTime::from_timestamp(parts.next()?.parse().ok()?, 0)?;
    Some(Link { number, until, person: parts.next()?.into() })
}

/// An address below the one where people reach this server.
fn below(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}
