//! `http`: one call to a back end that the operator has named.
//!
//! It refuses every other address: a runbook names a service and a path below it, so no label can
//! choose where credentials go.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;

use super::given::Given;
use super::service::{Effect, Services, word};
use super::{Done, Ended, Fault, Perform, Says, service};
use crate::domain::run::Assignment;
use crate::domain::runbook::{Field, Kind, Shape};

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// What a runbook may say of it.
pub const KIND: Kind = Kind {
    name: "http",
    help: "Call a back end that [executor.services] names",
    plain: None,
    fields: &[
        service::FIELD,
        Field {
            name: "path",
            help: "The path below its address: a value fills one segment or one value of the query",
            shape: Shape::Text,
            is_required: true,
            has_places: true,
        },
        Field {
            name: "method",
            help: "GET, POST (the default), PUT, PATCH, DELETE",
            shape: Shape::OneOf(METHODS),
            is_required: false,
            has_places: false,
        },
        Field {
            name: "headers",
            help: "Headers by name; credentials are the service's business",
            shape: Shape::Map,
            is_required: false,
            has_places: true,
        },
        Field {
            name: "form",
            help: "Fields of a form, by name",
            shape: Shape::Map,
            is_required: false,
            has_places: true,
        },
        Field {
            name: "json",
            help: "Fields of a JSON object, by name; all of them texts",
            shape: Shape::Map,
            is_required: false,
            has_places: true,
        },
        Field {
            name: "status",
            help: "The only status that is a success; without it, any 2xx",
            shape: Shape::Number(200, 299),
            is_required: false,
            has_places: false,
        },
        Field {
            name: "success",
            help: "Where in the answer's JSON the word stands that says success: `/status`",
            shape: Shape::Text,
            is_required: false,
            has_places: false,
        },
        Field {
            name: "is",
            help: "That word: `ok`",
            shape: Shape::Text,
            is_required: false,
            has_places: false,
        },
    ],
    outputs: &["status", "body"],
    has_dry_run: true,
    is_repeatable: false,
};

/// Characters of an answer that a later step may use.
const BODY_MAX: usize = 2_000;
/// Headers that carry credentials or change where a request goes.
const FORBIDDEN: [&str; 6] = [
    "authorization",
    "cookie",
    "host",
    "proxy-authorization",
    "content-length",
    "transfer-encoding",
];

/// Calls back ends.
#[derive(Debug)]
pub struct Http {
    services: Arc<Services>,
}

impl Http {
    /// Calls these.
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }

    async fn call(&self, assignment: &Assignment, says: &dyn Says) -> Ended {
        let given = Given::new(assignment);
        let (service, path) = (self.services.get(given.text("service")?)?, given.text("path")?);
        let method = given.text_if("method")?.unwrap_or("POST");
        if !METHODS.contains(&method) {
            return Err(Fault::Refused(format!("`{method}` is no method")));
        }
        let verb = Method::from_bytes(method.as_bytes())
            .map_err(|_| Fault::Refused(format!("`{method}` is no method")))?;
        let effect = if method == "GET" { Effect::Looks } else { Effect::Changes };
        let mut request = service
            .request(verb, path)?
            .header("idempotency-key", assignment.key.to_string())
            .header(
                "x-warroom-actor",
                HeaderValue::from_str(&assignment.actor)
                    .unwrap_or(HeaderValue::from_static("unknown")),
            );
        for (name, value) in given.map("headers")? {
            let (name, value) = header(name, value)?;
            request = request.header(name, value);
        }
        let (form, json) = (given.map("form")?, given.map("json")?);
        if !json.is_empty() {
            request = request.json(&json);
        } else if !form.is_empty() {
            let form =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            request =
                request.header("content-type", "application/x-www-form-urlencoded").body(form);
        }
        if assignment.is_dry {
            let name = given.text("service")?;
            let summary = format!("would send {method} {path} to {name}");
            return Ok(Done { summary, ..Done::default() });
        }
        let answer = service.send(request, effect).await?;
        let text = service.words(&answer.text());
        says.line(&text);
        let wanted = given.number_if("status")?;
        if wanted.is_some_and(|wanted| wanted != i64::from(answer.status)) {
            return Err(Fault::Failed(format!("the back end answered {}: {text}", answer.status)));
        }
        if let Some(pointer) = given.text_if("success")? {
            let (found, wanted) = (word(&answer.json(), pointer), given.text("is")?);
            if found.as_deref() != Some(wanted) {
                let found = found.unwrap_or_else(|| "nothing".to_owned());
                let why = format!("`{pointer}` of the answer is {found}, not {wanted}");
                return Err(Fault::Failed(why));
            }
        }
        let body = crate::domain::line::cut(&answer.text(), BODY_MAX);
        let outputs = [("status".into(), answer.status.to_string()), ("body".into(), body)];
        let summary = format!("the back end answered {}", answer.status);
        Ok(Done { summary, outputs: outputs.into() })
    }
}

impl Perform for Http {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    async fn run(
        &self,
        assignment: &Assignment,
        says: &dyn Says,
        stop: CancellationToken,
    ) -> Ended {
        tokio::select! {
            ended = self.call(assignment, says) => ended,
            () = stop.cancelled() => {
                Err(Fault::Unknown("it was stopped while the call was under way".to_owned()))
            }
        }
    }
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Fault> {
    let refused = || Fault::Refused(format!("the header `{name}` may not be set like this"));
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
    if FORBIDDEN.contains(&name.as_str()) {
        return Err(refused());
    }
    Ok((name, HeaderValue::from_str(value).map_err(|_| refused())?))
}
