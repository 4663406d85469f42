//! Takes the steps of a suite one after the other, and closes the browser whatever happens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio_util::sync::CancellationToken;

use super::kind::{KIND, Sites};
use super::pictures;
use super::session::Session;
use super::step::{Step, Written, read};
use crate::adapters::actions::given::Given;
use crate::adapters::actions::service::{Effect, Services};
use crate::adapters::actions::{Done, Ended, Fault, Perform, Says};
use crate::domain::line::cut;
use crate::domain::run::Assignment;
use crate::domain::runbook::Kind;

/// Looks for a text, and the time between two: ten seconds, as people wait for a page.
const LOOKS_MAX: u32 = 40;
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Characters of why a step failed.
const WHY_MAX: usize = 160;

/// Walks through sites.
#[derive(Debug)]
pub struct Browser {
    services: Arc<Services>,
    sites: Sites,
}

impl Browser {
    /// Walks through these, in browsers of these services.
    #[must_use]
    pub fn new(services: Arc<Services>, sites: Sites) -> Self {
        Self { services, sites }
    }
}

impl Perform for Browser {
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
        let name = given.text("site")?;
        let site = self.sites.sites.get(name).ok_or_else(|| {
            Fault::Refused(format!("no site `{name}` is configured: see executor.sites"))
        })?;
        let steps = read(given.list("steps")?, site, &given.map("values")?)?;
        if assignment.is_dry {
            let request = service.request(Method::GET, "/status")?;
            service.send(request, Effect::Looks).await?;
            steps.iter().for_each(|step| says.line(&step.to_string()));
            let summary = format!("would take {} steps on {name}", steps.len());
            return Ok(Done { summary, ..Done::default() });
        }
        let session = Session::open(service, &self.sites).await?;
        let key = assignment.key.to_string();
        let mut walk = Walk { session: &session, sites: &self.sites, key, says, pictures: 0 };
        let ended = tokio::select! {
            ended = walk.all(&steps) => ended,
            () = stop.cancelled() => {
                Err(Fault::Unknown("it was stopped in the middle of the suite".to_owned()))
            }
        };
        if let Err(fault) = session.close().await {
            says.line(&format!("the browser could not be closed: {fault}"));
        }
        ended
    }
}

struct Walk<'a> {
    session: &'a Session<'a>,
    sites: &'a Sites,
    key: String,
    says: &'a dyn Says,
    pictures: usize,
}

impl Walk<'_> {
    async fn all(&mut self, steps: &[Written]) -> Ended {
        for (index, step) in steps.iter().enumerate() {
            if let Err(fault) = self.one(step).await {
                let picture = self.picture().await;
                let number = index.saturating_add(1);
                // A driver's words are long, and the picture must not be cut off behind them.
                let told = |why: String| {
                    let why = cut(&why, WHY_MAX);
                    format!("step {number}, {step}: {why}; screenshot: {picture}")
                };
                return Err(match fault {
                    Fault::Unknown(why) => Fault::Unknown(told(why)),
                    Fault::Refused(why) | Fault::Failed(why) => Fault::Failed(told(why)),
                });
            }
            self.says.line(&format!("passed: {step}"));
        }
        let screenshot = self.picture().await;
        let summary = format!("passed: {} steps; screenshot: {screenshot}", steps.len());
        let outputs = BTreeMap::from([
            ("steps".into(), steps.len().to_string()),
            ("screenshot".into(), screenshot),
        ]);
        Ok(Done { summary, outputs })
    }

    async fn one(&mut self, step: &Written) -> Result<(), Fault> {
        match &step.step {
            Step::Open(url) => self.session.go(url).await?,
            Step::Click(css) => self.session.click(css).await?,
            Step::Type { value, into } => self.session.type_into(into, value).await?,
            Step::Expect(text) => self.expect(text).await?,
            Step::Screenshot => {
                let picture = self.picture().await;
                self.says.line(&format!("screenshot: {picture}"));
            }
        }
        let Some(place) = self.session.place().await? else { return Ok(()) };
        let is_ours = self.sites.sites.values().any(|site| site.origin() == place.origin());
        is_ours.then_some(()).ok_or_else(|| {
            let origin = place.origin().ascii_serialization();
            Fault::Failed(format!("it led to {origin}, which is none of executor.sites"))
        })
    }

    async fn expect(&self, text: &str) -> Result<(), Fault> {
        for _ in 0..LOOKS_MAX {
            // A page that is just being replaced has no body for a moment.
            if self.session.text().await.is_ok_and(|page| page.contains(text)) {
                return Ok(());
            }
            tokio::time::timeout(LOOK_EVERY, std::future::pending::<()>()).await.ok();
        }
        Err(Fault::Failed("the page does not say it".to_owned()))
    }

    /// Where the picture lies; a suite does not fail for want of one.
    async fn picture(&mut self) -> String {
        self.pictures += 1;
        let name = format!("{}-{}", self.key, self.pictures);
        let kept = self.session.picture().await.and_then(|png| {
            pictures::keep(&self.sites.folder, &name, &png)
                .map_err(|error| Fault::Failed(error.to_string()))
        });
        kept.map_or_else(|fault| format!("none ({fault})"), |file| file.display().to_string())
    }
}
