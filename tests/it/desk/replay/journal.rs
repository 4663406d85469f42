//! The journal that a running server keeps, read beside it.

use std::time::Duration;

use serde_json::json;

use super::{EACH, folder, json};
use crate::world::wait::until;
use crate::world::warroom::{Setup, Warroom};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_received_is_replayed_beside_it() {
    let dir = folder(EACH, "");
    let server = tempfile::tempdir().unwrap();
    let setup = Setup { rules: EACH.to_owned(), ..Setup::new(server.path()) };
    let warroom = Warroom::start(setup).await;
    for host in ["a", "b"] {
        let labels = json!({ "alertname": "Disk", "host": host });
        let answer = warroom.post("/api/v2/alerts", &json!([{ "labels": labels }])).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    let journal = server.path().join("data/journal").display().to_string();
    let words = ["--journal", journal.as_str(), "--since", "1h"];
    let read = until("both are in the journal", SOON, async || {
        let read = json(dir.path(), &words);
        (read["reports"] == 2).then_some(read)
    })
    .await;
    assert_eq!(read["after"]["incidents"], 2, "{read:#}");
    assert_eq!(read["after"]["incidents"].as_u64(), Some(warroom.incidents().await.len() as u64));
    assert!(read["notes"][0].as_str().unwrap().contains("keeps no repetitions"));
}
