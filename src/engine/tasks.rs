//! Background work that is tracked: it ends when the program ends, and its death is noticed.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The background tasks of one engine.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Runs `work` until it ends or everything stops.
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        let guarded = async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = work => {}
            }
        };
        self.finish(name, guarded);
    }

    /// Runs `work` to its end, also while everything stops: for what must not be cut in half.
    pub fn finish(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(async move {
            #[expect(clippy::disallowed_methods, reason = "this is the place that spawns")]
            let handle = tokio::spawn(work);
            if let Err(error) = handle.await {
                tracing::error!(task = name, %error, "a background task died");
            }
        });
    }

    /// Fires when everything is to stop.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Asks all tasks to stop and waits for those that finish.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Starts one of the few tasks that nobody tracks, because whoever starts it awaits it.
#[expect(clippy::disallowed_methods, reason = "this is the place that spawns")]
pub fn spawn_root<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    tokio::spawn(work)
}
