//! Requests that Slack signs: the Events API, clicks and slash commands over HTTP.
//!
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack>. A request is believed when
//! its signature fits the raw body and is not five minutes old; it is answered when it is kept.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::Slack;
use crate::adapters::chat::platform::{Call, Ears, Reply};
use crate::domain::secret::Secret;

/// How far a request's time may be from ours, in seconds: a replay is older.
const SKEW_MAX: i64 = 300;

impl Slack {
    pub(super) async fn take_call(&self, call: Call<'_>, ears: &dyn Ears) -> Reply {
        let Some(secret) = &self.options.signing_secret else {
            return Reply::plain(404, "no signing secret is configured for this workspace");
        };
        if let Err(why) = verify(secret, &call, now()) {
            return Reply::plain(401, why);
        }
        let Some(frame) = frame(&call) else {
            return Reply::plain(400, "this is nothing that Slack sends");
        };
        if frame["payload"]["type"] == "url_verification" {
            let challenge = frame["payload"]["challenge"].as_str().unwrap_or_default();
            return Reply::plain(200, challenge);
        }
        match self.take_frame(&frame, ears).await {
            Ok(()) => Reply::plain(200, ""),
            Err(failure) => {
                tracing::warn!(%failure, "a request of slack was not kept: it will come again");
                Reply::plain(503, "not kept: send it again")
            }
        }
    }
}

/// Whether Slack sent this, now.
fn verify(secret: &Secret, call: &Call<'_>, now: DateTime<Utc>) -> Result<(), &'static str> {
    let header = |name: &str| (call.header)(name).unwrap_or_default();
    let stamp = header("x-slack-request-timestamp");
    let at: i64 = stamp.parse().map_err(|_| "there is no time that can be read")?;
    if now.timestamp().saturating_sub(at).saturating_abs() > SKEW_MAX {
        return Err("the request is too old, or one of the two clocks is wrong");
    }
    let given = header("x-slack-signature").strip_prefix("v0=").and_then(|it| hex::decode(it).ok());
    let given = given.ok_or("there is no signature that can be read")?;
    // HMAC takes keys of any length: this cannot fail.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes())
        .map_err(|_| "the signature cannot be checked")?;
    for part in [b"v0:", stamp.as_bytes(), b":", call.body] {
        mac.update(part);
    }
    let ours = mac.finalize().into_bytes();
    let is_right = bool::from(ours.as_slice().ct_eq(&given));
    if is_right { Ok(()) } else { Err("the signature does not fit") }
}

/// The request in the shape of a frame of Socket Mode.
fn frame(call: &Call<'_>) -> Option<Value> {
    let kind = (call.header)("content-type").unwrap_or_default();
    if kind.starts_with("application/json") {
        let payload: Value = serde_json::from_slice(call.body).ok()?;
        return Some(json!({ "type": "events_api", "payload": payload }));
    }
    let fields: Map<String, Value> = url::form_urlencoded::parse(call.body)
        .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
        .collect();
    if let Some(payload) = fields.get("payload").and_then(Value::as_str) {
        let payload: Value = serde_json::from_str(payload).ok()?;
        return Some(json!({ "type": "interactive", "payload": payload }));
    }
    let is_command = fields.contains_key("command");
    is_command.then(|| json!({ "type": "slash_commands", "payload": fields }))
}

/// The machine's clock: signatures and slash commands carry no other time that can be trusted.
#[expect(clippy::disallowed_methods, reason = "an adapter dates what the platform does not")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_slack_signed_lately_is_believed() {
        // The example of Slack's documentation.
        let secret = Secret::new("8f742231b10e8888abcd99yyyzzz85a5");
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let right = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        let at = DateTime::from_timestamp(1_531_420_618, 0).unwrap();
        let verified = |signature: &str, body: &[u8], now: DateTime<Utc>| {
            let header = |name: &str| match name {
                "x-slack-request-timestamp" => Some("1531420618".to_owned()),
                "x-slack-signature" => Some(signature.to_owned()),
                _ => None,
            };
            verify(
                &secret,
                &Call { method: "POST", path: "", query: "", header: &header, body },
                now,
            )
        };
        assert_eq!(verified(right, body, at), Ok(()));
        assert!(verified(right, b"token=other", at).is_err());
        assert!(verified("v0=00", body, at).is_err());
        assert!(verified("", body, at).is_err());
        assert!(verified(right, body, at + chrono::TimeDelta::seconds(301)).is_err());
    }
}
