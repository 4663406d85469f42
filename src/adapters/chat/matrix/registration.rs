//! The file by which a homeserver learns of an application service:
//! <https://spec.matrix.org/v1.11/application-service-api/#registration>.

use serde_json::json;

use super::options::{Options, Service};

/// The aliases that `rooms` gives: without this, a homeserver lets us make none; with more, it would
/// push what is said in rooms that are not ours.
const ALIASES: &str = "#.*-[0-9a-f]{8}(-[0-9])?:.*";

/// The registration, with its tokens: it goes to the homeserver and nowhere else.
///
/// JSON is YAML, and leaves no doubt about quotes.
#[must_use]
pub fn registration(options: &Options, service: &Service) -> String {
    let file = json!({
        "id": service.id,
        "url": service.url.as_str().trim_end_matches('/'),
        "as_token": options.token.reveal(),
        "hs_token": service.hs_token.reveal(),
        "sender_localpart": service.sender,
        "rate_limited": false,
        "namespaces": {"users": [], "aliases": [{"exclusive": false, "regex": ALIASES}], "rooms": []},
    });
    format!("{file:#}\n")
}
