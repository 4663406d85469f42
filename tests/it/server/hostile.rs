//! Clients that send too much, too slowly, or nonsense.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::lab::{Lab, alert, closed, read};

/// Longer than the deadline for heads and pauses, shorter than a test's patience.
const CUT: Duration = Duration::from_secs(12);

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn fault_43_a_body_over_the_limit_is_413() {
    let lab = Lab::start().await;
    let (status, text) = lab.post("/api/v2/alerts", vec![b' '; 9 << 20]).await;
    assert_eq!(status, 413, "{text}");
    // Without an announced length, too: the limit is on what comes.
    let pieces =
        futures_util::stream::iter((0..9).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 20])));
    let request = lab.request(Method::POST, "/hooks/alertmanager");
    let sent = request.body(reqwest::Body::wrap_stream(pieces)).send().await;
    // The server may answer and close while the client still writes.
    assert!(sent.is_err() || sent.is_ok_and(|answer| answer.status() == 413));
    assert!(lab.meter("warroom_http_rejected_total{reason=\"body_too_large\"}").await >= 2.0);
}

#[tokio::test]
async fn fault_43_a_huge_label_is_cut_and_the_alert_taken() {
    let lab = Lab::start().await;
    let body = serde_json::json!([alert(&[("alertname", &"x".repeat(1 << 20))])]);
    assert_eq!(lab.post("/api/v2/alerts", body.to_string()).await.0, 200);
    let listed = lab.json("/api/v2/alerts").await;
    assert!(listed[0]["labels"]["alertname"].as_str().unwrap().len() < 20_000);
}

#[tokio::test]
async fn fault_44_invalid_utf8_is_400() {
    let lab = Lab::start().await;
    let (status, text) = lab.post("/api/v2/alerts", &b"[{\"labels\":{\"a\":\"\xff\"}}]"[..]).await;
    assert_eq!(status, 400);
    assert!(text.contains("UTF-8"), "{text}");
}

#[tokio::test]
async fn fault_45_deep_and_doubled_json_is_400() {
    let lab = Lab::start().await;
    let deep = "[".repeat(100_000);
    let doubled = r#"[{"labels":{"a":"b","a":"c"}}]"#;
    for body in [deep.as_str(), doubled, "[{", "nonsense"] {
        let (status, text) = lab.post("/api/v2/alerts", body.to_owned()).await;
        assert_eq!(status, 400, "{text}");
        assert!(text.contains("\"code\":400"), "{text}");
    }
}

#[tokio::test]
async fn fault_46_a_gzip_bomb_is_413() {
    let lab = Lab::start().await;
    let bomb = gzip(&vec![b' '; 256 << 20]);
    assert!(bomb.len() < 1 << 20);
    let request = lab.request(Method::POST, "/hooks/grafana").header("content-encoding", "gzip");
    let (status, text) = read(request.body(bomb).send().await.unwrap()).await;
    assert_eq!(status, 413, "{text}");
    let name = "warroom_http_rejected_total{reason=\"body_inflates_too_large\"}";
    assert!((lab.meter(name).await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_gzipped_report_is_taken() {
    let lab = Lab::start().await;
    let body = gzip(serde_json::json!([alert(&[("alertname", "Zipped")])]).to_string().as_bytes());
    let request = lab
        .request(Method::POST, "/api/v2/alerts")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    assert_eq!(read(request.body(body).send().await.unwrap()).await, (200, String::new()));
    assert_eq!(lab.json("/api/v2/alerts").await[0]["labels"]["alertname"], "Zipped");
}

#[tokio::test]
async fn fault_46_a_head_that_drips_is_cut() {
    let lab = Lab::start().await;
    let mut stream = TcpStream::connect(lab.address).await.unwrap();
    let drip = async {
        for byte in b"GET / HTTP/1.1\r\nx-a: ".iter().chain(std::iter::repeat(&b'a')) {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            crate::world::wait::pass(Duration::from_millis(200)).await;
        }
    };
    assert!(tokio::time::timeout(CUT, drip).await.is_ok(), "the drip was never cut");
    assert_eq!(lab.get("/-/healthy").await.0, 200);
}

#[tokio::test]
async fn fault_46_a_body_that_stops_is_408() {
    let lab = Lab::start().await;
    let head = b"POST /api/v2/alerts HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n[{";
    let answer = lab.raw(head, CUT).await.expect("the connection was never cut");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!(lab.get("/-/healthy").await.0, 200);
}

#[tokio::test]
async fn what_is_not_http_is_answered_and_closed() {
    let lab = Lab::start().await;
    for nonsense in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"GET /\r\n\r\n\r\n\r\n"]
    {
        assert!(lab.raw(nonsense, CUT).await.is_some(), "the connection was left open");
    }
    let endless = [b"GET / HTTP/1.1\r\nx: ".to_vec(), vec![b'a'; 1 << 20]].concat();
    let answer = lab.raw(&endless, CUT).await.expect("the connection was left open");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn fault_87_a_stop_lets_running_requests_end() {
    let lab = Lab::start().await;
    let mut stream = TcpStream::connect(lab.address).await.unwrap();
    let head = "POST /api/v2/alerts HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 31\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    crate::world::wait::pass(Duration::from_millis(200)).await;
    lab.stop.cancel();
    crate::world::wait::pass(Duration::from_millis(200)).await;
    stream.write_all(br#"[{"labels":{"alertname":"Late"}}]"#.get(..31).unwrap()).await.unwrap();
    let answer = closed(&mut stream, CUT).await.expect("the connection was left open");
    assert!(answer.starts_with("HTTP/1.1"), "{answer}");
    let served = tokio::time::timeout(Duration::from_secs(10), lab.serving).await;
    served.expect("it did not stop within 10 s").unwrap().unwrap();
}
