//! An executor on another machine: it connects to the server, so its network zone needs no way in.
//!
//! It asks for calls, one answer after the other, and takes them in their order; what it has to say
//! goes a way of its own and is repeated until the server has heard it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::core::Executor;
use super::line::{Mouth, Words as Heard, answer};
use super::protocol::{Calls, Next, Said, Words};
use crate::domain::secret::Secret;
use crate::engine::clock::Clock;

/// How long one question may stay unanswered: longer than the server holds it.
const QUESTION_MAX: Duration = Duration::from_secs(45);
/// Between two tries while the server is away.
const AWAY: Duration = Duration::from_secs(2);
/// Words of one delivery: each is at most some 70 KB, and the server reads a mebibyte.
const TOGETHER_MAX: usize = 8;

/// Why an executor gives up.
#[derive(Debug, thiserror::Error)]
pub enum Unwelcome {
    /// The token or the name is wrong.
    #[error(
        "the server refuses this executor ({0}): its name and token must stand in [executors] there"
    )]
    Refused(StatusCode),
}

/// How the server is reached.
#[derive(Debug, Clone)]
pub struct Remote {
    /// The client.
    pub client: Client,
    /// Where it begins.
    pub server: Url,
    /// The executor's name.
    pub name: String,
    /// What it proves itself with.
    pub token: Secret,
    /// The clock for waits.
    pub clock: Arc<dyn Clock>,
}

enum Trouble {
    /// Try again.
    Away,
    /// Trying again is useless.
    Unwelcome(Unwelcome),
}

impl Remote {
    /// Serves until `stop` fires.
    ///
    /// # Errors
    /// When the server does not want this executor.
    pub async fn serve(
        &self,
        executor: &Arc<Executor>,
        (mouth, words): (Mouth, Heard),
        stop: CancellationToken,
    ) -> Result<(), Unwelcome> {
        tokio::select! {
            unwelcome = self.ask(executor, mouth) => Err(unwelcome),
            unwelcome = self.say(words) => Err(unwelcome),
            () = stop.cancelled() => Ok(()),
        }
    }

    async fn ask(&self, executor: &Arc<Executor>, mouth: Mouth) -> Unwelcome {
        let next = Next { process: format!("{:032x}", self.clock.random()) };
        let mut is_away = false;
        loop {
            match self.post("next", &next).await {
                Ok(body) => {
                    if is_away {
                        tracing::info!("the server is there again");
                    }
                    is_away = false;
                    let calls: Calls = serde_json::from_slice(&body).unwrap_or_default();
                    for asked in calls.calls {
                        let said = answer(executor, asked).await;
                        // The words are carried as long as this runs.
                        mouth.say(said).await.ok();
                    }
                }
                Err(Trouble::Unwelcome(unwelcome)) => return unwelcome,
                Err(Trouble::Away) => {
                    if !is_away {
                        tracing::warn!("the server does not answer; what runs goes on");
                    }
                    is_away = true;
                    self.clock.sleep(AWAY).await;
                }
            }
        }
    }

    async fn say(&self, mut words: Heard) -> Unwelcome {
        loop {
            let mut said: Vec<Said> = Vec::new();
            if words.recv_many(&mut said, TOGETHER_MAX).await == 0 {
                std::future::pending::<()>().await;
            }
            let words = Words { said };
            loop {
                match self.post("said", &words).await {
                    Ok(_) => break,
                    Err(Trouble::Unwelcome(unwelcome)) => return unwelcome,
                    Err(Trouble::Away) => self.clock.sleep(AWAY).await,
                }
            }
        }
    }

    async fn post(&self, what: &str, body: &impl Serialize) -> Result<Vec<u8>, Trouble> {
        let mut url = self.server.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1", "executors", self.name.as_str(), what]);
        }
        let request = self.client.post(url).bearer_auth(self.token.reveal()).json(body);
        let sent = request.timeout(QUESTION_MAX).send().await;
        let response = sent.map_err(|error| {
            tracing::debug!(error = %error.without_url(), "no answer");
            Trouble::Away
        })?;
        match response.status() {
            status if status.is_success() => {
                // A body that breaks off is thrown away whole: none of its calls was taken.
                response.bytes().await.map(Into::into).map_err(|_| Trouble::Away)
            }
            StatusCode::CONFLICT => {
                tracing::warn!(
                    "another executor of this name is connected: one of the two is too many"
                );
                Err(Trouble::Away)
            }
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) => {
                Err(Trouble::Unwelcome(Unwelcome::Refused(status)))
            }
            _ => Err(Trouble::Away),
        }
    }
}
