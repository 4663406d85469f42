//! `/help` and `/help/{topic}`: the guides as pages, which need no sign-in: they hold nothing of ours.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use pulldown_cmark::{Options, Parser, html};

use super::assets;
use super::form::Escaped;
use crate::docs::{GUIDES, Guide};
use crate::server::access::Access;
use crate::server::routes::Route;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    [Route::get("/help", "The guides", contents), Route::get("/help/{topic}", "A guide", guide)]
        .map(|route| route.access(Access::Anyone))
        .into()
}

/// Made once: they depend on nothing but the build.
static PAGES: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
    let pages = GUIDES.iter().map(|guide| (guide.topic, page(guide.topic, &drawn(guide.text))));
    pages.collect()
});

async fn contents() -> Html<String> {
    let line = |guide: &Guide| {
        let (topic, about) = (Escaped(guide.topic), Escaped(guide.about));
        format!("<li><a href=\"/help/{topic}\">{topic}</a>: {about}</li>")
    };
    let lines: String = GUIDES.iter().map(line).collect();
    Html(page("Guides", &format!("<h1>Guides</h1><ul>{lines}</ul>")))
}

async fn guide(Path(topic): Path<String>) -> Response {
    match PAGES.get(topic.as_str()) {
        Some(page) => Html(page.as_str()).into_response(),
        None => {
            let sorry = "<h1>No such guide</h1><p><a href=\"/help\">These are there.</a></p>";
            (StatusCode::NOT_FOUND, Html(page("No such guide", sorry))).into_response()
        }
    }
}

/// Markdown as HTML. The texts are our own, from inside the program.
fn drawn(text: &str) -> String {
    let mut drawn = String::new();
    html::push_html(&mut drawn, Parser::new_ext(text, Options::ENABLE_TABLES));
    drawn
}

fn page(title: &str, inside: &str) -> String {
    let (title, assets) = (Escaped(title), assets::base());
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · warroom</title>\
         <link rel=\"icon\" href=\"{assets}/icon.svg\" type=\"image/svg+xml\">\
         <script src=\"{assets}/theme.js\"></script>\
         <link rel=\"stylesheet\" href=\"{assets}/console.css\"></head>\
         <body class=\"book\"><header class=\"top\"><a class=\"brand\" href=\"/\">warroom</a>\
         <a href=\"/help\">Guides</a></header><main class=\"guide\" tabindex=\"-1\">{inside}</main></body></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guide_is_a_page_whose_code_is_text() {
        assert_eq!(PAGES.len(), GUIDES.len());
        for (topic, page) in PAGES.iter() {
            assert!(page.contains("<h1>") && page.contains("<pre>"), "{topic}");
            assert!(!page.contains("```"), "{topic}");
        }
        assert!(drawn("`<b>`").contains("&lt;b&gt;"));
    }
}
