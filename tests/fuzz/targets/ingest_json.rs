//! Any JSON, mapped by paths; and any table of paths: the first line of the input is one, in JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::adapters::ingest::Kind;
use warroom::adapters::ingest::json::Config;

/// The table of the README.
const TABLE: &str = r#"{"alerts": "alerts[]", "labels": {"alertname": "name", "severity": "='critical'",
    "service": "tags.service?"}, "annotations": {"summary": "message?"}, "status": "state?",
    "starts_at": "since?", "ends_at": "until?", "url": "link?"}"#;

fuzz_target!(|input: &[u8]| {
    source(TABLE.as_bytes(), input);
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    source(&input[..end], &input[end..]);
});

fn source(table: &[u8], body: &[u8]) {
    if let Ok(config) = serde_json::from_slice::<Config>(table) {
        warroom_fuzz::source(&Kind::Json(config), body);
    }
}
