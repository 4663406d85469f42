//! Graphite's render API, which is how statsd's numbers are read:
//! <https://graphite.readthedocs.io/en/latest/render_api.html>.
//!
//! Graphite keeps a number for each interval of its own, whatever is asked for: the distance of the
//! points is read from the answer and passed on. A `null` is a gap. It refuses to tell a target
//! without data from a wrong one where Graphite does not: an empty answer carries a note.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::door::{Door, POINTS_MAX, SERIES_MAX, VALUE_CHARACTERS, VALUES_MAX, clipped, cut_note};
use super::matrix::{self, First};
use super::{Answer, Metrics, Range, Trouble};
use crate::adapters::api::{self, Miss, Options};
use crate::adapters::failure::Failure;
use crate::domain::alert::Labels;
use crate::domain::chart::{Point, Series};
use crate::domain::line::cut;

/// How far back a moment's value may lie: statsd flushes every 10 s, carbon often keeps minutes.
const LOOK_BACK: TimeDelta = TimeDelta::minutes(5);
/// A version is a word: `1.2.0.dev0`.
const VERSION_BYTES: usize = 32;
/// What an empty answer may mean.
const NO_SERIES: &str = "no such series; Graphite answers a misspelt target in the same way";

/// One source.
#[derive(Debug)]
pub struct Graphite {
    door: Door,
}

/// One series, as it is sent.
#[derive(Debug, Deserialize)]
struct Row {
    target: String,
    #[serde(default)]
    tags: Labels,
    datapoints: Vec<(Box<RawValue>, i64)>,
}

/// One node of the tree of metrics.
#[derive(Debug, Deserialize)]
struct Node {
    text: String,
}

impl Graphite {
    /// A source called `name`.
    ///
    /// # Errors
    /// [`Failure::Broken`], when it cannot be reached like this.
    pub fn new(name: &str, options: Options) -> Result<Self, Failure> {
        Ok(Self { door: Door::new(name, options)? })
    }

    async fn ask_range(&self, query: &str, range: Range, most: usize) -> Result<Answer, Trouble> {
        let most = most.clamp(1, SERIES_MAX);
        let wanted = (range.to - range.from).num_milliseconds() / step_ms(range);
        let points = wanted.clamp(1, i64::from(POINTS_MAX)).to_string();
        let first = self.render(query, range, (most, &points)).await?;
        self.answer(first, range.step)
    }

    /// The last value of each series. Graphite has no question for a moment.
    async fn ask_instant(
        &self,
        query: &str,
        at: DateTime<Utc>,
        most: usize,
    ) -> Result<Answer, Trouble> {
        let range = Range { from: at - LOOK_BACK, to: at, step: TimeDelta::seconds(1) };
        let mut answer = self.ask_range(query, range, most).await?;
        for series in &mut answer.series {
            series.points = series.points.pop().into_iter().collect();
        }
        answer.step = None;
        Ok(answer)
    }

    async fn render(
        &self,
        target: &str,
        range: Range,
        (most, points): (usize, &str),
    ) -> Result<First<Row>, Trouble> {
        let (from, until) = (range.from.timestamp(), range.to.timestamp());
        let form = [
            ("target", target),
            ("from", &from.to_string()),
            ("until", &until.to_string()),
            ("format", "json"),
            ("maxDataPoints", points),
        ];
        let request = self.door.api.client().post(self.door.api.url(&["render"])).form(&form);
        let body = self.door.fetch(request).await.map_err(|miss| self.trouble(&miss))?;
        self.list(&body, most)
    }

    fn answer(&self, first: First<Row>, wanted: TimeDelta) -> Result<Answer, Trouble> {
        let mut answer = Answer::default();
        answer.notes.extend(cut_note(first.kept.len(), first.total));
        if first.total == 0 {
            answer.notes.push(NO_SERIES.to_owned());
        }
        let steps = first.kept.iter().filter_map(|row| distance(&row.datapoints));
        let step = steps.max().map(TimeDelta::seconds);
        answer.step = step.filter(|step| *step != wanted);
        for row in first.kept {
            answer.series.push(row.series().map_err(|why| self.door.garbled(why))?);
        }
        Ok(answer)
    }

    /// The names that stand for the last `*` of a path.
    async fn ask_values(&self, path: &str, range: Range) -> Result<Vec<String>, Trouble> {
        let query = up_to_last_star(path);
        let (from, until) = (range.from.timestamp(), range.to.timestamp());
        let pairs =
            [("query", query.as_str()), ("from", &from.to_string()), ("until", &until.to_string())];
        let request =
            self.door.api.client().get(self.door.api.url(&["metrics", "find"])).query(&pairs);
        let body = self.door.fetch(request).await.map_err(|miss| self.trouble(&miss))?;
        let nodes: First<Node> = self.list(&body, VALUES_MAX)?;
        let mut values: Vec<String> =
            nodes.kept.iter().map(|node| cut(&node.text, VALUE_CHARACTERS)).collect();
        values.sort();
        values.dedup();
        Ok(values)
    }

    async fn ask_about(&self) -> Result<String, Trouble> {
        let request = self.door.api.client().get(self.door.api.url(&["version"]));
        if let Ok(body) = self.door.fetch(request).await
            && let Some(version) = version(&body)
        {
            return Ok(format!("Graphite {version}"));
        }
        let request = self.door.api.client().get(self.door.api.url(&["metrics", "find"]));
        let body = self.door.fetch(request.query(&[("query", "*")])).await;
        let body = body.map_err(|miss| self.trouble(&miss))?;
        let _nodes: First<Node> = self.list(&body, 1)?;
        Ok("Graphite, which does not tell its version".to_owned())
    }

    fn list<T: serde::de::DeserializeOwned>(
        &self,
        body: &[u8],
        most: usize,
    ) -> Result<First<T>, Trouble> {
        let text = str::from_utf8(body)
            .map_err(|_| self.door.garbled("the answer is no text".to_owned()))?;
        matrix::first(text, most).map_err(|_| self.door.garbled(api::not_json(body).to_owned()))
    }

    /// Since 1.1.9 a wrong target is a 400 whose first line says what is wrong.
    fn trouble(&self, miss: &Miss) -> Trouble {
        if let Miss::Status(status, body) = miss
            && status.as_u16() == 400
            && let Some(line) = String::from_utf8_lossy(body).lines().find(|line| !line.is_empty())
            && !line.starts_with('<')
        {
            return self.door.refused(self.door.api.words(line));
        }
        self.door.trouble(miss)
    }
}

impl Row {
    fn series(self) -> Result<Series, String> {
        let mut points = Vec::new();
        for (value, at) in &self.datapoints {
            if let Some(value) = number(value.get())? {
                let at = at.checked_mul(1_000).ok_or("a point has a time beyond all calendars")?;
                points.push(Point { at, value });
            }
        }
        let mut labels = self.tags;
        labels.insert("target".into(), self.target.as_str().into());
        let name = cut(&self.target, VALUE_CHARACTERS);
        Ok(Series { name, labels: clipped(labels), points, is_past: false })
    }
}

/// Graphite writes infinity as `1e9999`, which is a number in JSON's grammar and in no parser.
fn number(text: &str) -> Result<Option<f64>, String> {
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if text == "null" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| "a point has a value that is no number".to_owned())
}

/// `1.1.8`: a bare word, or one in quotes. A web page of something else is no version.
fn version(body: &[u8]) -> Option<&str> {
    let word = str::from_utf8(body).ok()?.trim().trim_matches('"');
    let is_version = word.starts_with(|c: char| c.is_ascii_digit()) && word.len() <= VERSION_BYTES;
    is_version.then_some(word)
}

/// The seconds between two points; none where there are fewer than two.
fn distance(points: &[(Box<RawValue>, i64)]) -> Option<i64> {
    let pairs = points.windows(2).filter_map(|pair| match pair {
        [(_, one), (_, other)] => other.checked_sub(*one),
        _ => None,
    });
    pairs.filter(|seconds| *seconds > 0).min()
}

fn step_ms(range: Range) -> i64 {
    range.step.num_milliseconds().max(1)
}

/// `stats.*.count` asks for the names at the star, not for those below it.
fn up_to_last_star(path: &str) -> String {
    if path.is_empty() {
        return "*".to_owned();
    }
    let nodes: Vec<&str> = path.split('.').collect();
    let last = nodes.iter().rposition(|node| node.contains('*')).unwrap_or(nodes.len());
    nodes.into_iter().take(last.saturating_add(1)).collect::<Vec<_>>().join(".")
}

impl Metrics for Graphite {
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

    /// The names at the last `*` of the path `matching`. A path has no labels: `_label` is not asked.
    fn label_values<'a>(
        &'a self,
        _label: &'a str,
        matching: &'a str,
        range: Range,
    ) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        Box::pin(self.ask_values(matching, range))
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        Box::pin(self.ask_about())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Result<Answer, Trouble> {
        let url = "http://127.0.0.1:9".parse().unwrap();
        let graphite = Graphite::new("statsd", Options::new(url)).unwrap();
        let first = graphite.list(body.as_bytes(), 2)?;
        graphite.answer(first, TimeDelta::seconds(1))
    }

    #[test]
    fn nulls_are_gaps_and_infinities_are_numbers() {
        let body = r#"[{"target":"a.b","tags":{"name":"a.b"},
            "datapoints":[[null,60],[1.5,120],[1e9999,180],[-1e9999,240],[null,300]]}]"#;
        let answer = answer(body).unwrap();
        let points: Vec<(i64, f64)> =
            answer.series[0].points.iter().map(|point| (point.at, point.value)).collect();
        assert_eq!(
            points,
            [(120_000, 1.5), (180_000, f64::INFINITY), (240_000, f64::NEG_INFINITY)]
        );
        assert_eq!(answer.step, Some(TimeDelta::seconds(60)));
        assert_eq!(answer.series[0].labels["target"], "a.b");
    }

    #[test]
    fn an_empty_answer_says_that_the_target_may_be_misspelt() {
        assert_eq!(answer("[]").unwrap().notes, [NO_SERIES]);
    }

    #[test]
    fn more_series_than_wanted_are_cut_with_a_note() {
        let rows = [r#"{"target":"a","datapoints":[]}"#; 5].join(",");
        let answer = answer(&format!("[{rows}]")).unwrap();
        assert_eq!((answer.series.len(), answer.notes), (2, vec!["cut at 2 of 5 series".into()]));
    }

    #[test]
    fn something_else_than_series_is_garbled() {
        for body in ["{}", "[1]", r#"[{"target":"a","datapoints":[["x",1]]}]"#, "<html>", ""] {
            assert!(matches!(answer(body), Err(Trouble::Garbled { .. })), "{body}");
        }
    }

    #[test]
    fn names_are_asked_for_at_the_last_star() {
        assert_eq!(up_to_last_star("stats.*.count"), "stats.*");
        assert_eq!(up_to_last_star("stats.timers.*"), "stats.timers.*");
        assert_eq!(up_to_last_star("a.*.b.c*.d"), "a.*.b.c*");
        assert_eq!(up_to_last_star("a.b"), "a.b");
        assert_eq!(up_to_last_star(""), "*");
    }
}
