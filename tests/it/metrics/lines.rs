//! Log lines over HTTP: stand-ins that check what is asked against the vendors' documentation,
//! because neither server can be had here.

use serde_json::{Value, json};
use warroom::adapters::api::{Api, Proof};
use warroom::adapters::failure::Failure;
use warroom::adapters::logs::elasticsearch::{self, Elasticsearch};
use warroom::adapters::logs::loki::Loki;
use warroom::adapters::logs::{Logs, Wanted};
use warroom::domain::secret::Secret;

use super::{options, ten_minutes};
use crate::world::stand_in::{Manner, StandIn};

fn wanted(service: &str, containing: Option<&str>) -> Wanted {
    let range = ten_minutes();
    Wanted {
        arguments: [("service".to_owned(), service.to_owned())].into(),
        containing: containing.map(str::to_owned),
        from: range.from,
        to: range.to,
        most: 2,
    }
}

fn loki(url: &str) -> Loki {
    let query = r#"{app={service}} | json"#;
    Loki::new(Api::new(options(url)).unwrap(), query.to_owned())
}

fn elasticsearch(url: &str) -> Elasticsearch {
    let mut api = options(url);
    api.proof = Proof::ApiKey(Secret::new("hunter2"));
    let options = elasticsearch::Options {
        index: "logs-*".to_owned(),
        terms: [("service.name".to_owned(), "{service}".to_owned())].into(),
        time: "@timestamp".to_owned(),
        message: "log.message".to_owned(),
    };
    Elasticsearch::new(Api::new(api).unwrap(), options)
}

/// The pairs behind the `?` of a request.
fn pairs(request: &str) -> Vec<(String, String)> {
    let target = request.split(' ').nth(1).unwrap();
    let url = url::Url::parse(&format!("http://x{target}")).unwrap();
    url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect()
}

/// The body of a request.
fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn loki_is_asked_as_its_documentation_says() {
    // https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time
    let stand_in = StandIn::saying(
        r#"{"status":"success","data":{"resultType":"streams","result":[
            {"stream":{"app":"cms"},"values":[
                ["1700000000000000002","third \u001b[31mtoken=abc"],["1700000000000000000","first"]]},
            {"stream":{"app":"cms"},"values":[["1700000000000000001","second",{"trace":"x"}]]}],
            "stats":{}}}"#,
    )
    .await;
    let hostile = "\"} or {app=\"secret\\";
    let lines = loki(&stand_in.url()).lines(wanted("cms", Some(hostile))).await.unwrap();
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["second", "third token=***"]);
    assert_eq!(lines[1].at.unwrap().timestamp_subsec_nanos(), 2);

    let request = stand_in.requests().remove(0);
    assert!(request.starts_with("GET /loki/api/v1/query_range?"), "{request}");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        pairs(&request),
        [
            pair("query", r#"{app="cms"} | json |= "\"} or {app=\"secret\\""#),
            pair("start", "1699999400000000000"),
            pair("end", "1700000000000000000"),
            pair("limit", "2"),
            pair("direction", "backward"),
        ]
    );
}

#[tokio::test]
async fn what_loki_refuses_is_told() {
    let words = "parse error at line 1, col 5: syntax error".to_owned();
    let stand_in = StandIn::start(Manner::Says("400 Bad Request", words)).await;
    let failure = loki(&stand_in.url()).lines(wanted("cms", None)).await.unwrap_err();
    assert!(failure.to_string().contains("at line 1, col 5"), "{failure}");
    let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
    stand_in.behave(Manner::Says("200 OK", matrix.to_owned()));
    let failure = loki(&stand_in.url()).lines(wanted("cms", None)).await.unwrap_err();
    assert!(matches!(failure, Failure::Broken { .. }), "{failure}");
    let failure = loki(&stand_in.url()).lines(wanted("a\"b", None)).await.unwrap_err();
    assert!(failure.to_string().contains("must be a name"), "{failure}");
}

#[tokio::test]
async fn elasticsearch_is_asked_by_json_and_never_by_text() {
    // https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search
    let stand_in = StandIn::saying(
        json!({ "took": 1, "timed_out": false, "hits": { "hits": [
            { "_source": { "log": { "message": "newer" } }, "sort": [1_700_000_000_500_i64] },
            { "_source": { "log.message": "older", "@timestamp": "2023-11-14T22:13:19Z" } },
        ] } })
        .to_string(),
    )
    .await;
    let hostile = "\" OR service.name:* AND (x";
    let source = elasticsearch(&stand_in.url());
    let lines = source.lines(wanted("cms", Some(hostile))).await.unwrap();
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["older", "newer"]);
    let times: Vec<i64> = lines.iter().map(|line| line.at.unwrap().timestamp_millis()).collect();
    assert_eq!(times, [1_699_999_999_000, 1_700_000_000_500]);

    let request = stand_in.requests().remove(0);
    let first = request.lines().next().unwrap();
    assert_eq!(
        first,
        "POST /logs-*/_search?ignore_unavailable=true&allow_no_indices=true HTTP/1.1"
    );
    assert!(request.to_lowercase().contains("authorization: apikey hunter2"));
    let body = body(&request);
    assert_eq!(body["size"], 2);
    assert_eq!(
        body["sort"],
        json!([{ "@timestamp": { "order": "desc", "unmapped_type": "date" } }])
    );
    assert_eq!(
        body["query"],
        json!({ "bool": { "filter": [
            { "range": { "@timestamp": {
                "gte": "2023-11-14T22:03:20.000Z",
                "lte": "2023-11-14T22:13:20.000Z",
                "format": "strict_date_optional_time",
            } } },
            { "term": { "service.name": { "value": "cms" } } },
            { "match_phrase": { "log.message": hostile } },
        ] } })
    );
}

#[tokio::test]
async fn what_elasticsearch_refuses_is_told_without_the_key() {
    let words = json!({ "error": { "reason": "no hunter2" }, "status": 400 }).to_string();
    let stand_in = StandIn::start(Manner::Says("400 Bad Request", words)).await;
    let failure = elasticsearch(&stand_in.url()).lines(wanted("cms", None)).await.unwrap_err();
    assert_eq!(failure.to_string(), "the search is refused: no ***");
    stand_in.behave(Manner::Streams("{\"hits\":{\"hits\":[", "{\"_source\":{}},"));
    let failure = elasticsearch(&stand_in.url()).lines(wanted("cms", None)).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused { .. } | Failure::Unknown { .. }), "{failure}");
    assert!(stand_in.taken() < 40 << 20, "{} bytes were taken", stand_in.taken());
}
