//! A real Graphite with carbon, fed as statsd feeds it.

use std::time::Duration;

use chrono::TimeDelta;
use tempfile::tempdir;
use warroom::adapters::metrics::{Metrics, Range, graphite};

use super::{last_seconds, options};
use crate::world::graphite::Graphite;
use crate::world::process::installed;
use crate::world::wait::until;

const SOON: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn a_real_graphite_gives_series_with_gaps_and_infinities() {
    if !installed("carbon-cache") || !installed("graphite-manage") {
        return;
    }
    let folder = tempdir().unwrap();
    let real = Graphite::start(folder.path()).await;
    let mut patient = options(real.address());
    patient.timeout = Duration::from_secs(20);
    let source = graphite::Graphite::new("statsd", patient).unwrap();
    assert!(source.about().await.unwrap().starts_with("Graphite 1."));

    let range = last_seconds(30);
    let now = range.to.timestamp();
    let lines: String = (2..20)
        .filter(|ago| !(8..12).contains(ago))
        .map(|ago| {
            let at = now - ago;
            format!("shop.web.requests {ago} {at}\nshop.db.requests inf {at}\n")
        })
        .collect();
    real.send(&lines);
    let answer = until("carbon has all of it", SOON, async || {
        let answer = source.range("shop.*.requests", range, 10).await.unwrap();
        (answer.series.len() == 2 && answer.series[1].points.len() == 14).then_some(answer)
    })
    .await;
    let [db, web] = answer.series.as_slice() else { panic!("two series") };
    assert_eq!((db.name.as_str(), web.name.as_str()), ("shop.db.requests", "shop.web.requests"));
    assert_eq!(db.points[0].value, f64::INFINITY);
    let distances = web.points.windows(2).map(|pair| pair[1].at - pair[0].at);
    assert_eq!(distances.max(), Some(5_000), "the gap of four seconds");
    assert_eq!((answer.step, answer.notes.len()), (None, 0));

    let coarse = Range { step: TimeDelta::seconds(6), ..range };
    let answer = source.range("shop.web.requests", coarse, 10).await.unwrap();
    assert!(answer.series[0].points.len() < 6, "{:?}", answer.series[0].points);

    let last = source.instant("shop.web.requests", range.to, 10).await.unwrap();
    assert_eq!(last.series[0].points.len(), 1);
    assert_eq!(last.series[0].points[0].value.to_string(), "2");
    let names = source.label_values("", "shop.*.requests", range).await.unwrap();
    assert_eq!(names, ["db", "web"]);
    let none = source.range("nothing.here", range, 10).await.unwrap();
    assert!(none.notes[0].contains("misspelt"), "{:?}", none.notes);
}
