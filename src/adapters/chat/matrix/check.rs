//! What `warroom doctor` asks a homeserver.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use super::api::{Me, nothing, text};
use super::platform::Matrix;
use crate::adapters::chat::platform::Finding;

/// How far the clocks may differ before times in rooms confuse people.
const SKEW_MAX_SECONDS: i64 = 30;
/// The oldest specification that we were written for: captions of pictures came with it.
const SPEC: (u32, u32) = (1, 10);
/// A picture of ours, at most.
const PICTURE_BYTES: u64 = 1 << 20;

impl Matrix {
    pub(super) async fn findings(&self) -> Vec<Finding> {
        let mut findings = vec![self.versions().await, self.clock().await];
        let me = match self.server.whoami().await {
            Ok(me) => me,
            Err(fault) => {
                findings.push(bad(
                    fault.failure.to_string(),
                    "make an access token for the account of warroom and put it into `token_file`",
                ));
                return findings;
            }
        };
        findings.push(self.account(&me));
        findings.push(self.rates(&me).await);
        findings.push(self.clearness().await);
        findings.push(self.media().await);
        findings
    }

    async fn versions(&self) -> Finding {
        let answer = match self.server.get(&["versions"]).await {
            Ok(answer) => answer,
            Err(fault) => {
                return bad(
                    fault.failure.to_string(),
                    "look at `url`: it is where the client-server API begins, not the web client",
                );
            }
        };
        let versions = answer.get("versions").and_then(Value::as_array).into_iter().flatten();
        let newest = versions.filter_map(|it| version(it.as_str()?)).max().unwrap_or_default();
        let what = format!("the homeserver speaks Matrix {}.{}", newest.0, newest.1);
        match newest >= SPEC {
            true => good(what),
            false => bad(what, "a newer homeserver is needed: at least 1.10"),
        }
    }

    /// The `Date` of an answer beside our own clock.
    async fn clock(&self) -> Finding {
        let sent = self.server.request(Method::GET, &["versions"]).send().await;
        let date = sent.ok().and_then(|answer| {
            let date = answer.headers().get("date")?.to_str().ok()?.to_owned();
            DateTime::parse_from_rfc2822(&date).ok()
        });
        let Some(date) = date else { return good("the homeserver tells no time".to_owned()) };
        #[expect(clippy::disallowed_methods, reason = "the machine's clock is what is looked at")]
        let skew = (Utc::now() - date.to_utc()).num_seconds();
        let what = format!("the homeserver's clock and ours differ by {skew} s");
        match skew.abs() <= SKEW_MAX_SECONDS {
            true => good(what),
            false => bad(what, "set both by NTP"),
        }
    }

    fn account(&self, me: &Me) -> Finding {
        let device = me.device.as_deref().unwrap_or("none");
        let what = format!("the token is valid: {}, device {device}", me.id);
        match self.options.device.as_deref() {
            Some(wanted) if Some(wanted) != me.device.as_deref() => bad(
                format!("{what}, where `device` says {wanted}"),
                "somebody logged in anew: a message whose answer was lost may show twice; put the \
                 new device into `device`",
            ),
            _ => good(what),
        }
    }

    /// Only an administrator of a Synapse may see the limits:
    /// <https://element-hq.github.io/synapse/latest/admin_api/user_admin_api.html#override-ratelimiting-for-users>.
    async fn rates(&self, me: &Me) -> Finding {
        if self.options.service.is_some() {
            return good("an application service: not limited, by its registration".to_owned());
        }
        let path = ["_synapse", "admin", "v1", "users", &me.id, "override_ratelimit"];
        let answer = self.server.send(self.server.request_to(Method::GET, &path)).await;
        let advice = "a storm will wait: let the homeserver's administrator lift the limit for this \
                      account (Synapse: POST /_synapse/admin/v1/users/USER/override_ratelimit), or \
                      run as an application service";
        match answer {
            Ok(limit) if limit.get("messages_per_second").is_some_and(|it| it == 0) => {
                good("this account is not limited".to_owned())
            }
            Ok(limit) if limit.as_object().is_some_and(|it| !it.is_empty()) => {
                bad(format!("this account is limited: {limit}"), advice)
            }
            Ok(_) => bad("this account has the limits of everybody".to_owned(), advice),
            Err(_) => bad(
                "the limits of this account cannot be seen; by default Synapse lets 10 messages \
                 through and then one every 5 s"
                    .to_owned(),
                advice,
            ),
        }
    }

    /// Makes a room, looks whether it is encrypted, and leaves it: nothing else tells.
    async fn clearness(&self) -> Finding {
        let body = json!({"preset": "private_chat", "name": "warroom doctor"});
        let advice = "let the homeserver leave rooms clear (Synapse: \
                      encryption_enabled_by_default_for_room_type: off)";
        let room = match self.server.post(&["v3", "createRoom"], &body).await {
            Ok(answer) => text(&answer, "room_id").to_owned(),
            Err(fault) => {
                let what = format!("no room can be made: {}", fault.failure);
                return bad(
                    what,
                    "let this account make rooms; if it is limited, wait and ask again",
                );
            }
        };
        let is_encrypted = self.is_encrypted(&room).await;
        for last in ["leave", "forget"] {
            if let Err(fault) = self.server.post(&["v3", "rooms", &room, last], &nothing()).await {
                tracing::debug!(failure = %fault.failure, "the doctor's room was not left");
            }
        }
        match is_encrypted {
            Ok(false) => good("new rooms are clear".to_owned()),
            Ok(true) => bad("the homeserver encrypts new rooms by force".to_owned(), advice),
            Err(failure) => bad(format!("a new room cannot be looked at: {failure}"), advice),
        }
    }

    async fn media(&self) -> Finding {
        let most = match self.server.get(&["v1", "media", "config"]).await {
            Ok(answer) => answer.get("m.upload.size").and_then(Value::as_u64),
            Err(fault) => {
                let what = format!("pictures cannot be uploaded: {}", fault.failure);
                return bad(what, "graphs are told in words until media work there");
            }
        };
        match most {
            Some(most) if most < PICTURE_BYTES => bad(
                format!("pictures may have {most} bytes"),
                "raise the homeserver's limit to 1 MiB (Synapse: max_upload_size)",
            ),
            _ => good("pictures can be uploaded".to_owned()),
        }
    }
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.strip_prefix('v')?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn good(what: String) -> Finding {
    Finding { is_well: true, what, advice: None }
}

fn bad(what: String, advice: &str) -> Finding {
    Finding { is_well: false, what, advice: Some(advice.to_owned()) }
}
