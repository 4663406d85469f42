//! Whether an incident may open, and as what: throttles and storms.
//!
//! What is held back is counted, stored with its reason and tried again; nothing is dropped.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::Engine;
use super::handle::{Handled, Job};
use super::meters::Kind as Meter;
use super::queries::away;
use super::views::{IncidentView, Refusal};
use crate::brain::{At, Error, Kind, Limit, Permit, Rows};
use crate::domain::alert::Alert;
use crate::domain::ids::{CaseId, GroupKey, Number};
use crate::domain::incident::{Input, Opening, Policy};
use crate::domain::rules::{Route, RuleId};

/// The id of the one storm document.
const STORM: CompactString = CompactString::const_new("storm");

/// The storm that is going on, as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StormDocument {
    /// The umbrella incident.
    umbrella: CaseId,
    /// It ends then, unless something opens before.
    until: DateTime<Utc>,
}

impl Engine {
    /// Whether the incident that this alert asks for may open now.
    pub(super) async fn opening(
        self: &Arc<Self>,
        alert: &Arc<Alert>,
        now: DateTime<Utc>,
    ) -> Result<Opening, Error> {
        let book = self.book.load_full();
        let route = book.rules.route(&alert.labels);
        let Some(owner) = route.owner else { return Ok(Opening::NoRule) };
        if let Some(umbrella) = self.current_storm(now).await? {
            return self.join(&route, owner, alert, umbrella).await;
        }
        let mut limits = Vec::new();
        let rule = book.rules.rule(owner);
        if let Some((rule, rate)) = rule.and_then(|rule| Some((rule, rule.throttles.rooms?))) {
            let key = format!("rooms/rule/{}", rule.at.name).into();
            limits.push(Limit { key, burst: rate.count, period: rate.period });
        }
        if let Some((burst, period)) = self.options.openings {
            let key = CompactString::const_new("rooms/global");
            limits.push(Limit { key, burst, period });
        }
        if !limits.is_empty()
            && let (Permit::Refused(until), limit) = self.brain.take(limits, now).await?
        {
            self.meters.throttled.get_or_create(&Meter { kind: "throttle" }).inc();
            return Ok(Opening::Throttled { limit, until });
        }
        let storm = &self.options.storm;
        let limit = Limit { key: STORM, burst: storm.incidents, period: storm.window };
        if let (Permit::Refused(_), _) = self.brain.take(vec![limit], now).await? {
            let umbrella = self.begin_storm(now).await?;
            return self.join(&route, owner, alert, umbrella).await;
        }
        Ok(match self.resolve(&route, owner, alert).await? {
            Some((number, policy)) => Opening::Granted { number, policy },
            None => Opening::NoRule,
        })
    }

    async fn join(
        &self,
        route: &Route,
        owner: RuleId,
        alert: &Arc<Alert>,
        umbrella: CaseId,
    ) -> Result<Opening, Error> {
        self.meters.throttled.get_or_create(&Meter { kind: "storm" }).inc();
        Ok(match self.resolve(route, owner, alert).await? {
            Some((number, policy)) => Opening::InStorm { number, policy, umbrella },
            None => Opening::NoRule,
        })
    }

    /// A number, and what the rule asks for with it. None when the rule has just gone.
    async fn resolve(
        &self,
        route: &Route,
        owner: RuleId,
        alert: &Arc<Alert>,
    ) -> Result<Option<(Number, Arc<Policy>)>, Error> {
        let number = self.brain.next_number().await?;
        let book = self.book.load_full();
        let Some(rendered) = book.rules.policy(owner, &route.also, alert, number) else {
            return Ok(None);
        };
        for fault in &rendered.faults {
            tracing::warn!(%number, fault, "a template of a rule failed; a plain text stands in");
        }
        let mut policy = rendered.policy;
        policy.escalation = self.escalation_of(&policy);
        Ok(Some((number, Arc::new(policy))))
    }

    /// The umbrella of the storm that is going on, for those who ask: asking keeps no storm alive.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn storm(&self) -> Result<Option<IncidentView>, Refusal> {
        let documents = self.brain.documents(Kind::Storm).await.map_err(away)?;
        let storm = documents.into_iter().next();
        let storm =
            storm.and_then(|found| serde_json::from_value::<StormDocument>(found.body).ok());
        let Some(storm) = storm.filter(|storm| self.clock.now() < storm.until) else {
            return Ok(None);
        };
        let umbrella = vec![(At::Case(storm.umbrella), Rows::Some(Vec::new()))];
        let umbrella = self.brain.load(umbrella).await.map_err(away)?.into_iter().next().flatten();
        Ok(umbrella
            .filter(|case| case.incident.head.is_open())
            .and_then(|case| IncidentView::of(case.case, &case.incident.head)))
    }

    /// The umbrella of the storm that is going on, kept alive by this opening.
    async fn current_storm(&self, now: DateTime<Utc>) -> Result<Option<CaseId>, Error> {
        let documents = self.brain.documents(Kind::Storm).await?;
        let Some(document) = documents.into_iter().next() else { return Ok(None) };
        let Ok(storm) = serde_json::from_value::<StormDocument>(document.body) else {
            return Ok(None);
        };
        if storm.until <= now {
            return Ok(None);
        }
        let umbrella =
            self.brain.load(vec![(At::Case(storm.umbrella), Rows::Some(Vec::new()))]).await?;
        let is_open = umbrella
            .first()
            .and_then(Option::as_ref)
            .is_some_and(|loaded| loaded.incident.head.is_open());
        if !is_open {
            return Ok(None);
        }
        // Writing at every opening would make the storm worse: half the calm time is enough.
        if storm.until - now < self.options.storm.calm / 2 {
            self.note_storm(storm.umbrella, now, document.version).await?;
        }
        Ok(Some(storm.umbrella))
    }

    async fn begin_storm(self: &Arc<Self>, now: DateTime<Utc>) -> Result<CaseId, Error> {
        // Everything that one delivery opens comes here at once: the first one begins it.
        let _gate = self.storm_gate.lock().await;
        if let Some(umbrella) = self.current_storm(now).await? {
            return Ok(umbrella);
        }
        let number = self.brain.next_number().await?;
        let mut policy = storm_policy(&self.options.storm.policy, number);
        policy.escalation = self.escalation_of(&policy);
        let policy = Arc::new(policy);
        let input = Input::StormBegan { number, policy };
        let mut job = Job {
            at: At::Group(GroupKey::storm()),
            rows: Rows::Some(Vec::new()),
            input,
            settles: None,
            begins_anew: false,
            over: Vec::new(),
        };
        let mut handled = Box::pin(self.handle_all(vec![job.clone()])).await.pop();
        if matches!(handled, Some(Ok(Handled::Superseded { .. }))) {
            job.begins_anew = true;
            handled = Box::pin(self.handle_all(vec![job])).await.pop();
        }
        let Some(Handled::Done { case, .. }) = handled.transpose()? else {
            return Err(Error::Unusable("the umbrella of a storm cannot be opened".into()));
        };
        let version = self.brain.documents(Kind::Storm).await?.first().map_or(0, |it| it.version);
        self.note_storm(case, now, version).await?;
        tracing::warn!(%case, "a storm began: further incidents join one umbrella");
        Ok(case)
    }

    async fn note_storm(
        &self,
        umbrella: CaseId,
        now: DateTime<Utc>,
        version: u64,
    ) -> Result<(), Error> {
        let document = StormDocument { umbrella, until: now + self.options.storm.calm };
        let body =
            serde_json::to_value(document).map_err(|error| Error::Unusable(error.to_string()))?;
        match self.brain.put(Kind::Storm, STORM, version, Some(body)).await {
            // Another replica has written the same.
            Ok(_) | Err(Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn storm_policy(base: &Policy, number: Number) -> Policy {
    let mut policy = base.clone();
    if let Some(room) = &mut policy.room {
        room.name = room.name.replace("{{ number }}", &number.to_string());
    }
    policy
}
