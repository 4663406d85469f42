//! An HTTP API that is only read: who we are to it, how long it may take, how much it may say.
//!
//! One client for each address, because trust and credentials belong to the address. It refuses to
//! follow redirects, which would carry the credentials elsewhere, to read without a limit, and to
//! let an address or a secret into an error.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode};
use url::Url;

use super::failure::Failure;
use super::http;
use crate::domain::line::cut;
use crate::domain::secret::Secret;

/// How much of an answer is read: 1,000 series of 1,000 points take some 20 bytes a point.
pub const BYTES_MAX: usize = 16 << 20;
/// How much of an answer that is an error is read: errors are sentences.
const ERROR_BYTES_MAX: usize = 64 << 10;
/// How many characters of the other side's own words are passed on.
const WORDS_MAX: usize = 500;
/// What Grafana Mimir, Cortex and Loki tell tenants by:
/// <https://grafana.com/docs/mimir/latest/references/http-api/>.
const TENANT: HeaderName = HeaderName::from_static("x-scope-orgid");

/// Who we say that we are.
#[derive(Debug, Clone, Default)]
pub enum Proof {
    /// Nobody.
    #[default]
    None,
    /// A bearer token.
    Bearer(Secret),
    /// A name and a password.
    Basic(String, Secret),
    /// An API key of Elasticsearch, as it gives it out: encoded.
    ApiKey(Secret),
}

/// How an API is reached.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it begins; what is asked is appended to its path.
    pub url: Url,
    /// Who we are.
    pub proof: Proof,
    /// Certificates (PEM) to trust in place of the system's.
    pub trusted: Option<Vec<u8>>,
    /// The tenant of a shared installation.
    pub tenant: Option<String>,
    /// How long a whole call may take, the body included.
    pub timeout: Duration,
}

impl Options {
    /// An address that asks for no proof, with ten seconds for a call.
    #[must_use]
    pub fn new(url: Url) -> Self {
        let timeout = Duration::from_secs(10);
        Self { url, proof: Proof::None, trusted: None, tenant: None, timeout }
    }
}

/// Why there is no answer to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// No connection, or it broke.
    Away(&'static str),
    /// The deadline passed.
    Slow,
    /// More than [`BYTES_MAX`] came.
    TooMuch,
    /// An answer, but no 2xx.
    Status(StatusCode, Vec<u8>),
}

impl Miss {
    /// What happened, in words for a person.
    #[must_use]
    pub fn told(&self, timeout: Duration) -> String {
        match self {
            Self::Away(why) => (*why).to_owned(),
            Self::Slow => format!("no answer within {} s", timeout.as_secs()),
            Self::TooMuch => format!("more than {} MiB came: narrow the query", BYTES_MAX >> 20),
            Self::Status(status, _) if status.is_redirection() => format!(
                "it answers with a redirect ({status}), which is not followed: configure the \
                 address that it leads to"
            ),
            Self::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                "it wants another token or password than the configured one".to_owned()
            }
            Self::Status(status, _) => format!("it answers {status}"),
        }
    }
}

/// One API.
#[derive(Debug, Clone)]
pub struct Api {
    client: Client,
    base: Url,
    timeout: Duration,
    secret: Option<Secret>,
}

impl Api {
    /// Gets ready to ask; nothing is sent yet.
    ///
    /// # Errors
    /// [`Failure::Broken`], when a certificate or a credential cannot be used.
    pub fn new(options: Options) -> Result<Self, Failure> {
        let Options { url, proof, trusted, tenant, timeout } = options;
        let broken = |why: &str| Failure::Broken { why: why.to_owned() };
        let mut client = http::builder().timeout(timeout).default_headers(
            headers(&proof, tenant.as_deref())
                .ok_or_else(|| broken("a token or the tenant has characters that HTTP forbids"))?,
        );
        if let Some(pem) = trusted {
            let certificates = Certificate::from_pem_bundle(&pem)
                .map_err(|_| broken("the file with certificates holds no PEM"))?;
            client = client.tls_certs_only(certificates);
        }
        let client = client.build().map_err(|_| broken("the HTTP client cannot be built"))?;
        let secret = match proof {
            Proof::None => None,
            Proof::Bearer(secret) | Proof::Basic(_, secret) | Proof::ApiKey(secret) => Some(secret),
        };
        Ok(Self { client, base: url, timeout, secret })
    }

    /// The client, for libraries that send by themselves.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Where the API begins.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// How long a call may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The address of something below the base; each word becomes one segment, whatever is in it.
    #[must_use]
    pub fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// Sends a request and reads the body of a 2xx answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn fetch(&self, request: RequestBuilder) -> Result<Vec<u8>, Miss> {
        match request.send().await {
            Ok(response) => self.read(response).await,
            Err(error) => Err(lost(&error)),
        }
    }

    /// Reads the body of a 2xx answer, and stops when it has more than [`BYTES_MAX`].
    ///
    /// # Errors
    /// Why there is none.
    pub async fn read(&self, mut response: Response) -> Result<Vec<u8>, Miss> {
        let status = response.status();
        let is_good = status.is_success();
        let most = if is_good { BYTES_MAX } else { ERROR_BYTES_MAX };
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
            if body.len() + chunk.len() > most {
                if is_good {
                    return Err(Miss::TooMuch);
                }
                break;
            }
            body.extend_from_slice(&chunk);
        }
        if is_good { Ok(body) } else { Err(Miss::Status(status, body)) }
    }

    /// The other side's own words, fit to be shown: one line, short, without our secret.
    #[must_use]
    pub fn words(&self, text: &str) -> String {
        let secret = self.secret.as_ref().map(Secret::reveal).filter(|secret| !secret.is_empty());
        let text = match secret {
            Some(secret) => text.replace(secret, "***"),
            None => text.to_owned(),
        };
        let one_line = text.replace(|c: char| c.is_control(), " ");
        cut(one_line.trim(), WORDS_MAX)
    }

    /// What a miss means where [`Failure`] is asked for.
    #[must_use]
    pub fn failure(&self, miss: &Miss) -> Failure {
        let why = miss.told(self.timeout);
        match miss {
            Miss::Away(_) => Failure::Retry { why, after: None },
            Miss::Slow => Failure::Unknown { why },
            Miss::TooMuch => Failure::Refused { why },
            Miss::Status(status, _) if status.is_server_error() => Failure::Unknown { why },
            Miss::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                Failure::Broken { why }
            }
            Miss::Status(status, _) if status.is_redirection() => Failure::Broken { why },
            Miss::Status(..) => Failure::Refused { why },
        }
    }
}

/// What a person should read who finds something else than JSON.
#[must_use]
pub fn not_json(body: &[u8]) -> &'static str {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => "the answer is empty",
        Some(b'<') => "a web page came: is there a login or another program in between?",
        Some(_) => "the answer is no JSON that is known here",
    }
}

fn headers(proof: &Proof, tenant: Option<&str>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    let authorization = match proof {
        Proof::None => None,
        Proof::Bearer(token) => Some(format!("Bearer {}", token.reveal())),
        Proof::ApiKey(key) => Some(format!("ApiKey {}", key.reveal())),
        Proof::Basic(user, password) => {
            let pair = format!("{user}:{}", password.reveal());
            Some(format!("Basic {}", STANDARD.encode(pair)))
        }
    };
    if let Some(text) = authorization {
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    if let Some(tenant) = tenant {
        headers.insert(TENANT, HeaderValue::from_str(tenant).ok()?);
    }
    Some(headers)
}

/// What a lost request means. The error itself names the address, and is dropped.
pub(super) fn lost(error: &reqwest::Error) -> Miss {
    if error.is_timeout() {
        Miss::Slow
    } else if error.is_connect() {
        Miss::Away("no connection")
    } else {
        Miss::Away("the connection broke before the whole answer was there")
    }
}
