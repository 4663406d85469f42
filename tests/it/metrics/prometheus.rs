//! A real Prometheus, asked as the graphs ask it.

use std::time::Duration;

use tempfile::tempdir;
use warroom::adapters::metrics::{Metrics, Trouble};

use super::{last_seconds, prometheus, ten_minutes};
use crate::world::process::installed;
use crate::world::prometheus::Prometheus;
use crate::world::stand_in::{Manner, StandIn};
use crate::world::wait::until;

/// Some scrapes of a second each, on a busy machine.
const SOON: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn a_real_prometheus_answers_every_question() {
    if !installed("prometheus") {
        return;
    }
    let folder = tempdir().unwrap();
    let target = StandIn::saying("shop_up{path=\"/\\\"<b>\"} 1\nshop_nan NaN\n").await;
    let real = Prometheus::start(folder.path(), target.address(), &[]).await;
    let source = prometheus(real.address());

    let about = source.about().await.unwrap();
    assert!(about.starts_with("Prometheus 2."), "{about}");

    let at = |seconds| last_seconds(seconds).to;
    let now = until("the target is scraped", SOON, async || {
        let answer = source.instant("shop_up", at(0), 10).await.unwrap();
        answer.series.into_iter().next()
    })
    .await;
    assert_eq!(now.labels["path"], "/\"<b>");
    assert_eq!(now.labels["job"], "shop");
    assert_eq!((now.points.len(), now.points[0].value.to_string().as_str()), (1, "1"));
    assert!(now.name.starts_with("shop_up{env=\"prod\", instance=\"127.0.0.1:"), "{}", now.name);

    let nan = source.instant("shop_nan", at(0), 10).await.unwrap();
    assert!(nan.series[0].points[0].value.is_nan());
    let sum = source.instant("1 / 0", at(0), 10).await.unwrap();
    assert_eq!(sum.series[0].points[0].value.to_string(), "inf");

    let jobs = source.label_values("job", "up{env=\"prod\"}", last_seconds(60)).await.unwrap();
    assert_eq!(jobs, ["shop"]);
    let none = source.label_values("job", "up{env=\"none\"}", last_seconds(60)).await.unwrap();
    assert_eq!(none, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_real_prometheus_says_of_a_wrong_query_reaches_people() {
    if !installed("prometheus") {
        return;
    }
    let folder = tempdir().unwrap();
    let target = StandIn::saying("shop_up 1\n").await;
    let real = Prometheus::start(folder.path(), target.address(), &[]).await;
    let source = prometheus(real.address());

    let trouble = source.range("sum(", ten_minutes(), 10).await.unwrap_err();
    assert!(matches!(trouble, Trouble::Refused { .. }), "{trouble}");
    assert!(trouble.to_string().contains("1:5: parse error: "), "{trouble}");
    let trouble = source.label_values("job", "up{", ten_minutes()).await.unwrap_err();
    assert!(trouble.to_string().contains("parse error"), "{trouble}");
    let text = source.instant("\"text\"", ten_minutes().to, 10).await.unwrap_err();
    assert!(text.to_string().contains("the query gives text"), "{text}");
    let backwards = warroom::adapters::metrics::Range {
        from: ten_minutes().to,
        to: ten_minutes().from,
        ..ten_minutes()
    };
    let trouble = source.range("up", backwards, 10).await.unwrap_err();
    assert!(trouble.to_string().contains("end timestamp"), "{trouble}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_went_away_leaves_a_gap() {
    if !installed("prometheus") {
        return;
    }
    let folder = tempdir().unwrap();
    let metrics = || Manner::Says("200 OK", "shop_up 1\n".to_owned());
    let target = StandIn::start(metrics()).await;
    let real = Prometheus::start(folder.path(), target.address(), &[]).await;
    let source = prometheus(real.address());
    let is_there = async || {
        let now = last_seconds(0).to;
        !source.instant("shop_up", now, 10).await.unwrap().series.is_empty()
    };

    until("it is there", SOON, async || is_there().await.then_some(())).await;
    target.behave(Manner::Says("404 Not Found", String::new()));
    until("it is gone", SOON, async || (!is_there().await).then_some(())).await;
    target.behave(metrics());
    let gap = until("it is back, behind a gap", SOON, async || {
        let answer = source.range("shop_up", last_seconds(120), 10).await.unwrap();
        let points = answer.series.into_iter().next()?.points;
        let gaps = points.windows(2).map(|pair| pair[1].at - pair[0].at);
        gaps.max().filter(|gap| *gap > 1_000)
    })
    .await;
    assert!(gap >= 2_000, "{gap} ms");
}
