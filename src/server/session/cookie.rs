//! Cookies: read from a request, written into an answer.

use axum::http::{HeaderMap, HeaderValue, header};

/// The cookie of a session.
pub(in crate::server) const SESSION: &str = "warroom_session";

/// The value of a cookie; with several of one name the first, which browsers put for the most
/// specific path.
pub(in crate::server) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A cookie for one answer. Scripts never see it, and other sites send it only when a person
/// follows a link.
#[derive(Debug)]
pub(in crate::server) struct Cookie<'a> {
    /// Its name.
    pub(in crate::server) name: &'a str,
    /// Its value: hexadecimal or base64url, so that nothing in it needs quoting.
    pub(in crate::server) value: &'a str,
    /// Where it is sent back to.
    pub(in crate::server) path: &'a str,
    /// How long the browser keeps it; 0 deletes it.
    pub(in crate::server) seconds: i64,
    /// Whether it may travel over https only.
    pub(in crate::server) is_secure: bool,
}

impl Cookie<'_> {
    /// The line `Set-Cookie`.
    pub(in crate::server) fn line(&self) -> Option<HeaderValue> {
        let Self { name, value, path, seconds, is_secure } = self;
        let secure = if *is_secure { "; Secure" } else { "" };
        let line = format!(
            "{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        );
        HeaderValue::from_str(&line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; warroom_session=x=y ;b"));
        headers.append(header::COOKIE, HeaderValue::from_static("warroom_session=z"));
        assert_eq!(read(&headers, SESSION), Some("x=y"));
        assert_eq!(read(&headers, "session"), None);
    }

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let cookie = Cookie { name: SESSION, value: "v", path: "/", seconds: 9, is_secure: true };
        let line = cookie.line().unwrap();
        assert_eq!(line, "warroom_session=v; Path=/; Max-Age=9; HttpOnly; SameSite=Lax; Secure");
    }
}
