//! Sends the requests of a recipe.

use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use url::Url;

use super::fill::{Values, at, text_at};
use super::{Ask, Auth, Pick, Recipe};
use crate::adapters::failure::Failure;
use crate::adapters::http;
use crate::domain::secret::Secret;

/// Bytes of an answer: a hundred tickets with all that is known of them.
const ANSWER_MAX: usize = 8 << 20;
/// Names that are told when the wanted one is not among them.
const TOLD: usize = 12;

/// An API that is asked by a recipe.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) user: String,
    pub(super) token: Option<Secret>,
}

impl Asker {
    /// Sends one request; the answer as JSON, null where it is empty.
    pub(super) async fn ask(
        &self,
        recipe: &Recipe,
        ask: &Ask,
        values: &Values,
    ) -> Result<Value, Failure> {
        let values = match &ask.pick {
            Some(pick) => values.clone().with("picked", self.pick(recipe, pick, values).await?),
            None => values.clone(),
        };
        let usual = if ask.json.is_some() { "POST" } else { "GET" };
        let method = Method::from_bytes(ask.method.as_deref().unwrap_or(usual).as_bytes());
        let method = method.map_err(|_| broken("the recipe names a method that HTTP has not"))?;
        let mut request = self.client.request(method, self.address(&ask.path, &values)?);
        let query: BTreeMap<&String, String> =
            ask.query.iter().map(|(name, value)| (name, values.text(value))).collect();
        if !query.is_empty() {
            request = request.query(&query);
        }
        for (name, value) in recipe.headers.iter().chain(&ask.headers) {
            request = request.header(name, values.text(value));
        }
        if let Some(json) = &ask.json {
            request = request.json(&values.json(json));
        }
        read(self.signed(request, &recipe.auth)).await
    }

    /// The id of the thing with this name.
    async fn pick(&self, recipe: &Recipe, pick: &Pick, values: &Values) -> Result<String, Failure> {
        let request = self.client.get(self.address(&pick.path, values)?);
        let answer = read(self.signed(request, &recipe.auth)).await?;
        let all = at(&answer, &pick.each).and_then(Value::as_array).cloned().unwrap_or_default();
        let wanted = values.text(&pick.is);
        let name = |one: &Value| text_at(one, &pick.name).unwrap_or_default();
        let found = all.iter().find(|one| name(one).eq_ignore_ascii_case(&wanted));
        found.and_then(|one| text_at(one, &pick.id)).ok_or_else(|| {
            let names: Vec<String> = all.iter().take(TOLD).map(name).collect();
            broken(&format!("nothing is called {wanted:?} here; there are: {}", names.join(", ")))
        })
    }

    fn signed(&self, request: RequestBuilder, auth: &Auth) -> RequestBuilder {
        let Some(token) = &self.token else { return request };
        // Whoever has a name has a password, whatever else the tracker would take.
        if !self.user.is_empty() {
            return request.basic_auth(&self.user, Some(token.reveal()));
        }
        match auth {
            Auth::Bearer => request.bearer_auth(token.reveal()),
            Auth::Basic => request.basic_auth(&self.user, Some(token.reveal())),
            Auth::Header { name, before } => {
                request.header(name, format!("{before}{}", token.reveal()))
            }
        }
    }

    fn address(&self, path: &str, values: &Values) -> Result<Url, Failure> {
        let base = self.url.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{}", values.path(path)));
        url.map_err(|_| broken("the recipe's path makes no address"))
    }
}

async fn read(request: RequestBuilder) -> Result<Value, Failure> {
    let answer = http::send_up_to(request, ANSWER_MAX).await?;
    if answer.trim().is_empty() {
        return Ok(Value::Null);
    }
    // It may well have acted: whoever asks again looks first.
    serde_json::from_str(&answer).map_err(|_| {
        let why = match answer.trim_start().starts_with('<') {
            true => "a web page came in place of an answer: is a sign-in in between?",
            false => "the answer cannot be read",
        };
        Failure::Unknown { why: why.to_owned() }
    })
}

pub(super) fn broken(why: &str) -> Failure {
    Failure::Broken { why: why.to_owned() }
}
