//! Back ends that actions call over HTTP: each has an address that an operator wrote, and credentials
//! that stand in no runbook.
//!
//! A call goes below that address and nowhere else. It refuses redirects, and paths that climb.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use super::Fault;
use crate::adapters::api::{Api, Miss};
use crate::domain::runbook::{Field, Shape};

/// How a runbook names one.
pub const FIELD: Field = Field {
    name: "service",
    help: "The back end, by its name in [executor.services]; its credentials stand there",
    shape: Shape::Text,
    is_required: true,
    has_places: false,
};

/// One back end.
#[derive(Debug, Clone)]
pub struct Service {
    api: Api,
}

/// All of them, by the names that runbooks use.
#[derive(Debug, Default)]
pub struct Services(BTreeMap<String, Service>);

/// How a call changes the other side: what a lost answer means depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only looks: nothing was done, whatever came back.
    Looks,
    /// It starts something.
    Changes,
}

impl Services {
    /// Adds one.
    pub fn add(&mut self, name: &str, service: Service) {
        self.0.insert(name.to_owned(), service);
    }

    /// The one of this name.
    ///
    /// # Errors
    /// When there is none: nothing was done.
    pub fn get(&self, name: &str) -> Result<&Service, Fault> {
        self.0.get(name).ok_or_else(|| {
            Fault::Refused(format!("no back end `{name}` is configured: see [executor.services]"))
        })
    }
}

impl Service {
    /// A back end that is reached like this.
    #[must_use]
    pub fn new(api: Api) -> Self {
        Self { api }
    }

    /// A request to a path below the address: `/job/x?y=z`. What is in the path stays in it.
    ///
    /// # Errors
    /// When the path leads elsewhere.
    pub fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Fault> {
        let bad =
            || Fault::Refused(format!("the path {path:?} is not below the back end's address"));
        let (path, query) = path.split_once('?').map_or((path, None), |(path, q)| (path, Some(q)));
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let climbs = |segment: &&str| {
            let plain = segment.replace("%2e", ".").replace("%2E", ".");
            plain == ".." || plain == "." || segment.contains(['\\', '#'])
        };
        if !path.starts_with('/') || path.starts_with("//") || segments.iter().any(climbs) {
            return Err(bad());
        }
        let mut url = self.api.base().clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url.set_query(query);
        let is_below = url.origin() == self.api.base().origin() && url.path().starts_with(&base);
        if !is_below {
            return Err(bad());
        }
        Ok(self.api.client().request(method, url))
    }

    /// Sends a request, and gives the answer of a 2xx with its body.
    ///
    /// # Errors
    /// What is known of it, by whether it changes something.
    pub async fn send(&self, request: RequestBuilder, effect: Effect) -> Result<Answer, Fault> {
        let response = match request.send().await {
            Ok(response) => response,
            // A connection that never came up carried nothing.
            Err(error) if error.is_connect() => {
                return Err(Fault::Refused("no connection to the back end".to_owned()));
            }
            Err(error) if error.is_builder() => {
                return Err(Fault::Refused("the request cannot be written".to_owned()));
            }
            Err(_) => return Err(unknown("the back end did not answer", effect)),
        };
        self.read(response, effect).await
    }

    async fn read(&self, response: Response, effect: Effect) -> Result<Answer, Fault> {
        let status = response.status();
        let headers = response.headers().clone();
        match self.api.read(response).await {
            Ok(body) => Ok(Answer { status: status.as_u16(), headers, body }),
            Err(Miss::Status(status, body)) => {
                let said = self.api.words(&String::from_utf8_lossy(&body));
                let why = format!("the back end answered {status}: {said}");
                Err(match effect {
                    Effect::Changes if status.is_server_error() || status.as_u16() == 408 => {
                        Fault::Unknown(why)
                    }
                    Effect::Changes | Effect::Looks => Fault::Refused(why),
                })
            }
            Err(miss) => Err(unknown(&miss.told(self.api.timeout()), effect)),
        }
    }

    /// Words of the back end, fit to be shown.
    #[must_use]
    pub fn words(&self, text: &str) -> String {
        self.api.words(text)
    }
}

fn unknown(why: &str, effect: Effect) -> Fault {
    match effect {
        Effect::Looks => Fault::Refused(why.to_owned()),
        Effect::Changes => Fault::Unknown(why.to_owned()),
    }
}

/// A 2xx answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; `null` where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A value of JSON as one word: what stands at a pointer, without quotes.
#[must_use]
pub fn word(json: &Value, pointer: &str) -> Option<String> {
    match json.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}
