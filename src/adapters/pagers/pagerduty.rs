//! PagerDuty: Events v2 there (<https://developer.pagerduty.com/docs/send-alert-event>), webhooks
//! v3 back (<https://developer.pagerduty.com/docs/webhooks-v3-overview>).
//!
//! It decides itself who is woken. The `dedup_key` makes every event idempotent; what our own events
//! do there comes back without a user as its agent, and is not heard, so that no circle can arise.

use std::time::Duration;

use compact_str::{CompactString, format_compact};
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::Url;

use super::{Ask, Call, Deaf, Heard, Page, Pager, Reply, Verb};
use crate::adapters::failure::Failure;
use crate::adapters::http;
use crate::domain::ids::Number;
use crate::domain::incident::Receipt;
use crate::domain::line::cut;
use crate::domain::secret::Secret;

/// Characters of a summary, 1,024 with the mark of what is cut:
/// <https://developer.pagerduty.com/docs/pd-cef>.
const SUMMARY_MAX: usize = 1023;
/// Characters of the rest; an event has at most 512 KB.
const DETAILS_MAX: usize = 8000;
/// What stands before the incident's number in the key of its events.
const KEY: &str = "warroom-";
/// Signatures of one header that are looked at.
const SIGNATURES_MAX: usize = 8;
/// How long `about` waits: somebody sits in front of it.
const ASK_MAX: Duration = Duration::from_secs(5);

/// A service at PagerDuty.
#[derive(Debug)]
pub struct PagerDuty {
    client: Client,
    url: Url,
    routing_key: Secret,
    webhook_secret: Option<Secret>,
}

/// An event; <https://developer.pagerduty.com/api-reference/368ae3d938c9e-send-an-event-to-pager-duty>.
#[derive(Debug, Serialize)]
struct Event<'a> {
    routing_key: &'a str,
    event_action: &'static str,
    dedup_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Payload<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link<'a>>,
    client: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_url: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Payload<'a> {
    summary: String,
    source: &'static str,
    severity: &'static str,
    group: &'a str,
    custom_details: Details<'a>,
}

#[derive(Debug, Serialize)]
struct Details<'a> {
    text: String,
    severity: &'a str,
    step: u16,
}

#[derive(Debug, Serialize)]
struct Link<'a> {
    href: &'a str,
    text: &'static str,
}

/// What comes back, as far as it is read; unknown parts are not looked at.
#[derive(Debug, Deserialize)]
struct Delivery {
    event: Happened,
}

#[derive(Debug, Deserialize)]
struct Happened {
    id: CompactString,
    event_type: String,
    agent: Option<Agent>,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Agent {
    id: CompactString,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Data {
    #[serde(default)]
    incident_key: Option<String>,
}

impl PagerDuty {
    /// Events to `url`; what comes back must be signed with `webhook_secret`.
    #[must_use]
    pub fn new(
        client: Client,
        url: Url,
        routing_key: Secret,
        webhook_secret: Option<Secret>,
    ) -> Self {
        Self { client, url, routing_key, webhook_secret }
    }

    async fn send(&self, page: &Page<'_>) -> Result<Receipt, Failure> {
        let url = self.url.join("/v2/enqueue");
        let url = url.map_err(|_| Failure::missing("the address of PagerDuty has no paths"))?;
        let event = event(page, &self.routing_key);
        http::send(self.client.post(url).json(&event)).await.map_err(meaning)?;
        Ok(Receipt { id: format_compact!("pagerduty:{}", event.dedup_key), at: None })
    }

    fn verify(&self, heard: &Heard<'_>) -> Result<(), Deaf> {
        let secret = self.webhook_secret.as_ref().filter(|secret| !secret.reveal().is_empty());
        let secret = secret.ok_or(Deaf::Mute("this pager has no `webhook_secret`"))?;
        let given = (heard.header)("x-pagerduty-signature");
        let given = given.ok_or(Deaf::Forged("the header X-PagerDuty-Signature is missing"))?;
        let is_right = given.split(',').take(SIGNATURES_MAX).any(|one| {
            let Some(Ok(bytes)) = one.trim().strip_prefix("v1=").map(hex::decode) else {
                return false;
            };
            // HMAC takes keys of any length: this cannot fail.
            Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes())
                .is_ok_and(|mac| mac.chain_update(heard.body).verify_slice(&bytes).is_ok())
        });
        if is_right { Ok(()) } else { Err(Deaf::Forged("X-PagerDuty-Signature is wrong")) }
    }
}

/// A bad event is told with 400, and so is a routing key that is not theirs.
fn meaning(failure: Failure) -> Failure {
    match failure {
        Failure::Refused { why } => {
            Failure::Broken { why: format!("{why}: is the routing key right?") }
        }
        other => other,
    }
}

fn event<'a>(page: &Page<'a>, routing_key: &'a Secret) -> Event<'a> {
    let payload = || Payload {
        summary: cut(&format!("#{} {}", page.number, first(page.text)), SUMMARY_MAX),
        source: "warroom",
        severity: severity(page.severity),
        group: page.policy,
        custom_details: Details {
            text: cut(page.text, DETAILS_MAX),
            severity: page.severity,
            step: page.step,
        },
    };
    let (event_action, payload) = match page.call {
        Call::Page => ("trigger", Some(payload())),
        Call::Taken => ("acknowledge", None),
        Call::Stop => ("resolve", None),
    };
    let incident = page.links.map(|links| links.incident.as_str());
    Event {
        routing_key: routing_key.reveal(),
        event_action,
        dedup_key: format!("{KEY}{}", page.number),
        payload,
        links: incident
            .map(|href| Link { href, text: "The incident in warroom" })
            .into_iter()
            .collect(),
        client: "warroom",
        client_url: incident,
    }
}

fn first(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn severity(ours: &str) -> &'static str {
    match ours {
        "sev2" | "error" => "error",
        "sev3" | "warning" => "warning",
        "sev4" | "sev5" | "info" => "info",
        _ => "critical",
    }
}

fn verb(event_type: &str) -> Option<Verb> {
    match event_type {
        "incident.acknowledged" => Some(Verb::Acknowledge),
        "incident.resolved" => Some(Verb::Resolve),
        "incident.escalated" => Some(Verb::Escalate),
        _ => None,
    }
}

impl Pager for PagerDuty {
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move { self.send(&page).await })
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async move {
            let answer = self.client.head(self.url.clone()).timeout(ASK_MAX).send().await;
            answer.map_err(|error| http::lost(&error))?;
            Ok("it answers; only a page shows whether the routing key is right".to_owned())
        })
    }

    fn hear(&self, heard: &Heard<'_>) -> Result<Vec<Reply>, Deaf> {
        self.verify(heard)?;
        let Delivery { event } = serde_json::from_slice(heard.body)
            .map_err(|error| Deaf::Unreadable(format!("cannot read the event: {error}")))?;
        let number = event.data.incident_key.as_deref().and_then(|key| key.strip_prefix(KEY));
        let number = number.and_then(|number| number.parse().ok()).map(Number);
        // Incidents of others, other news, and what we did there ourselves.
        let (Some(number), Some(verb), Some(agent)) =
            (number, verb(&event.event_type), event.agent)
        else {
            return Ok(Vec::new());
        };
        if agent.kind != "user_reference" {
            return Ok(Vec::new());
        }
        Ok(vec![Reply { from: agent.id, key: event.id, ask: Some(Ask { verb, number }) }])
    }
}
