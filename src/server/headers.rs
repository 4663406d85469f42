//! What every answer says to browsers about itself.
//!
//! It is laid around all answers, so that no page can forget it. A page that needs more says so with
//! a policy of its own, which stays.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// Nothing but our own files, no inline script or style, no frame around us. Labels of alerts are
/// shown in pages: should one ever come through as markup, this leaves it nothing to do.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                   connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers of pages. A link to somewhere else does not tell which incident it stands in (with
/// `no-referrer` browsers would also send `Origin: null` with our own forms, which is refused), and
/// what a page shows stays in no cache: whoever uses the browser next may be somebody else.
const PAGE: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Adds what is missing.
pub(super) fn dress(answer: &mut Response) {
    let headers = answer.headers_mut();
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind.is_some_and(|kind| kind.starts_with(b"text/html")) {
        for (name, value) in PAGE {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
    }
}
