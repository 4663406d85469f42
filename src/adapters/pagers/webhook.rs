//! Pages as signed HTTP posts, in the form of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use compact_str::format_compact;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::{Call, Page, Pager};
use crate::adapters::failure::Failure;
use crate::adapters::signature::Signed;
use crate::domain::incident::Receipt;

/// One address that takes pages.
#[derive(Debug)]
pub struct Webhook {
    post: Signed,
}

/// The body of a page.
#[derive(Debug, Serialize)]
struct Body<'a> {
    id: String,
    call: Call,
    incident: u64,
    policy: &'a str,
    step: u16,
    severity: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Person<'a>>,
}

/// Whom the page is for, where a schedule or a policy says so.
#[derive(Debug, Serialize)]
struct Person<'a> {
    person: &'a str,
    address: &'a str,
}

impl Webhook {
    /// Posts to this address.
    #[must_use]
    pub fn new(post: Signed) -> Self {
        Self { post }
    }
}

impl Pager for Webhook {
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move {
            let body = Body {
                id: page.id.to_string(),
                call: page.call,
                incident: page.number.0,
                policy: page.policy,
                step: page.step,
                severity: page.severity,
                text: page.text,
                to: page.to.map(|to| Person { person: to.person, address: to.address }),
            };
            let id = page.id.to_string();
            self.post.post(&id, &body).await?;
            Ok(Receipt { id: format_compact!("webhook:{id}"), at: None })
        })
    }
}
