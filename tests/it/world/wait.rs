//! Waiting for real programs: asking again and again, with a deadline.

use std::time::{Duration, Instant};

/// Between two questions. Short against what is waited for, long against what a question costs.
const PAUSE: Duration = Duration::from_millis(25);

/// Asks until there is an answer; after `limit` the test fails with what was waited for.
pub(crate) async fn until<T>(
    what: &str,
    limit: Duration,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begin = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begin.elapsed() < limit, "waited {limit:?} in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Lets time pass where nothing can be asked: to show that something does not happen.
pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}
