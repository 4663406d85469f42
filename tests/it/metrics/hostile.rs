//! What a source of numbers may answer instead of numbers, and how much of it.

use std::time::Instant;

use warroom::adapters::metrics::graphite::Graphite;
use warroom::adapters::metrics::{Metrics, Trouble};

use super::{DEADLINE, options, prometheus, ten_minutes};
use crate::world::process::free_port;
use crate::world::stand_in::{Manner, StandIn};

/// What is taken beyond the limit of 16 MiB: buffers of both sides of a connection.
const TAKEN_MAX: u64 = 40 << 20;

async fn trouble_of(url: &str) -> Trouble {
    let trouble = prometheus(url).range("up", ten_minutes(), 10).await.unwrap_err();
    let text = trouble.to_string();
    assert!(text.starts_with("prom "), "the source is named: {text}");
    assert!(!text.contains("127.0.0.1"), "the address is not: {text}");
    trouble
}

async fn trouble_with(status: &'static str, body: &str) -> Trouble {
    let stand_in = StandIn::start(Manner::Says(status, body.to_owned())).await;
    trouble_of(&stand_in.url()).await
}

#[tokio::test]
async fn fault_38_a_source_that_is_down_is_said_to_be_away() {
    let trouble = trouble_of(&format!("http://127.0.0.1:{}", free_port())).await;
    assert!(matches!(trouble, Trouble::Away { .. }), "{trouble}");
}

#[tokio::test]
async fn fault_38_a_source_that_hangs_or_drips_costs_one_deadline() {
    for manner in [Manner::Hangs, Manner::Drips] {
        let stand_in = StandIn::start(manner).await;
        let begin = Instant::now();
        let trouble = trouble_of(&stand_in.url()).await;
        assert_eq!(trouble, Trouble::Slow { source_name: "prom".into(), seconds: 1 });
        assert!(begin.elapsed() < DEADLINE * 3, "{:?}", begin.elapsed());
    }
}

#[tokio::test]
async fn fault_38_errors_of_the_source_are_told_in_its_words() {
    let trouble = trouble_with("500 Internal Server Error", "oops").await;
    assert!(matches!(trouble, Trouble::Away { .. }), "{trouble}");
    let late = r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#;
    let trouble = trouble_with("503 Service Unavailable", late).await;
    assert!(matches!(trouble, Trouble::Slow { .. }), "{trouble}");
    let heavy = r#"{"status":"error","errorType":"execution","error":"too many samples"}"#;
    let trouble = trouble_with("422 Unprocessable Entity", heavy).await;
    assert_eq!(trouble.to_string(), "prom refuses the query: too many samples");
    let trouble = trouble_with("401 Unauthorized", "").await;
    assert!(trouble.to_string().contains("another token or password"), "{trouble}");
}

#[tokio::test]
async fn fault_39_what_is_no_answer_is_said_to_be_none() {
    let deep = "[".repeat(200_000);
    let deep_data = format!(r#"{{"status":"success","data":{deep}"#);
    for body in [
        "",
        "null",
        "<html>log in</html>",
        r#"{"status":"success"}"#,
        r#"{"status":"success","data":[]}"#,
        r#"{"status":"success","data":{"resultType":"matrix","result":"x"}}"#,
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":[]}]}}"#,
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,{}]]}]}}"#,
        "\u{fffd}\0",
        &deep,
        &deep_data,
    ] {
        let trouble = trouble_with("200 OK", body).await;
        let start: String = body.chars().take(60).collect();
        assert!(matches!(trouble, Trouble::Garbled { .. }), "{start}: {trouble}");
    }
    let trouble = trouble_with("200 OK", "  <!doctype html>").await;
    assert!(trouble.to_string().contains("a web page came"), "{trouble}");
}

#[tokio::test]
async fn fault_39_nan_infinity_and_nothing_are_carried_as_they_are() {
    let body = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"a":"b"},"values":[[1,"NaN"],[2,"+Inf"],[3,"-Inf"]]}]}}"#;
    let stand_in = StandIn::saying(body).await;
    let source = prometheus(&stand_in.url());
    let answer = source.range("up", ten_minutes(), 10).await.unwrap();
    let values: Vec<String> =
        answer.series[0].points.iter().map(|point| point.value.to_string()).collect();
    assert_eq!(values, ["NaN", "inf", "-inf"]);

    let empty = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
    stand_in.behave(Manner::Says("200 OK", empty.to_owned()));
    let answer = source.range("up", ten_minutes(), 10).await.unwrap();
    assert_eq!((answer.series.len(), answer.notes.len()), (0, 0));
}

#[tokio::test]
async fn fault_40_of_100_000_series_a_thousand_are_kept() {
    let row = r#"{"metric":{"__name__":"up","job":"shop"},"values":[[1,"1"],[2,"2"]]}"#;
    let rows = vec![row; 100_000].join(",");
    let body =
        format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{rows}]}}}}"#);
    let stand_in = StandIn::saying(body).await;
    let source = prometheus(&stand_in.url());
    let answer = source.range("up", ten_minutes(), usize::MAX).await.unwrap();
    assert_eq!(answer.series.len(), 1_000);
    assert_eq!(answer.notes, ["cut at 1000 of 100000 series"]);
}

#[tokio::test]
async fn fault_40_reading_stops_long_before_a_gigabyte() {
    let beginning = r#"{"status":"success","data":{"resultType":"matrix","result":["#;
    let manner = Manner::Streams(beginning, r#"{"metric":{"a":"b"},"values":[[1,"1"]]},"#);
    let stand_in = StandIn::start(manner).await;
    let mut patient = options(&stand_in.url());
    patient.timeout = DEADLINE * 60;
    let source = warroom::adapters::metrics::prometheus::Prometheus::new("prom", patient.clone());
    let trouble = source.unwrap().range("up", ten_minutes(), 10).await.unwrap_err();
    assert_eq!(
        trouble.to_string(),
        "prom answers with more than 16 MiB: narrow the query or the range"
    );
    assert!(stand_in.taken() < TAKEN_MAX, "{} bytes were taken", stand_in.taken());

    let graphite = Graphite::new("statsd", patient).unwrap();
    let trouble = graphite.range("a.*", ten_minutes(), 10).await.unwrap_err();
    assert!(matches!(trouble, Trouble::TooMuch { .. }), "{trouble}");
    assert!(stand_in.taken() < 2 * TAKEN_MAX, "{} bytes were taken", stand_in.taken());
}

#[tokio::test]
async fn fault_40_a_label_of_a_megabyte_is_cut_with_a_mark() {
    let long = "x".repeat(1 << 20);
    let body = format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[
        {{"metric":{{"a":"{long}"}},"value":[1,"1"]}}]}}}}"#
    );
    let stand_in = StandIn::saying(body).await;
    let at = ten_minutes().to;
    let answer = prometheus(&stand_in.url()).instant("up", at, 10).await.unwrap();
    let value = &answer.series[0].labels["a"];
    assert_eq!((value.chars().count(), value.chars().last()), (1_025, Some('…')));
    assert!(answer.series[0].name.len() < 1_100);
}
