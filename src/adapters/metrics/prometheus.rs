//! Any API that speaks Prometheus' query language: Prometheus, Thanos, Mimir, Cortex, `VictoriaMetrics`.
//!
//! Requests are sent by `prometheus-http-query`. Answers are read here, because that crate takes
//! whole bodies of any size into memory and drops warnings; and `label_values` is asked for here,
//! because its selectors are built and not taken as text. It refuses to know what a query means:
//! what the source says of it is passed on.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use prometheus_http_query::{Client, Error};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::door::{Door, POINTS_MAX, SERIES_MAX, VALUE_CHARACTERS, VALUES_MAX, cut_note};
use super::matrix::{self, Envelope};
use super::{Answer, Metrics, Range, Trouble};
use crate::adapters::api::{self, Miss, Options};
use crate::adapters::failure::Failure;
use crate::domain::line::cut;

/// The least distance of two points that is asked for: Prometheus stores milliseconds.
const STEP_MIN: TimeDelta = TimeDelta::milliseconds(1);

/// One source.
pub struct Prometheus {
    door: Door,
    client: Client,
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").field("door", &self.door).finish_non_exhaustive()
    }
}

/// What `/api/v1/status/buildinfo` says, as far as it is of use.
#[derive(Debug, Default, Deserialize)]
struct Build {
    #[serde(default)]
    application: Option<String>,
    #[serde(default)]
    version: String,
}

impl Prometheus {
    /// A source called `name`.
    ///
    /// # Errors
    /// [`Failure::Broken`], when it cannot be reached like this.
    pub fn new(name: &str, options: Options) -> Result<Self, Failure> {
        let door = Door::new(name, options)?;
        let client = Client::from(door.api.client().clone(), door.api.base().as_str())
            .map_err(|_| Failure::Broken { why: "the address is none".to_owned() })?;
        Ok(Self { door, client })
    }

    async fn ask_range(&self, query: &str, range: Range, most: usize) -> Result<Answer, Trouble> {
        let most = most.clamp(1, SERIES_MAX);
        let step = step(range);
        // The API takes floats; a step has far fewer digits than a float holds.
        let seconds = step.as_seconds_f64();
        let sent = self
            .client
            .query_range(query, range.from.timestamp(), range.to.timestamp(), seconds)
            .timeout(self.timeout_ms())
            .query("limit", most)
            .post_raw()
            .await;
        let mut answer = self.answer(sent, most).await?;
        if step != range.step {
            answer.step = Some(step);
        }
        Ok(answer)
    }

    async fn ask_instant(
        &self,
        query: &str,
        at: DateTime<Utc>,
        most: usize,
    ) -> Result<Answer, Trouble> {
        let most = most.clamp(1, SERIES_MAX);
        let sent = self
            .client
            .query(query)
            .at(at.timestamp())
            .timeout(self.timeout_ms())
            .query("limit", most)
            .post_raw()
            .await;
        self.answer(sent, most).await
    }

    async fn answer(&self, sent: Result<Response, Error>, most: usize) -> Result<Answer, Trouble> {
        let body = self.body(sent).await.map_err(|miss| self.trouble(&miss))?;
        let envelope = self.opened(&body)?;
        let found = matrix::series(self.data(&envelope)?, most)
            .map_err(|why| self.door.garbled(self.door.api.words(&why)))?;
        let mut notes: Vec<String> =
            cut_note(found.series.len(), found.total).into_iter().collect();
        if found.histograms > 0 {
            notes.push(format!(
                "{} series hold native histograms: put histogram_quantile or histogram_count \
                 around them",
                found.histograms
            ));
        }
        notes.extend(self.door.notes(&envelope.warnings));
        notes.extend(self.door.notes(&envelope.infos));
        Ok(Answer { series: found.series, notes, step: None })
    }

    async fn ask_values(
        &self,
        label: &str,
        matching: &str,
        range: Range,
    ) -> Result<Vec<String>, Trouble> {
        let url = self.door.api.url(&["api", "v1", "label", label, "values"]);
        let mut pairs = vec![
            ("start", range.from.timestamp().to_string()),
            ("end", range.to.timestamp().to_string()),
            ("limit", VALUES_MAX.to_string()),
        ];
        if !matching.is_empty() {
            pairs.push(("match[]", matching.to_owned()));
        }
        let request = self.door.api.client().get(url).query(&pairs);
        let body = self.door.fetch(request).await.map_err(|miss| self.trouble(&miss))?;
        let envelope = self.opened(&body)?;
        let values = matrix::first::<String>(self.data(&envelope)?.get(), VALUES_MAX)
            .map_err(|why| self.door.garbled(self.door.api.words(&why)))?;
        Ok(values.kept.iter().map(|value| cut(value, VALUE_CHARACTERS)).collect())
    }

    /// The version, where the source tells it; else whether it can add up.
    async fn ask_about(&self) -> Result<String, Trouble> {
        let url = self.door.api.url(&["api", "v1", "status", "buildinfo"]);
        if let Ok(body) = self.door.fetch(self.door.api.client().get(url)).await
            && let Ok(envelope) = self.opened(&body)
            && let Some(data) = envelope.data
        {
            let build: Build = serde_json::from_str(data.get()).unwrap_or_default();
            let name = build.application.unwrap_or_else(|| "Prometheus".to_owned());
            return Ok(self.door.api.words(format!("{name} {}", build.version).trim()));
        }
        let sent = self.client.query("vector(1)").timeout(self.timeout_ms()).post_raw().await;
        self.answer(sent, 1).await?;
        Ok("speaks PromQL, and does not tell its version".to_owned())
    }

    fn timeout_ms(&self) -> i64 {
        i64::try_from(self.door.api.timeout().as_millis()).unwrap_or(i64::MAX)
    }

    async fn body(&self, sent: Result<Response, Error>) -> Result<Vec<u8>, Miss> {
        match sent {
            Ok(response) => self.door.read(response).await,
            Err(Error::Client(error)) => match error.inner() {
                Some(error) => Err(api::lost(error)),
                None => Err(Miss::Away("the request could not be sent")),
            },
            Err(_) => Err(Miss::Away("the request could not be sent")),
        }
    }

    fn opened<'a>(&self, body: &'a [u8]) -> Result<Envelope<'a>, Trouble> {
        let envelope: Envelope<'_> = serde_json::from_slice(body)
            .map_err(|_| self.door.garbled(api::not_json(body).to_owned()))?;
        if envelope.status == "success" { Ok(envelope) } else { Err(self.said(&envelope)) }
    }

    fn data<'a>(&self, envelope: &Envelope<'a>) -> Result<&'a RawValue, Trouble> {
        envelope.data.ok_or_else(|| self.door.garbled("the answer has no data".to_owned()))
    }

    /// Errors of the query come with status 400, 422 or 503 and a body that says why.
    fn trouble(&self, miss: &Miss) -> Trouble {
        if let Miss::Status(status, body) = miss
            && !matches!(*status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            && let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body)
            && !envelope.error.is_empty()
        {
            return self.said(&envelope);
        }
        self.door.trouble(miss)
    }

    fn said(&self, envelope: &Envelope<'_>) -> Trouble {
        let why = self.door.api.words(&envelope.error);
        match envelope.error_type.as_str() {
            "timeout" => self.door.slow(),
            "unavailable" | "internal" | "canceled" => self.door.away(why),
            _ => self.door.refused(why),
        }
    }
}

/// The step that keeps a series within [`POINTS_MAX`]; never less than the one that was asked for.
fn step(range: Range) -> TimeDelta {
    let span = (range.to - range.from).max(TimeDelta::zero());
    let (wanted, least) = (range.step.max(STEP_MIN), span / POINTS_MAX);
    if wanted >= least {
        return wanted;
    }
    // Whole seconds, so that the next question for the same range falls on the same points.
    TimeDelta::seconds(least.num_seconds() + 1)
}

impl Metrics for Prometheus {
    fn range<'a>(
        &'a self,
        query: &'a str,
        range: Range,
        most: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>> {
        Box::pin(self.ask_range(query, range, most))
    }

    fn instant<'a>(
        &'a self,
        query: &'a str,
        at: DateTime<Utc>,
        most: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>> {
        Box::pin(self.ask_instant(query, at, most))
    }

    fn label_values<'a>(
        &'a self,
        label: &'a str,
        matching: &'a str,
        range: Range,
    ) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        Box::pin(self.ask_values(label, matching, range))
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        Box::pin(self.ask_about())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(seconds: i64, step: TimeDelta) -> Range {
        let from = DateTime::UNIX_EPOCH;
        Range { from, to: from + TimeDelta::seconds(seconds), step }
    }

    #[test]
    fn a_range_of_years_gets_a_step_that_the_source_accepts() {
        let minute = TimeDelta::minutes(1);
        assert_eq!(step(range(3_600, minute)), minute);
        let year = range(365 * 86_400, minute);
        assert_eq!(step(year), TimeDelta::seconds(2_867));
        let points = (year.to - year.from).num_seconds() / step(year).num_seconds();
        assert!(points <= i64::from(POINTS_MAX));
    }

    #[test]
    fn a_range_of_zero_or_less_still_has_a_step() {
        for seconds in [0, -5] {
            assert_eq!(step(range(seconds, TimeDelta::zero())), STEP_MIN);
        }
    }
}
