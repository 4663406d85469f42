//! Log lines from Elasticsearch or `OpenSearch`:
//! <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search>.
//!
//! The question is a JSON value with terms, built and never written as text, so that what people
//! type can become no operator. It refuses query strings for the same reason.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{LINES_MAX, Line, Logs, Wanted, places};
use crate::adapters::api::{self, Api, Miss};
use crate::adapters::failure::Failure;
use crate::domain::line;

/// What is looked for, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The indices: `logs-*`.
    pub index: String,
    /// Fields and what they must hold, with places.
    pub terms: BTreeMap<String, String>,
    /// The field with the time: `@timestamp`.
    pub time: String,
    /// The field with the line: `message`.
    pub message: String,
}

/// One set of indices.
#[derive(Debug)]
pub struct Elasticsearch {
    api: Api,
    options: Options,
}

#[derive(Debug, Deserialize)]
struct Answer {
    hits: Hits,
}

#[derive(Debug, Deserialize)]
struct Hits {
    hits: Vec<Hit>,
}

#[derive(Debug, Deserialize)]
struct Hit {
    #[serde(rename = "_source", default)]
    source: Map<String, Value>,
    /// Milliseconds since 1970, because that is what the hits are sorted by.
    #[serde(default)]
    sort: Vec<Value>,
}

impl Elasticsearch {
    /// Searches through this API.
    #[must_use]
    pub fn new(api: Api, options: Options) -> Self {
        Self { api, options }
    }

    async fn newest(&self, wanted: Wanted) -> Result<Vec<Line>, Failure> {
        let question = self.question(&wanted)?;
        let url = self.api.url(&[&self.options.index, "_search"]);
        let request = self
            .api
            .client()
            .post(url)
            .query(&[("ignore_unavailable", "true"), ("allow_no_indices", "true")])
            .json(&question);
        let body = self.api.fetch(request).await.map_err(|miss| self.failure(&miss))?;
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|_| Failure::Refused { why: api::not_json(&body).to_owned() })?;
        let hits = answer.hits.hits;
        let most = wanted.most.min(LINES_MAX);
        Ok(hits.iter().take(most).rev().map(|hit| self.line(hit)).collect())
    }

    fn question(&self, wanted: &Wanted) -> Result<Value, Failure> {
        let Options { terms, time, message, .. } = &self.options;
        let values = places::values(wanted)?;
        let date = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut filter = vec![json!({ "range": { time: {
            "gte": date(wanted.from),
            "lte": date(wanted.to),
            "format": "strict_date_optional_time",
        } } })];
        for (field, value) in terms {
            let value = places::fill(value, &values, str::to_owned)?;
            filter.push(json!({ "term": { field: { "value": value } } }));
        }
        if let Some(part) = &wanted.containing {
            filter.push(json!({ "match_phrase": { message: part } }));
        }
        Ok(json!({
            "size": wanted.most.min(LINES_MAX),
            "sort": [{ time: { "order": "desc", "unmapped_type": "date" } }],
            "_source": [time, message],
            "track_total_hits": false,
            "timeout": format!("{}ms", self.api.timeout().as_millis()),
            "query": { "bool": { "filter": filter } },
        }))
    }

    fn line(&self, hit: &Hit) -> Line {
        let text = match field(&hit.source, &self.options.message) {
            Some(Value::String(text)) => line::shown(text),
            Some(other) => line::shown(&other.to_string()),
            None => format!("(no field {})", self.options.message),
        };
        let sorted = hit.sort.first().and_then(Value::as_i64);
        let at = sorted.and_then(DateTime::from_timestamp_millis).or_else(|| {
            let text = field(&hit.source, &self.options.time)?.as_str()?;
            text.parse().ok()
        });
        Line { at, text }
    }

    async fn ask_about(&self) -> Result<String, Failure> {
        let request = self.api.client().get(self.api.base().clone());
        let body = self.api.fetch(request).await.map_err(|miss| self.failure(&miss))?;
        let answer: Value = serde_json::from_slice(&body)
            .map_err(|_| Failure::Refused { why: api::not_json(&body).to_owned() })?;
        let word = |path: &str| answer.pointer(path).and_then(Value::as_str);
        let name = word("/version/distribution").unwrap_or("Elasticsearch");
        let version = word("/version/number").unwrap_or("of an unknown version");
        Ok(self.api.words(&format!("{name} {version}")))
    }

    /// A wrong question is a 400 with a reason in JSON.
    fn failure(&self, miss: &Miss) -> Failure {
        if let Miss::Status(status, body) = miss
            && status.is_client_error()
            && let Ok(answer) = serde_json::from_slice::<Value>(body)
            && let Some(reason) = answer.pointer("/error/reason").and_then(Value::as_str)
        {
            let why = format!("the search is refused: {}", self.api.words(reason));
            return match status.as_u16() {
                401 | 403 => self.api.failure(miss),
                _ => Failure::Refused { why },
            };
        }
        self.api.failure(miss)
    }
}

impl Logs for Elasticsearch {
    fn lines(&self, wanted: Wanted) -> BoxFuture<'_, Result<Vec<Line>, Failure>> {
        Box::pin(self.newest(wanted))
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(self.ask_about())
    }
}

/// A field of a document: `log.message` may be one key or two levels.
fn field<'a>(source: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(value) = source.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    field(source.get(first)?.as_object()?, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_in_both_ways_of_writing_it() {
        let flat = json!({ "a.b": 1 });
        let deep = json!({ "a": { "b": 1 } });
        for source in [flat, deep] {
            assert_eq!(field(source.as_object().unwrap(), "a.b"), Some(&json!(1)));
        }
        assert_eq!(field(&Map::new(), "a.b"), None);
    }
}
