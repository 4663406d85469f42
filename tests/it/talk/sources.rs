//! Numbers, lines and graphs where nothing is configured.

use super::{first, night, text};

#[tokio::test]
async fn without_a_source_the_answer_says_what_to_configure() {
    let mut world = night().await;
    for line in ["graph latency cms 1h", "query up"] {
        let said = world.types("1", line).await;
        assert!(first(&said).starts_with("No metrics source is configured"), "{said}");
        assert!(text(&said).contains("[metrics.main]"), "{said}");
        assert_eq!(said["outcome"], "failed");
    }
    let said = world.types("1", "logs").await;
    assert!(text(&said).contains("[logs.journal]"), "{said}");
    assert_eq!(said["ran"], "logs cms 10");
}
