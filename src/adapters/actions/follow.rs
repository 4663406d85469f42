//! Back ends that take a job and work on it by themselves: start it, look until it has ended, read what
//! it says, stop it.
//!
//! A job that was started and cannot be looked at any more is unknown, never failed.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Done, Ended, Fault, Says};

/// Between two looks: back ends count requests, and people wait.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Looks in a row that may fail before nobody knows any more: two minutes of a restarting back end.
const MISSES_MAX: u32 = 60;

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// It goes on.
    Running,
    /// It has ended well.
    Good(Done),
    /// It has ended badly.
    Bad(String),
}

/// A job that was started.
pub trait Job: Send {
    /// How it stands, and what it has said since the last look.
    fn look(&mut self, says: &dyn Says) -> impl Future<Output = Result<Stand, Fault>> + Send;

    /// Asks the back end to end it.
    fn stop(&mut self) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Looks at a job until it has ended; a stop is passed on, and how the job then ends is waited for.
///
/// # Errors
/// [`Fault::Failed`], when it has ended badly; [`Fault::Unknown`], when nobody knows.
pub async fn follow(job: &mut impl Job, says: &dyn Says, stop: CancellationToken) -> Ended {
    let (mut misses, mut is_stopping) = (0, false);
    loop {
        if stop.is_cancelled() && !is_stopping {
            is_stopping = true;
            job.stop().await.map_err(|fault| {
                Fault::Unknown(format!("it could not be stopped, and may go on: {fault}"))
            })?;
        }
        match job.look(says).await {
            Ok(Stand::Good(done)) => return Ok(done),
            Ok(Stand::Bad(why)) if is_stopping => return Err(Fault::Unknown(why)),
            Ok(Stand::Bad(why)) => return Err(Fault::Failed(why)),
            Ok(Stand::Running) => misses = 0,
            Err(fault) if misses >= MISSES_MAX => {
                return Err(Fault::Unknown(format!(
                    "it was started, and is out of sight: {fault}"
                )));
            }
            Err(fault) => {
                tracing::debug!(%fault, "a look at a job failed");
                misses += 1;
            }
        }
        pause(&stop, is_stopping).await;
    }
}

/// Waits until the next look; a stop ends the wait.
async fn pause(stop: &CancellationToken, is_stopping: bool) {
    if is_stopping {
        tokio::time::timeout(LOOK_EVERY, std::future::pending::<()>()).await.ok();
    } else {
        tokio::time::timeout(LOOK_EVERY, stop.cancelled()).await.ok();
    }
}

/// One segment of a path, whatever is in it.
#[must_use]
pub fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
