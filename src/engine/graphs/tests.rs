use std::collections::VecDeque;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

use super::*;
use crate::adapters::metrics::{Answer, Metrics, Range, Trouble};
use crate::domain::chart::{Look, Point, Series};
use crate::engine::clock::System;

const DASHBOARD: &str = r#"
[[graph]]
name = "latency"
args = ["service"]
unit = "s"
series = [{ legend = "p99", query = 'p99{service="{{ service }}"}' }, { legend = "p50", query = 'p50' }]
limit = { value = 0.5, label = "SLO" }
"#;

/// A source that answers what it was told to, in order, and then nothing for ever.
#[derive(Debug, Default)]
struct Told(Mutex<VecDeque<Result<Answer, Trouble>>>);

impl Metrics for Told {
    fn range<'a>(
        &'a self,
        _: &'a str,
        _: Range,
        _: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>> {
        Box::pin(async move {
            let next = self.0.lock().unwrap().pop_front();
            match next {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }

    fn instant<'a>(
        &'a self,
        query: &'a str,
        at: DateTime<Utc>,
        most: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>> {
        self.range(query, Range { from: at, to: at, step: chrono::TimeDelta::seconds(1) }, most)
    }

    fn label_values<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: Range,
    ) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        Box::pin(async { Ok("told".to_owned()) })
    }
}

fn graphs(answers: Vec<Result<Answer, Trouble>>) -> Graphs {
    let told: Arc<dyn Metrics> = Arc::new(Told(Mutex::new(answers.into())));
    let mut sources = Sources { default: Some("prom".into()), ..Sources::default() };
    sources.metrics.insert("prom".into(), told);
    let graphs = Graphs::new(sources, Arc::new(System::default()));
    let (library, faults) = Library::parse(&[("d/x.toml".to_owned(), DASHBOARD.to_owned())]);
    assert!(faults.is_empty(), "{faults}");
    graphs.reload(library);
    graphs.set(Options { deadline: Duration::from_millis(50), ..Options::default() });
    graphs
}

fn series(values: &[f64]) -> Answer {
    let start = System::default().now().timestamp_millis() - 3_600_000;
    let points = values.iter().zip(0..);
    let points = points.map(|(value, at)| Point { at: start + at * 15_000, value: *value });
    let series = vec![Series { points: points.collect(), ..Series::default() }];
    Answer { series, ..Answer::default() }
}

fn away() -> Result<Answer, Trouble> {
    Err(Trouble::Away { source_name: "prom".into(), why: "connection refused".into() })
}

async fn ask(graphs: &Graphs, line: &str) -> Result<Charted, Miss> {
    graphs.chart(&Request::read(line)?, &Context::default()).await
}

#[tokio::test]
async fn the_answer_says_the_numbers_before_the_picture() {
    let graphs = graphs(vec![Ok(series(&[0.1, 0.2, 0.6])), Ok(series(&[0.1, 0.1, 0.1]))]);
    let charted = ask(&graphs, "latency cms 1h").await.unwrap();
    let first = charted.text.lines().next().unwrap();
    assert_eq!(first, "cms latency: p99 600 ms, above SLO 500 ms (min 100 ms, max 600 ms) ▁▂█");
    assert_eq!(charted.chart.command, "graph latency cms 1h");
    let png = graphs.paint(charted.chart, Look::default(), Format::Png).await.unwrap();
    assert_eq!(&png.bytes[1..4], b"PNG");
}

#[tokio::test]
async fn each_cause_has_its_own_sentence() {
    let miss = async |answers: Vec<Result<Answer, Trouble>>| {
        let miss = ask(&graphs(answers), "latency cms 1h").await.unwrap_err();
        (miss.is_passing(), miss.to_string())
    };
    let (passing, text) = miss(vec![away(), away()]).await;
    assert!(passing && text == "Prom cannot be reached: connection refused.", "{text}");
    let (passing, text) = miss(vec![]).await;
    assert!(passing && text == "The metrics did not come within 0.05 s.", "{text}");
    let refused =
        || Err(Trouble::Refused { source_name: "prom".into(), why: "parse error".into() });
    let (passing, text) = miss(vec![refused(), refused()]).await;
    assert!(!passing && text.contains("parse error"), "{text}");
    let (passing, text) = miss(vec![Ok(Answer::default()), Ok(series(&[f64::NAN]))]).await;
    assert!(!passing && text.contains("the only point is NaN"), "{text}");
    let (_, text) = miss(vec![Ok(Answer::default()), Ok(Answer::default())]).await;
    assert!(text.starts_with("No data for this query in this time (cms latency, 1h)."), "{text}");
}

#[tokio::test]
async fn one_query_that_fails_costs_its_lines_only() {
    let graphs = graphs(vec![Ok(series(&[0.1])), away()]);
    let charted = ask(&graphs, "latency cms 1h").await.unwrap();
    assert_eq!(charted.chart.series.len(), 1);
    assert!(
        charted.text.contains("Some lines are missing: Prom cannot be reached"),
        "{}",
        charted.text
    );
}

#[tokio::test]
async fn an_earlier_time_lies_over_this_one() {
    let graphs = graphs(vec![
        Ok(series(&[1.0])),
        Ok(series(&[2.0])),
        Ok(series(&[3.0])),
        Ok(series(&[4.0])),
    ]);
    let chart = ask(&graphs, "latency cms 1h vs 1d").await.unwrap().chart;
    let names: Vec<&str> = chart.series.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["p50", "p99", "p99 1d ago", "p50 1d ago"]);
    assert!(chart.series[2].is_past && !chart.series[0].is_past);
    let ahead = chart.series[2].points[0].at - chart.series[0].points[0].at;
    assert!((86_390_000..=86_410_000).contains(&ahead), "{ahead}");
}

#[tokio::test]
async fn a_word_that_is_no_graph_is_taken_for_a_service_and_that_is_said() {
    let empty = || Ok(Answer::default());
    let text = ask(&graphs(vec![empty(), empty()]), "shop").await.unwrap_err().to_string();
    assert!(text.contains("(shop latency, 1h)"), "{text}");
    let unknown = ask(&graphs(vec![]), "latenzy shop").await.unwrap_err();
    assert_eq!(unknown.to_string(), "There is no graph latenzy. Type: graph latency <service>");
}

#[tokio::test]
async fn a_source_that_is_not_there_is_named() {
    let miss = ask(&graphs(vec![]), "latency cms source=far").await.unwrap_err();
    assert!(
        matches!(&miss, Miss::NoSource(text) if text.contains("`far`") && text.contains("prom")),
        "{miss}"
    );
}
