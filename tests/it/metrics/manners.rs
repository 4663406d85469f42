//! What is asked of a source of numbers, and what never leaves it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use chrono::TimeDelta;
use tempfile::tempdir;
use warroom::adapters::api::{Options, Proof};
use warroom::adapters::metrics::graphite::Graphite;
use warroom::adapters::metrics::prometheus::Prometheus;
use warroom::adapters::metrics::{Metrics, Range, Trouble};
use warroom::domain::secret::Secret;

use super::{options, prometheus, ten_minutes};
use crate::world::process::{Process, free_port, installed};
use crate::world::stand_in::{Manner, StandIn};
use crate::world::wait::until;

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;

fn with_secrets(url: &str) -> Options {
    let mut options = options(&format!("{url}/prometheus"));
    options.proof = Proof::Bearer(Secret::new("hunter2"));
    options.tenant = Some("shop".to_owned());
    options
}

#[tokio::test]
async fn a_query_goes_out_as_a_form_with_its_limits() {
    let stand_in = StandIn::saying(EMPTY).await;
    let source = Prometheus::new("prom", with_secrets(&stand_in.url())).unwrap();
    source.range("rate(x[5m]) & \"ä\"", ten_minutes(), 50).await.unwrap();
    let request = stand_in.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /prometheus/api/v1/query_range HTTP/1.1"), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains("authorization: bearer hunter2"), "{head}");
    assert!(head.contains("x-scope-orgid: shop"), "{head}");
    assert_eq!(
        body,
        "query=rate%28x%5B5m%5D%29+%26+%22%C3%A4%22&start=1699999400&end=1700000000&step=15\
         &timeout=1000ms&limit=50"
    );
}

#[tokio::test]
async fn values_of_a_label_are_asked_for_what_matches() {
    let stand_in = StandIn::saying(r#"{"status":"success","data":["cms","shop"]}"#).await;
    let source = prometheus(&stand_in.url());
    let values = source.label_values("service", "up{env=\"prod\"}", ten_minutes()).await.unwrap();
    assert_eq!(values, ["cms", "shop"]);
    source.label_values("../../admin?x", "", ten_minutes()).await.unwrap();
    let requests = stand_in.requests();
    let first = requests[0].lines().next().unwrap();
    assert!(first.starts_with("GET /api/v1/label/service/values?start=1699999400&"), "{first}");
    assert!(first.contains("match%5B%5D=up%7Benv%3D%22prod%22%7D"), "{first}");
    assert!(requests[1].starts_with("GET /api/v1/label/..%2F..%2Fadmin%3Fx/values?"));
}

#[tokio::test]
async fn a_redirect_does_not_carry_the_credentials_away() {
    let thief = StandIn::saying(EMPTY).await;
    let stand_in = StandIn::start(Manner::Redirects(thief.url())).await;
    let source = Prometheus::new("prom", with_secrets(&stand_in.url())).unwrap();
    let trouble = source.range("up", ten_minutes(), 1).await.unwrap_err();
    assert!(trouble.to_string().contains("a redirect (302 Found), which is not followed"));
    assert!(!trouble.to_string().contains(thief.address()), "{trouble}");
    assert_eq!(thief.requests().len(), 0);
}

#[tokio::test]
async fn a_source_that_repeats_our_secret_does_not_spread_it() {
    let body = r#"{"status":"error","errorType":"bad_data","error":"no hunter2\n\u001b[31m here"}"#;
    let stand_in = StandIn::start(Manner::Says("400 Bad Request", body.to_owned())).await;
    let source = Prometheus::new("prom", with_secrets(&stand_in.url())).unwrap();
    let trouble = source.range("up", ten_minutes(), 1).await.unwrap_err();
    assert_eq!(trouble.to_string(), "prom refuses the query: no ***  [31m here");
    assert!(!format!("{source:?}").contains("hunter2"));
}

#[tokio::test]
async fn warnings_of_the_source_stand_below_the_graph() {
    let body = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{},"histograms":[[1,{"count":"2"}]]}]},
        "warnings":["one store is away"],"infos":["metric might not be a counter"]}"#;
    let stand_in = StandIn::saying(body).await;
    let answer = prometheus(&stand_in.url()).range("up", ten_minutes(), 1).await.unwrap();
    assert_eq!(answer.notes.len(), 3, "{:?}", answer.notes);
    assert!(answer.notes[0].contains("native histograms"), "{:?}", answer.notes);
    assert_eq!(answer.notes[1..], ["one store is away", "metric might not be a counter"]);
}

#[tokio::test]
async fn a_range_of_years_asks_for_no_more_points_than_there_may_be() {
    let stand_in = StandIn::saying(EMPTY).await;
    let ten = ten_minutes();
    let years = Range { from: ten.to - TimeDelta::days(3650), ..ten };
    let answer = prometheus(&stand_in.url()).range("up", years, 1).await.unwrap();
    assert_eq!(answer.step, Some(TimeDelta::seconds(28_670)));
    assert!(stand_in.requests()[0].contains("&step=28670&"), "{}", stand_in.requests()[0]);
    let nothing = Range { from: ten.to, ..ten };
    assert_eq!(prometheus(&stand_in.url()).range("up", nothing, 1).await.unwrap().step, None);
}

#[tokio::test]
async fn graphite_is_asked_by_name_and_password_for_as_many_points_as_fit() {
    let stand_in = StandIn::saying("[]").await;
    let mut options = options(&stand_in.url());
    options.proof = Proof::Basic("warroom".to_owned(), Secret::new("hunter2"));
    let source = Graphite::new("statsd", options).unwrap();
    source.range("stats.*", ten_minutes(), 1).await.unwrap();
    let request = stand_in.requests().remove(0);
    assert!(request.starts_with("POST /render HTTP/1.1"), "{request}");
    assert!(request.to_lowercase().contains("authorization: basic d2fycm9vbtpodw50zxiy"));
    assert!(
        request.ends_with(
            "target=stats.*&from=1699999400&until=1700000000&format=json&maxDataPoints=40"
        ),
        "{request}"
    );
    let bad = Manner::Says("400 Bad Request", "Invalid target: 'sum('\n\nTraceback".to_owned());
    stand_in.behave(bad);
    let trouble = source.range("sum(", ten_minutes(), 1).await.unwrap_err();
    assert_eq!(trouble.to_string(), "statsd refuses the query: Invalid target: 'sum('");
}

#[tokio::test]
async fn only_certificates_of_the_configured_file_are_trusted() {
    if !installed("openssl") {
        return;
    }
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "2", "-subj", "/CN=prom", "-keyout", &path("key.pem")])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext"])
        .args(["basicConstraints=critical,CA:FALSE", "-out", &path("cert.pem")])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::create_dir_all(folder.path().join("api/v1/status")).unwrap();
    let build = r#"{"status":"success","data":{"version":"3.1.0"}}"#;
    fs::write(folder.path().join("api/v1/status/buildinfo"), build).unwrap();
    let port = free_port();
    let mut command = Command::new("openssl");
    command.current_dir(folder.path()).args(["s_server", "-WWW", "-accept", &port.to_string()]);
    command.args(["-cert", "cert.pem", "-key", "key.pem"]);
    let mut server = Process::start("openssl", &mut command, folder.path());

    let url = format!("https://127.0.0.1:{port}");
    let mut trusting = options(&url);
    trusting.trusted = Some(fs::read(folder.path().join("cert.pem")).unwrap());
    let trusting = Prometheus::new("prom", trusting).unwrap();
    let about = until("the server answers", Duration::from_secs(20), async || {
        server.must_run();
        trusting.about().await.ok()
    })
    .await;
    assert_eq!(about, "Prometheus 3.1.0");
    let trouble = prometheus(&url).about().await.unwrap_err();
    assert!(matches!(trouble, Trouble::Away { .. }), "{trouble}");
}
