//! `jenkins`: builds a job with parameters, follows it from the queue to its end, and passes its log on.
//!
//! <https://www.jenkins.io/doc/book/using/remote-access-api/>. The service's name and password are a
//! user and an API token, which needs no crumb. It refuses jobs whose path climbs, and to take a queue
//! item that has vanished for a build that failed: then nobody knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::Method;
use tokio_util::sync::CancellationToken;

use super::follow::{Job, Stand, follow, segment};
use super::given::Given;
use super::service::{Effect, Service, Services, word};
use super::{Done, Ended, Fault, Perform, Says, service};
use crate::domain::run::Assignment;
use crate::domain::runbook::{Field, Kind, Shape};

/// What a runbook may say of it.
pub const KIND: Kind = Kind {
    name: "jenkins",
    help: "Build a Jenkins job and follow it to its end",
    plain: None,
    fields: &[
        service::FIELD,
        Field {
            name: "job",
            help: "The job, with its folders: `web/deploy`",
            shape: Shape::Text,
            is_required: true,
            has_places: false,
        },
        Field {
            name: "parameters",
            help: "Its parameters, by name",
            shape: Shape::Map,
            is_required: false,
            has_places: true,
        },
    ],
    outputs: &["build", "url"],
    has_dry_run: true,
    is_repeatable: false,
};

/// Builds jobs.
#[derive(Debug)]
pub struct Jenkins {
    services: Arc<Services>,
}

impl Jenkins {
    /// Builds them there.
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Perform for Jenkins {
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
        let name = given.text("job")?;
        let path: String = name.split('/').map(|part| format!("/job/{}", segment(part))).collect();
        let mut parameters = given.map("parameters")?;
        parameters.insert("WARROOM_ACTOR", &assignment.actor);
        if assignment.is_dry {
            let request =
                service.request(Method::GET, &format!("{path}/api/json?tree=buildable"))?;
            let answer = service.send(request, Effect::Looks).await?.json();
            if answer.pointer("/buildable").and_then(serde_json::Value::as_bool) != Some(true) {
                return Err(Fault::Refused(format!("the job {name} cannot be built now")));
            }
            let summary = format!("would build {name}");
            return Ok(Done { summary, ..Done::default() });
        }
        let form = form(&parameters);
        let request = service
            .request(Method::POST, &format!("{path}/buildWithParameters"))?
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = service.send(request, Effect::Changes).await?;
        let queued = answer.header("location").and_then(item).ok_or_else(|| {
            Fault::Unknown("Jenkins took it, and does not say where it waits".to_owned())
        })?;
        let mut build = Build { service, path, queued, number: None, read: 0 };
        follow(&mut build, says, stop).await
    }
}

fn form(parameters: &BTreeMap<&str, &str>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// The number of the queue item in `https://host/queue/item/12/`: where the address leads is not asked.
fn item(location: &str) -> Option<u64> {
    let (_, rest) = location.split_once("/queue/item/")?;
    rest.trim_end_matches('/').parse().ok()
}

struct Build<'a> {
    service: &'a Service,
    path: String,
    queued: u64,
    number: Option<u64>,
    /// Bytes of the log that were passed on.
    read: u64,
}

impl Build<'_> {
    async fn wait_in_queue(&mut self) -> Result<Stand, Fault> {
        let path = format!("/queue/item/{}/api/json", self.queued);
        let request = self.service.request(Method::GET, &path)?;
        let item = self.service.send(request, Effect::Looks).await?.json();
        if item.pointer("/cancelled").and_then(serde_json::Value::as_bool) == Some(true) {
            return Ok(Stand::Bad("it was cancelled in the queue".to_owned()));
        }
        self.number = item.pointer("/executable/number").and_then(serde_json::Value::as_u64);
        Ok(Stand::Running)
    }

    /// Passes on what is new in the log.
    async fn log(&mut self, number: u64, says: &dyn Says) -> Result<(), Fault> {
        let path = format!("{}/{number}/logText/progressiveText?start={}", self.path, self.read);
        let request = self.service.request(Method::GET, &path)?;
        let answer = self.service.send(request, Effect::Looks).await?;
        let size = answer.header("x-text-size").and_then(|size| size.parse().ok());
        self.read = size.unwrap_or(self.read);
        answer.text().lines().for_each(|line| says.line(line));
        Ok(())
    }
}

impl Job for Build<'_> {
    async fn look(&mut self, says: &dyn Says) -> Result<Stand, Fault> {
        let Some(number) = self.number else { return self.wait_in_queue().await };
        let path = format!("{}/{number}/api/json?tree=building,result,url", self.path);
        let request = self.service.request(Method::GET, &path)?;
        let build = self.service.send(request, Effect::Looks).await?.json();
        self.log(number, says).await?;
        if build.pointer("/building").and_then(serde_json::Value::as_bool) != Some(false) {
            return Ok(Stand::Running);
        }
        let outputs = BTreeMap::from([
            ("build".into(), number.to_string()),
            ("url".into(), word(&build, "/url").unwrap_or_default()),
        ]);
        Ok(match word(&build, "/result").as_deref() {
            Some("SUCCESS") => {
                Stand::Good(Done { summary: format!("build {number} succeeded"), outputs })
            }
            Some(result) => Stand::Bad(format!("build {number} ended as {result}")),
            None => Stand::Running,
        })
    }

    async fn stop(&mut self) -> Result<(), Fault> {
        let path = match self.number {
            Some(number) => format!("{}/{number}/stop", self.path),
            None => format!("/queue/cancelItem?id={}", self.queued),
        };
        let request = self.service.request(Method::POST, &path)?;
        self.service.send(request, Effect::Changes).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_item_is_a_number_wherever_the_address_leads() {
        assert_eq!(item("https://ci/queue/item/12/"), Some(12));
        assert_eq!(item("https://evil.example/queue/item/7"), Some(7));
        // Jenkins before 2.x, and jobs built with JSON: no queue item.
        assert_eq!(item("https://ci/job/deploy/"), None);
    }
}
