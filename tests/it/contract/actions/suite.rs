//! What every action keeps, whatever it does: a dry run touches nothing and may come again, a key starts
//! once, and an executor that is killed at any moment starts nothing twice.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use warroom::adapters::actions::Action;
use warroom::adapters::failure::Failure;
use warroom::domain::run::{Assignment, Ending};

use super::lab::Lab;

/// Runs the step dry, for real, and again. `changes` counts what it did, and a step does one thing.
/// Gives what the dry run and the real one ended with.
pub(super) async fn once(
    lab: &Lab,
    step: &Assignment,
    changes: impl Fn() -> usize,
) -> (Ending, Ending) {
    let mut dry = step.clone();
    dry.is_dry = true;
    lab.run(&dry).await.expect("a dry run has an end");
    lab.forget(step.key);
    let planned = lab.run(&dry).await.expect("a dry run may come again");
    assert!(matches!(planned, Ending::Done { .. }), "{planned:?}");
    assert_eq!(changes(), 0, "a dry run touches nothing");
    lab.forget(step.key);
    let done = lab.run(step).await.expect("how it ended is known");
    assert!(matches!(done, Ending::Done { .. }), "{done:?}");
    assert_eq!(changes(), 1);
    let again = lab.executor.start(step).await.unwrap_err();
    assert!(matches!(again, Failure::Unknown { .. }), "{again:?}");
    assert_eq!(changes(), 1, "a key starts once");
    (planned, done)
}

/// Kills an executor so long after the step began, for each of these times, and asks the next one on
/// the same ledger to start it again.
pub(super) fn killed_anywhere(
    action: impl Fn(&Path) -> Arc<dyn Action>,
    step: &Assignment,
    changes: impl Fn() -> usize,
    after_ms: &[u64],
) {
    let before = changes();
    for after in after_ms {
        let folder = TempDir::new().unwrap();
        let it = action(folder.path());
        // Where the futures are is where the executor dies: the runtime drops them all.
        let first = tokio::runtime::Runtime::new().unwrap();
        let lab = Lab::with(folder, vec![it.clone()]);
        first.block_on(async {
            lab.executor.start(step).await.unwrap();
            let never = std::future::pending::<()>();
            tokio::time::timeout(Duration::from_millis(*after), never).await.ok();
        });
        first.shutdown_timeout(Duration::from_secs(5));
        let folder = lab.folder_alone();
        let second = tokio::runtime::Runtime::new().unwrap();
        second.block_on(async {
            let lab = Lab::with(folder, vec![it]);
            let again = lab.executor.start(step).await.unwrap_err();
            assert!(matches!(again, Failure::Unknown { .. }), "after {after} ms: {again:?}");
        });
    }
    // What was killed late may still have been done, by somebody else's hands: once each.
    assert!(changes() <= before + after_ms.len(), "{} of {}", changes(), after_ms.len());
}
