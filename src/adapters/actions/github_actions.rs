//! `github_actions`: dispatches a workflow and follows its run to the end.
//!
//! <https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event>: with
//! `return_run_details` the answer names the run. An older server answers 204 without it; then the run
//! is found by a marker that the workflow must show in its `run-name`, and where none is found nobody
//! knows. It refuses to take the newest run for its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::follow::{Job, Stand, follow, segment};
use super::given::Given;
use super::service::{Effect, Service, Services, word};
use super::{Done, Ended, Fault, Perform, Says, service};
use crate::domain::run::Assignment;
use crate::domain::runbook::{Field, Kind, Shape};

/// What a runbook may say of it.
pub const KIND: Kind = Kind {
    name: "github_actions",
    help: "Dispatch a GitHub Actions workflow and follow its run to the end",
    plain: None,
    fields: &[
        service::FIELD,
        Field {
            name: "repository",
            help: "`owner/name`",
            shape: Shape::Text,
            is_required: true,
            has_places: false,
        },
        Field {
            name: "workflow",
            help: "Its file or its number: `deploy.yml`",
            shape: Shape::Text,
            is_required: true,
            has_places: false,
        },
        Field {
            name: "ref",
            help: "The branch or tag that the workflow is read from",
            shape: Shape::Text,
            is_required: true,
            has_places: false,
        },
        Field {
            name: "inputs",
            help: "Its inputs, by name",
            shape: Shape::Map,
            is_required: false,
            has_places: true,
        },
        Field {
            name: "marker",
            help: "An input that gets the step's key and stands in the workflow's run-name, for servers \
                   that do not say which run they started",
            shape: Shape::Text,
            is_required: false,
            has_places: false,
        },
    ],
    outputs: &["run", "url"],
    has_dry_run: true,
    is_repeatable: false,
};

/// The version of the API that these calls are written for.
const VERSION: &str = "2022-11-28";
/// Runs that are looked through for the marker: the newest page.
const PAGE: u32 = 30;

/// Dispatches workflows.
#[derive(Debug)]
pub struct GithubActions {
    services: Arc<Services>,
}

impl GithubActions {
    /// Dispatches them there.
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Perform for GithubActions {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    async fn run(
        &self,
        assignment: &Assignment,
        says: &dyn Says,
        stop: CancellationToken,
    ) -> Ended {
        let given = Given::new(assignment);
        let service = self.services.get(given.text("service")?)?;
        let (owner, name) = given
            .text("repository")?
            .split_once('/')
            .ok_or_else(|| Fault::Refused("`repository` is not owner/name".to_owned()))?;
        let repository = format!("/repos/{}/{}", segment(owner), segment(name));
        let workflow = given.text("workflow")?;
        let base = format!("{repository}/actions/workflows/{}", segment(workflow));
        let mut inputs = given.map("inputs")?;
        let key = assignment.key.to_string();
        let marker = given.text_if("marker")?;
        marker.map(|input| inputs.insert(input, &key));
        if assignment.is_dry {
            let found = service.send(get(service, &base)?, Effect::Looks).await?.json();
            if word(&found, "/state").as_deref() != Some("active") {
                return Err(Fault::Refused(format!("the workflow {workflow} is not active")));
            }
            let summary = format!("would dispatch {workflow} on {}", given.text("ref")?);
            return Ok(Done { summary, ..Done::default() });
        }
        let body = json!({ "ref": given.text("ref")?, "inputs": inputs });
        let id = dispatch(service, &base, body).await?;
        if id.is_none() && marker.is_none() {
            let why = "GitHub took it and does not say which run it is: give the step a `marker`";
            return Err(Fault::Unknown(why.to_owned()));
        }
        let mut run = Run { service, repository, base, key, id, step: String::new() };
        follow(&mut run, says, stop).await
    }
}

fn with_headers(request: RequestBuilder) -> RequestBuilder {
    request.header("accept", "application/vnd.github+json").header("x-github-api-version", VERSION)
}

fn get(service: &Service, path: &str) -> Result<RequestBuilder, Fault> {
    Ok(with_headers(service.request(Method::GET, path)?))
}

/// Dispatches, and gives the run's number where the server tells it.
async fn dispatch(service: &Service, base: &str, mut body: Value) -> Result<Option<u64>, Fault> {
    let send = async |body: &Value| {
        let path = format!("{base}/dispatches");
        let request = with_headers(service.request(Method::POST, &path)?).json(body);
        service.send(request, Effect::Changes).await
    };
    let without = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("return_run_details".to_owned(), Value::Bool(true));
    }
    let answer = match send(&body).await {
        // An Enterprise Server from before February 2026 refuses what it does not know: nothing began.
        Err(Fault::Refused(why)) if why.contains("return_run_details") => send(&without).await?,
        other => other?,
    };
    Ok(answer.json().pointer("/workflow_run_id").and_then(Value::as_u64))
}

struct Run<'a> {
    service: &'a Service,
    repository: String,
    base: String,
    key: String,
    id: Option<u64>,
    /// What was said last of its jobs.
    step: String,
}

impl Run<'_> {
    /// Looks for the run whose name holds our key.
    async fn find(&mut self) -> Result<Stand, Fault> {
        let path = format!("{}/runs?event=workflow_dispatch&per_page={PAGE}", self.base);
        let found = self.service.send(get(self.service, &path)?, Effect::Looks).await?.json();
        let runs = found.pointer("/workflow_runs").and_then(Value::as_array);
        let is_ours = |run: &&Value| {
            word(run, "/display_title").is_some_and(|title| title.contains(&self.key))
        };
        let ours = runs.and_then(|runs| runs.iter().find(is_ours));
        self.id = ours.and_then(|run| run.pointer("/id")).and_then(Value::as_u64);
        // Until it shows up, the looks count as missed: a run without our marker is never found.
        self.id.map(|_| Stand::Running).ok_or_else(|| {
            Fault::Unknown("no run with the step's key in its name is there yet".to_owned())
        })
    }

    /// Says which job it is at. A log as a whole is an archive that only a finished run has.
    async fn tell(&mut self, id: u64, says: &dyn Says) -> Result<(), Fault> {
        let path = format!("{}/actions/runs/{id}/jobs", self.repository);
        let jobs = self.service.send(get(self.service, &path)?, Effect::Looks).await?.json();
        let jobs = jobs.pointer("/jobs").and_then(Value::as_array).cloned().unwrap_or_default();
        let line = |job: &Value| {
            let state = word(job, "/conclusion").or_else(|| word(job, "/status"));
            Some(format!("{}: {}", word(job, "/name")?, state.unwrap_or_default()))
        };
        let step = jobs.iter().filter_map(line).collect::<Vec<_>>().join(", ");
        if step != self.step {
            says.line(&step);
            self.step = step;
        }
        Ok(())
    }
}

impl Job for Run<'_> {
    async fn look(&mut self, says: &dyn Says) -> Result<Stand, Fault> {
        let Some(id) = self.id else { return self.find().await };
        let path = format!("{}/actions/runs/{id}", self.repository);
        let run = self.service.send(get(self.service, &path)?, Effect::Looks).await?.json();
        self.tell(id, says).await?;
        if word(&run, "/status").as_deref() != Some("completed") {
            return Ok(Stand::Running);
        }
        let url = word(&run, "/html_url").unwrap_or_default();
        let outputs = BTreeMap::from([("run".into(), id.to_string()), ("url".into(), url)]);
        Ok(match word(&run, "/conclusion").as_deref() {
            Some("success") => {
                Stand::Good(Done { summary: format!("run {id} succeeded"), outputs })
            }
            Some(conclusion) => Stand::Bad(format!("run {id} ended as {conclusion}")),
            None => Stand::Running,
        })
    }

    async fn stop(&mut self) -> Result<(), Fault> {
        let id = self.id.ok_or_else(|| Fault::Unknown("its run is not known yet".to_owned()))?;
        let path = format!("{}/actions/runs/{id}/cancel", self.repository);
        let request = with_headers(self.service.request(Method::POST, &path)?);
        self.service.send(request, Effect::Changes).await.map(drop)
    }
}
