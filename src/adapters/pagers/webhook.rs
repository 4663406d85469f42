//! Pages as signed HTTP posts, in the form of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! Answers come back in the same form, signed with the same secret. Without a secret nothing is
//! heard: anybody could have sent it.

use std::time::Duration;

use compact_str::{CompactString, format_compact};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Ask, Call, Deaf, Heard, Page, Pager, Reply, reply};
use crate::adapters::failure::Failure;
use crate::adapters::signature::{Signed, Unsigned};
use crate::domain::ids::Number;
use crate::domain::incident::Receipt;

/// How long `about` waits: somebody sits in front of it.
const ASK_MAX: Duration = Duration::from_secs(5);

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
    to: Option<To<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Links<'a>>,
}

#[derive(Debug, Serialize)]
struct To<'a> {
    person: &'a str,
    address: &'a str,
}

#[derive(Debug, Serialize)]
struct Links<'a> {
    incident: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledge: Option<&'a str>,
}

/// The body of an answer.
#[derive(Debug, Deserialize)]
struct Answered {
    from: CompactString,
    incident: u64,
    verb: String,
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
            let id = page.id.to_string();
            let body = Body {
                id: id.clone(),
                call: page.call,
                incident: page.number.0,
                policy: page.policy,
                step: page.step,
                severity: page.severity,
                text: page.text,
                to: page.to.map(|to| To { person: to.person, address: to.address }),
                links: page.links.map(|links| Links {
                    incident: links.incident.as_str(),
                    acknowledge: links.acknowledge.as_ref().map(url::Url::as_str),
                }),
            };
            self.post.post(&id, &body).await?;
            Ok(Receipt { id: format_compact!("webhook:{id}"), at: None })
        })
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async move {
            let status = self.post.reaches(ASK_MAX).await?;
            Ok(format!("something answers there ({status}); only a page tells more"))
        })
    }

    fn hear(&self, heard: &Heard<'_>) -> Result<Vec<Reply>, Deaf> {
        let id =
            self.post.verify(heard.header, heard.body, heard.now).map_err(
                |unsigned| match unsigned {
                    Unsigned::NoSecret => {
                        Deaf::Mute("this pager has no `secret` to prove answers by")
                    }
                    Unsigned::Wrong => Deaf::Forged("the signature is missing or wrong"),
                    Unsigned::Late => Deaf::Forged("the signature is older than five minutes"),
                },
            )?;
        let Answered { from, incident, verb } = serde_json::from_slice(heard.body)
            .map_err(|error| Deaf::Unreadable(format!("cannot read the answer: {error}")))?;
        let number = Number(incident);
        let ask = reply::verb(&verb).map(|verb| Ask { verb, number });
        Ok(vec![Reply { from, key: id.into(), ask }])
    }
}
