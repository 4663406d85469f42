//! What a homeserver asks of an application service over HTTP:
//! <https://spec.matrix.org/v1.11/application-service-api/#homeserver---application-service-api>.
//!
//! Whoever lacks `hs_token` is refused before anything else is looked at.

use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use super::platform::Matrix;
use crate::adapters::chat::platform::{Call, Ears, Reply};

impl Matrix {
    /// Answers what came behind `/_matrix/app/v1/`.
    pub(super) async fn take_call(&self, call: Call<'_>, ears: &dyn Ears) -> Reply {
        if !self.is_homeserver(bearer(&call).as_deref()) {
            return refused(403, "M_FORBIDDEN", "this is not the token of our homeserver");
        }
        let (what, which) = call.path.split_once('/').unwrap_or((call.path, ""));
        match (call.method, what) {
            ("PUT", "transactions") if !which.is_empty() => {
                self.take_events(which, call, ears).await
            }
            ("POST", "ping") => taken(),
            // Nobody and nothing comes into being because it is asked for.
            ("GET", "users" | "rooms") => refused(404, "M_NOT_FOUND", "there is none"),
            _ => refused(404, "M_UNRECOGNIZED", "there is nothing here"),
        }
    }

    /// Whether a request carries the homeserver's token.
    fn is_homeserver(&self, token: Option<&str>) -> bool {
        let Some(service) = &self.options.service else { return false };
        let wanted = service.hs_token.reveal().as_bytes();
        let given = token.unwrap_or_default().as_bytes();
        !wanted.is_empty() && bool::from(given.ct_eq(wanted))
    }

    async fn take_events(&self, id: &str, call: Call<'_>, ears: &dyn Ears) -> Reply {
        let Ok(body) = serde_json::from_slice::<Value>(call.body) else {
            return refused(400, "M_NOT_JSON", "the transaction is no JSON");
        };
        match self.transaction(ears, id, &body).await {
            Ok(()) => taken(),
            Err(failure) => {
                tracing::debug!(%failure, "a transaction is wanted again");
                refused(503, "M_UNKNOWN", "not kept: send it again")
            }
        }
    }
}

fn bearer(call: &Call<'_>) -> Option<String> {
    let header = (call.header)("authorization")?;
    header.strip_prefix("Bearer ").map(ToOwned::to_owned)
}

fn taken() -> Reply {
    said(200, &json!({}))
}

fn refused(status: u16, code: &str, why: &str) -> Reply {
    said(status, &json!({"errcode": code, "error": why}))
}

fn said(status: u16, body: &Value) -> Reply {
    Reply { status, kind: "application/json", body: body.to_string() }
}
