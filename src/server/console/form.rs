//! The page with the form of the sign-in. It runs no script, and loads the console's style.

use std::fmt::{self, Write as _};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::assets;
use crate::domain::messages::sign_in as messages;

/// What the page shows.
#[derive(Debug, Default)]
pub(super) struct Form<'a> {
    /// Above everything: what happened, if anything did.
    pub(super) message: Option<String>,
    /// The code of a printed link: the page shows nothing but its button then.
    pub(super) code: Option<&'a str>,
    /// Where to go afterwards; a path on this server.
    pub(super) next: Option<&'a str>,
    /// What the identity provider is called, if there is one.
    pub(super) provider: Option<&'a str>,
}

impl Form<'_> {
    /// The page.
    pub(super) fn answer(&self, status: StatusCode) -> Response {
        let mut answer = (status, self.to_string()).into_response();
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        answer
    }

    fn ask(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<form method=\"post\" action=\"/sign-in\">")?;
        if let Some(next) = self.next {
            write!(f, "<input type=\"hidden\" name=\"next\" value=\"{}\">", Escaped(next))?;
        }
        match self.code {
            Some(code) => write!(
                f,
                "<p>{}</p><input type=\"hidden\" name=\"code\" value=\"{}\">",
                Escaped(&messages::link_is_ready()),
                Escaped(code)
            )?,
            None => write!(
                f,
                "<label for=\"token\">{}</label><input id=\"token\" name=\"token\" type=\"password\" \
                 autocomplete=\"current-password\" spellcheck=\"false\" required autofocus>",
                Escaped(&messages::how())
            )?,
        }
        f.write_str("<button type=\"submit\">Sign in</button></form>")
    }

    fn provider(&self, f: &mut fmt::Formatter<'_>, provider: &str) -> fmt::Result {
        let mut to = "/sign-in/oidc".to_owned();
        if let Some(next) = self.next {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            write!(to, "?next={next}")?;
        }
        let (to, provider) = (Escaped(&to), Escaped(provider));
        write!(
            f,
            "<p class=\"or\">or</p><a class=\"button\" href=\"{to}\">Sign in with {provider}</a>"
        )
    }
}

impl fmt::Display for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>Sign in · warroom</title>\
             <link rel=\"icon\" href=\"{base}/icon.svg\" type=\"image/svg+xml\">\
             <link rel=\"stylesheet\" href=\"{base}/console.css\"></head><body class=\"door\"><main>\
             <h1>{}</h1>",
            messages::WELCOME,
            base = assets::base()
        )?;
        if let Some(message) = &self.message {
            write!(f, "<p class=\"message\" role=\"alert\">{}</p>", Escaped(message))?;
        }
        self.ask(f)?;
        if let Some(provider) = self.provider.filter(|_| self.code.is_none()) {
            self.provider(f, provider)?;
        }
        f.write_str("</main></body></html>\n")
    }
}

/// Text inside an element or a quoted attribute.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_becomes_markup() {
        let evil = "\"><script>alert('x')</script>&";
        let form = Form {
            message: Some(evil.to_owned()),
            code: None,
            next: Some(evil),
            provider: Some(evil),
        };
        let page = form.to_string();
        assert!(!page.contains("<script>") && !page.contains("\"><script>"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{page}");
        assert!(!Form { code: Some(evil), ..Form::default() }.to_string().contains("<script>"));
    }
}
