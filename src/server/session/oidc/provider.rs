//! The provider: what it says about itself, its keys, and codes for tokens.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use super::claims::{Expected, Identity, identity, key_of};
use super::flow::Flow;
use super::{Failed, Sealer};
use crate::adapters::failure::Failure;
use crate::adapters::http;
use crate::domain::secret::Secret;
use crate::engine::clock::Clock;

/// How long what the provider says about itself is believed.
const FRESH_FOR: Duration = Duration::from_secs(3600);
/// How soon its keys are asked for again because a token names one that is not known: it may have
/// been made a moment ago, and whoever invents names must not make us ask for each.
const KEYS_AGAIN: Duration = Duration::from_secs(60);
/// Keys of one provider; large ones have ten.
const KEYS_MAX: usize = 100;

/// What the configuration says of the provider.
#[derive(Debug, Clone)]
pub struct Options {
    /// What it is called in its own documents.
    pub issuer: Url,
    /// What it calls us.
    pub client_id: String,
    /// What we prove ourselves with; none: PKCE alone.
    pub client_secret: Option<Secret>,
    /// What the button says.
    pub name: String,
    /// What is asked of it.
    pub scopes: Vec<String>,
    /// What reaches it.
    pub client: Client,
}

/// The provider, with what it said about itself.
#[derive(Debug)]
pub(in crate::server) struct Provider {
    pub(in crate::server) options: Options,
    /// Seals the sign-ins that are under way.
    pub(in crate::server) sealer: Sealer,
    /// Where it sends people back to.
    redirect: Url,
    clock: Arc<dyn Clock>,
    metadata: Mutex<Option<(Duration, Metadata)>>,
    keys: Mutex<Option<(Duration, JwkSet)>>,
}

/// The discovery document, as far as it is used,
/// <https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata>.
#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

impl Metadata {
    /// Whether it takes our secret as a password: what holds where it does not say.
    fn takes_basic(&self) -> bool {
        let methods = &self.token_endpoint_auth_methods_supported;
        methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic")
    }
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// The answer that a browser brings back.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Asked<'a> {
    /// What the sign-in began with.
    pub(in crate::server) flow: &'a Flow,
    /// The code to redeem.
    pub(in crate::server) code: &'a str,
    /// Who says that it answers, RFC 9207.
    pub(in crate::server) issuer: Option<&'a str>,
}

impl Provider {
    /// The configured provider; `external_url` is where people reach us. None: an address that leads
    /// nowhere, or no randomness.
    pub(in crate::server) fn new(
        options: Options,
        external_url: &Url,
        clock: Arc<dyn Clock>,
    ) -> Option<Self> {
        let base = external_url.as_str().trim_end_matches('/');
        let redirect = Url::parse(&format!("{base}/sign-in/oidc/callback")).ok()?;
        let sealer = Sealer::new(options.client_secret.as_ref())?;
        let (metadata, keys) = (Mutex::default(), Mutex::default());
        Some(Self { options, sealer, redirect, clock, metadata, keys })
    }

    /// Where a browser goes to sign in.
    pub(in crate::server) async fn address(&self, flow: &Flow) -> Result<Url, Failed> {
        let mut address = self.metadata().await?.authorization_endpoint;
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.options.client_id)
            .append_pair("redirect_uri", self.redirect.as_str())
            .append_pair("scope", &self.options.scopes.join(" "))
            .append_pair("state", &flow.state)
            .append_pair("nonce", &flow.nonce)
            .append_pair("code_challenge", &flow.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(address)
    }

    /// Who has signed in.
    pub(in crate::server) async fn redeem(
        &self,
        asked: Asked<'_>,
        now: DateTime<Utc>,
    ) -> Result<Identity, Failed> {
        let metadata = self.metadata().await?;
        if asked.issuer.is_some_and(|issuer| issuer != metadata.issuer) {
            return Err(Failed::Invalid("another provider answered"));
        }
        let token = self.exchange(&metadata, asked).await?;
        let expected = Expected {
            issuer: &metadata.issuer,
            client_id: &self.options.client_id,
            nonce: &asked.flow.nonce,
            now,
        };
        let keys = self.keys(&metadata, FRESH_FOR).await?;
        if let Some(key) = key_of(&token, &keys)? {
            return identity(&token, key, &expected);
        }
        let keys = self.keys(&metadata, KEYS_AGAIN).await?;
        let key = key_of(&token, &keys)?;
        let key = key.ok_or(Failed::Invalid("the token is signed with an unknown key"))?;
        identity(&token, key, &expected)
    }

    /// The token for a code.
    async fn exchange(&self, metadata: &Metadata, asked: Asked<'_>) -> Result<String, Failed> {
        let Self { options, redirect, .. } = self;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", asked.code),
            ("redirect_uri", redirect.as_str()),
            ("client_id", &options.client_id),
            ("code_verifier", &asked.flow.verifier),
        ];
        let mut request = options.client.post(metadata.token_endpoint.clone());
        match &options.client_secret {
            Some(secret) if metadata.takes_basic() => {
                // RFC 6749 §2.3.1: both are encoded as in a form first.
                let (id, secret) = (encoded(&options.client_id), encoded(secret.reveal()));
                request = request.basic_auth(id, Some(secret));
            }
            Some(secret) => form.push(("client_secret", secret.reveal())),
            None => {}
        }
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let request = request.header(kind.0, kind.1).header("accept", "application/json");
        let text = http::send(request.body(form)).await.map_err(|failure| match failure {
            // A code that was used, or that was somebody else's.
            Failure::Refused { .. } => Failed::Provider,
            failure => Failed::Away(failure.to_string()),
        })?;
        read::<Tokens>(&text, "its token").map(|tokens| tokens.id_token)
    }

    async fn metadata(&self) -> Result<Metadata, Failed> {
        let mut known = self.metadata.lock().await;
        let uptime = self.clock.uptime();
        if let Some((at, metadata)) = known.as_ref()
            && uptime.saturating_sub(*at) < FRESH_FOR
        {
            return Ok(metadata.clone());
        }
        let issuer = self.options.issuer.as_str().trim_end_matches('/');
        let address = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Metadata = self.get(&address, "its discovery document").await?;
        if metadata.issuer.trim_end_matches('/') != issuer {
            return Err(Failed::Away("its discovery document is another issuer's".to_owned()));
        }
        let is_safe = |url: &Url| url.scheme() == "https" || self.options.issuer.scheme() == "http";
        if ![&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri]
            .into_iter()
            .all(is_safe)
        {
            return Err(Failed::Away("its addresses are not https".to_owned()));
        }
        *known = Some((uptime, metadata.clone()));
        Ok(metadata)
    }

    /// Its keys, no older than this.
    async fn keys(&self, metadata: &Metadata, age: Duration) -> Result<JwkSet, Failed> {
        let mut known = self.keys.lock().await;
        let uptime = self.clock.uptime();
        if let Some((at, keys)) = known.as_ref()
            && uptime.saturating_sub(*at) < age
        {
            return Ok(keys.clone());
        }
        let mut keys: JwkSet = self.get(metadata.jwks_uri.as_str(), "its keys").await?;
        keys.keys.truncate(KEYS_MAX);
        *known = Some((uptime, keys.clone()));
        Ok(keys)
    }

    async fn get<T: DeserializeOwned>(&self, address: &str, what: &str) -> Result<T, Failed> {
        let text = http::send(self.options.client.get(address)).await;
        read(&text.map_err(|failure| Failed::Away(failure.to_string()))?, what)
    }
}

/// Reads an answer. It is not shown: there may be a token in it.
fn read<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Failed> {
    serde_json::from_str(text).map_err(|_| Failed::Away(format!("{what} cannot be read")))
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
