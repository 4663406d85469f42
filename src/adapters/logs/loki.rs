//! Log lines from Grafana Loki: <https://grafana.com/docs/loki/latest/reference/loki-http-api/>.
//!
//! The `LogQL` query is configured; what people type becomes quoted strings in it. It refuses queries
//! of metrics: those are graphs.

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{LINES_MAX, Line, Logs, Wanted, places};
use crate::adapters::api::{self, Api, Miss};
use crate::adapters::failure::Failure;
use crate::domain::line;

/// One Loki with one query.
#[derive(Debug)]
pub struct Loki {
    api: Api,
    query: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    kind: String,
    result: Vec<Stream>,
}

#[derive(Debug, Deserialize)]
struct Stream {
    #[serde(default)]
    values: Vec<Entry>,
}

/// Nanoseconds since 1970 in quotes, the line, and in newer versions structured metadata.
#[derive(Debug, Deserialize)]
struct Entry(
    String,
    String,
    #[serde(default)]
    #[expect(dead_code, reason = "what is not named here would be an error of the format")]
    Option<IgnoredAny>,
);

#[derive(Debug, Default, Deserialize)]
struct Build {
    #[serde(default)]
    version: String,
}

impl Loki {
    /// Asks this API the query, after its places are filled.
    #[must_use]
    pub fn new(api: Api, query: String) -> Self {
        Self { api, query }
    }

    async fn newest(&self, wanted: Wanted) -> Result<Vec<Line>, Failure> {
        let values = places::values(&wanted)?;
        let mut query = places::fill(&self.query, &values, quoted)?;
        if let Some(part) = &wanted.containing {
            query.push_str(&format!(" |= {}", quoted(part)));
        }
        let most = wanted.most.clamp(1, LINES_MAX);
        let pairs = [
            ("query", query),
            ("start", nanoseconds(wanted.from)),
            ("end", nanoseconds(wanted.to)),
            ("limit", most.to_string()),
            ("direction", "backward".to_owned()),
        ];
        let url = self.api.url(&["loki", "api", "v1", "query_range"]);
        let body = self.api.fetch(self.api.client().get(url).query(&pairs)).await;
        let body = body.map_err(|miss| self.failure(&miss))?;
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|_| Failure::Refused { why: api::not_json(&body).to_owned() })?;
        if answer.data.kind != "streams" {
            let why = "the query gives numbers and no lines".to_owned();
            return Err(Failure::Broken { why });
        }
        Ok(newest(answer.data.result, most))
    }

    async fn ask_about(&self) -> Result<String, Failure> {
        let url = self.api.url(&["loki", "api", "v1", "status", "buildinfo"]);
        let body = self.api.fetch(self.api.client().get(url)).await;
        let body = body.map_err(|miss| self.failure(&miss))?;
        let build: Build = serde_json::from_slice(&body)
            .map_err(|_| Failure::Refused { why: api::not_json(&body).to_owned() })?;
        Ok(self.api.words(format!("Loki {}", build.version).trim()))
    }

    /// A wrong query is a 400 with one line of plain text.
    fn failure(&self, miss: &Miss) -> Failure {
        match miss {
            Miss::Status(status, body) if status.as_u16() == 400 => {
                let words = self.api.words(&String::from_utf8_lossy(body));
                Failure::Refused { why: format!("the query is refused: {words}") }
            }
            miss => self.api.failure(miss),
        }
    }
}

impl Logs for Loki {
    fn lines(&self, wanted: Wanted) -> BoxFuture<'_, Result<Vec<Line>, Failure>> {
        Box::pin(self.newest(wanted))
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(self.ask_about())
    }
}

/// The newest lines of all streams, the oldest of them first. Lines without a time come first.
fn newest(streams: Vec<Stream>, most: usize) -> Vec<Line> {
    let entries = streams.into_iter().flat_map(|stream| stream.values);
    let mut lines: Vec<(i64, String)> =
        entries.map(|Entry(at, text, _)| (at.parse().unwrap_or_default(), text)).collect();
    lines.sort_by_key(|(at, _)| *at);
    let old = lines.len().saturating_sub(most);
    lines
        .iter()
        .skip(old)
        .map(|(at, text)| Line {
            at: (*at > 0).then(|| DateTime::from_timestamp_nanos(*at)),
            text: line::shown(text),
        })
        .collect()
}

fn nanoseconds(at: DateTime<Utc>) -> String {
    format!("{}{:09}", at.timestamp(), at.timestamp_subsec_nanos())
}

/// A string of `LogQL`, which has Go's escapes.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_stays_inside_its_quotes() {
        assert_eq!(quoted("a\"} or {b=\"\\\n\0"), r#""a\"} or {b=\"\\\n\u0000""#);
    }

    #[test]
    fn lines_of_all_streams_come_in_the_order_of_their_times() {
        let text = r#"{"data":{"resultType":"streams","result":[
            {"stream":{},"values":[["3000000000","c"],["1000000000","a"]]},
            {"stream":{},"values":[["2000000000","b",{"trace":"1"}]]}]}}"#;
        let answer: Answer = serde_json::from_str(text).unwrap();
        let lines = newest(answer.data.result, 2);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["b", "c"]);
        assert_eq!(lines[0].at.unwrap().timestamp(), 2);
    }
}
