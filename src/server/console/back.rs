//! The way to the sign-in and back.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use crate::server::access::Denied;

/// The longest path to come back to: longer ones were not written by us.
const BACK_BYTES: usize = 1024;

/// Sends a browser to the sign-in, from where it comes back to what it asked for.
pub(in crate::server) fn to_sign_in(asked: &Uri, denied: Denied) -> Response {
    let wanted = asked.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(back) = local(wanted).filter(|back| *back != "/") {
        query.append_pair("next", back);
    }
    if denied == Denied::Stale {
        query.append_pair("why", "over");
    }
    let query = query.finish();
    let to = if query.is_empty() { "/sign-in".to_owned() } else { format!("/sign-in?{query}") };
    see_other(&to)
}

/// Sends a browser somewhere else with a question.
pub(super) fn see_other(to: &str) -> Response {
    let no_store = (header::CACHE_CONTROL, "no-store");
    (StatusCode::SEE_OTHER, [(header::LOCATION, to), no_store]).into_response()
}

/// A path on this server, if it is nothing else: `//host`, `/\host` and what a browser makes of
/// control characters lead elsewhere.
pub(super) fn local(path: &str) -> Option<&str> {
    let is_plain = |byte: u8| (b'!'..=b'~').contains(&byte) && byte != b'\\';
    let is_ours = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= BACK_BYTES
        && path.bytes().all(is_plain)
        && path != "/sign-in"
        && !path.starts_with("/sign-in?")
        && !path.starts_with("/sign-in/");
    is_ours.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_never_leads_to_another_host() {
        for path in ["/", "/incidents/12#e34", "/graphs/a%2Fb?theme=dark", "/a//b"] {
            assert_eq!(local(path), Some(path));
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "/a b",
            "/\t/evil",
            "/\n/evil.example",
            "/é",
            "/sign-in?next=/",
            "javascript:alert(1)",
        ] {
            assert_eq!(local(path), None, "{path:?}");
        }
    }
}
