//! Starts runs by a signed HTTP post to a runner of the team's own.

use compact_str::CompactString;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Runner, Start};
use crate::adapters::failure::Failure;
use crate::adapters::signature::Signed;
use crate::domain::alert::Labels;
use crate::domain::incident::Receipt;

/// One address that starts runs.
#[derive(Debug)]
pub struct Webhook {
    post: Signed,
}

/// The body of an order.
#[derive(Debug, Serialize)]
struct Body<'a> {
    id: String,
    incident: u64,
    runbook: &'a str,
    labels: &'a Labels,
}

/// What the runner may answer; anything else is fine too.
#[derive(Debug, Default, Deserialize)]
struct Answer {
    #[serde(default)]
    run: Option<CompactString>,
}

impl Webhook {
    /// Posts to this address.
    #[must_use]
    pub fn new(post: Signed) -> Self {
        Self { post }
    }
}

impl Runner for Webhook {
    fn start<'a>(&'a self, start: Start<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move {
            let id = start.id.to_string();
            let body = Body {
                id: id.clone(),
                incident: start.number.0,
                runbook: start.runbook,
                labels: start.labels,
            };
            let answer = self.post.post(&id, &body).await?;
            let answer: Answer = serde_json::from_str(&answer).unwrap_or_default();
            Ok(Receipt { id: answer.run.unwrap_or_else(|| id.into()), at: None })
        })
    }
}
