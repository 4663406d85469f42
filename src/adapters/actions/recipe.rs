//! Back ends that a description is enough for: how to start a job, look at it, read its log, stop it.
//!
//! A recipe is TOML of our own, built in; `rundeck` and `argocd_rollback` are two. It refuses to let a
//! value choose a path: what fills a path is one segment of it, what fills JSON is one text.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::follow::{Job, Stand, follow, segment};
use super::given::Given;
use super::service::{Effect, Service, Services, word};
use super::{Done, Ended, Fault, Perform, Says, service};
use crate::domain::run::Assignment;
use crate::domain::runbook::{Field, Kind, Shape};

/// What a runbook may say of Rundeck.
pub const RUNDECK: Kind = Kind {
    name: "rundeck",
    help: "Run a Rundeck job and follow its execution to the end",
    plain: None,
    fields: &[
        service::FIELD,
        Field {
            name: "job",
            help: "The job's id",
            shape: Shape::Text,
            is_required: true,
            has_places: false,
        },
        Field {
            name: "options",
            help: "The job's options, by name",
            shape: Shape::Map,
            is_required: false,
            has_places: true,
        },
    ],
    outputs: &["id"],
    has_dry_run: true,
    is_repeatable: false,
};

/// What a runbook may say of a rollback by Argo CD.
pub const ARGOCD_ROLLBACK: Kind = Kind {
    name: "argocd_rollback",
    help: "Roll an Argo CD application back to an entry of its history",
    plain: None,
    fields: &[
        service::FIELD,
        Field {
            name: "application",
            help: "The application",
            shape: Shape::Text,
            is_required: true,
            has_places: true,
        },
        Field {
            name: "revision",
            help: "The number of the entry in its history",
            shape: Shape::Text,
            is_required: true,
            has_places: true,
        },
    ],
    outputs: &["id"],
    has_dry_run: true,
    is_repeatable: false,
};

/// Every recipe that is built in.
const RECIPES: [(&Kind, &str); 2] = [
    (&RUNDECK, include_str!("recipes/rundeck.toml")),
    (&ARGOCD_ROLLBACK, include_str!("recipes/argocd_rollback.toml")),
];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    dry: Probe,
    start: Start,
    look: Look,
    log: Option<Log>,
    stop: Stop,
}

/// Shows that a start would find what it names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    path: String,
    is: String,
    equals: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    path: String,
    json: Value,
    /// Where the answer names the job.
    id: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    path: String,
    state: String,
    good: Vec<String>,
    bad: Vec<String>,
    /// While something stands there, the state is that of an earlier job.
    pending: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    path: String,
    lines: String,
    line: String,
    offset: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stop {
    method: String,
    path: String,
}

/// One back end that a description is enough for.
#[derive(Debug)]
pub struct Recipe {
    kind: &'static Kind,
    written: Written,
    services: Arc<Services>,
}

impl Recipe {
    /// Every recipe that is built in.
    ///
    /// # Errors
    /// When one is not written as recipes are: a mistake of this build.
    pub fn all(services: &Arc<Services>) -> Result<Vec<Self>, toml::de::Error> {
        let one = |(kind, text): (&'static Kind, &str)| {
            let written = toml::from_str(text)?;
            Ok(Self { kind, written, services: services.clone() })
        };
        RECIPES.into_iter().map(one).collect()
    }

    /// The texts that fill places.
    fn values(&self, given: Given<'_>) -> Result<BTreeMap<String, String>, Fault> {
        let texts = self.kind.fields.iter().filter(|field| field.shape == Shape::Text);
        let one = |field: &Field| Ok((field.name.to_owned(), given.text(field.name)?.to_owned()));
        texts.map(one).collect()
    }

    async fn probe(&self, service: &Service, values: &BTreeMap<String, String>) -> Ended {
        let dry = &self.written.dry;
        let request = service.request(Method::GET, &path(&dry.path, values))?;
        let answer = service.send(request, Effect::Looks).await?.json();
        let wanted = text(&dry.equals, values);
        if word(&answer, &dry.is).as_ref() != Some(&wanted) {
            return Err(Fault::Refused(format!("the back end does not know {wanted}")));
        }
        let summary = format!("would start {} of {wanted}", self.kind.name);
        Ok(Done { summary, ..Done::default() })
    }
}

impl Perform for Recipe {
    fn kind(&self) -> &'static Kind {
        self.kind
    }

    async fn run(
        &self,
        assignment: &Assignment,
        says: &dyn Says,
        stop: CancellationToken,
    ) -> Ended {
        let given = Given::new(assignment);
        let service = self.services.get(given.text("service")?)?;
        let values = self.values(given)?;
        if assignment.is_dry {
            return self.probe(service, &values).await;
        }
        let start = &self.written.start;
        let body = filled(&start.json, &values, given)?;
        let request = service.request(Method::POST, &path(&start.path, &values))?.json(&body);
        let answer = service.send(request, Effect::Changes).await?.json();
        let id = word(&answer, &start.id).ok_or_else(|| {
            Fault::Unknown("the back end took it, and does not say what it started".to_owned())
        })?;
        let values = values.into_iter().chain([("id".to_owned(), id)]).collect();
        let offset = "0".to_owned();
        let mut job = Started { written: &self.written, service, values, offset };
        follow(&mut job, says, stop).await
    }
}

struct Started<'a> {
    written: &'a Written,
    service: &'a Service,
    values: BTreeMap<String, String>,
    offset: String,
}

impl Started<'_> {
    async fn read_log(&mut self, says: &dyn Says) -> Result<(), Fault> {
        let Some(log) = &self.written.log else { return Ok(()) };
        let mut values = self.values.clone();
        values.insert("offset".to_owned(), self.offset.clone());
        let request = self.service.request(Method::GET, &path(&log.path, &values))?;
        let answer = self.service.send(request, Effect::Looks).await?.json();
        let lines = answer.pointer(&log.lines).and_then(Value::as_array);
        for line in lines.into_iter().flatten().filter_map(|entry| word(entry, &log.line)) {
            says.line(&line);
        }
        self.offset = word(&answer, &log.offset).unwrap_or(std::mem::take(&mut self.offset));
        Ok(())
    }
}

impl Job for Started<'_> {
    async fn look(&mut self, says: &dyn Says) -> Result<Stand, Fault> {
        let look = &self.written.look;
        let request = self.service.request(Method::GET, &path(&look.path, &self.values))?;
        let answer = self.service.send(request, Effect::Looks).await?.json();
        self.read_log(says).await?;
        let is_pending = look.pending.as_ref().is_some_and(|it| answer.pointer(it).is_some());
        let Some(state) = word(&answer, &look.state).filter(|_| !is_pending) else {
            return Ok(Stand::Running);
        };
        if look.bad.contains(&state) {
            return Ok(Stand::Bad(format!("it ended as {state}")));
        }
        if !look.good.contains(&state) {
            return Ok(Stand::Running);
        }
        let id = self.values.get("id").cloned().unwrap_or_default();
        let outputs = BTreeMap::from([("id".into(), id)]);
        Ok(Stand::Good(Done { summary: format!("it ended as {state}"), outputs }))
    }

    async fn stop(&mut self) -> Result<(), Fault> {
        let stop = &self.written.stop;
        let method = Method::from_bytes(stop.method.as_bytes()).unwrap_or(Method::POST);
        let request = self.service.request(method, &path(&stop.path, &self.values))?;
        self.service.send(request, Effect::Changes).await.map(drop)
    }
}

/// A path with its places filled, each by one segment.
fn path(pattern: &str, values: &BTreeMap<String, String>) -> String {
    fill(pattern, |name| values.get(name).map(|value| segment(value)))
}

/// A text with its places filled.
fn text(pattern: &str, values: &BTreeMap<String, String>) -> String {
    fill(pattern, |name| values.get(name).cloned())
}

/// Fills `{name}`, from left to right and once: what comes in is not looked at again.
fn fill(pattern: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = pattern.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let filled = part.split_once('}').and_then(|(name, rest)| Some((value(name)?, rest)));
        match filled {
            Some((value, rest)) => {
                out.push_str(&value);
                out.push_str(rest);
            }
            None => {
                out.push('{');
                out.push_str(part);
            }
        }
    }
    out
}

/// JSON with its places filled; `{{name}}` alone is the texts by name that the step gives.
fn filled(
    json: &Value,
    values: &BTreeMap<String, String>,
    given: Given<'_>,
) -> Result<Value, Fault> {
    Ok(match json {
        Value::String(pattern) => {
            match pattern.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
                Some(name) => serde_json::json!(given.map(name)?),
                None => Value::String(text(pattern, values)),
            }
        }
        Value::Object(fields) => {
            let one = |(name, value): (&String, &Value)| {
                Ok((name.clone(), filled(value, values, given)?))
            };
            Value::Object(fields.iter().map(one).collect::<Result<_, Fault>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => json.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_recipe_can_be_read() {
        let all = Recipe::all(&Arc::default()).unwrap();
        let names: Vec<&str> = all.iter().map(|recipe| recipe.kind.name).collect();
        assert_eq!(names, ["rundeck", "argocd_rollback"]);
    }

    #[test]
    fn a_value_fills_one_segment_and_is_not_read_again() {
        let values = BTreeMap::from([("job".to_owned(), "../a{id}?x".to_owned())]);
        assert_eq!(path("/job/{job}/run{no}", &values), "/job/..%2Fa%7Bid%7D%3Fx/run{no}");
    }
}
