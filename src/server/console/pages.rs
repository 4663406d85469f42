//! The pages: one shell for all of them, which its scripts fill.
//!
//! It holds no data, so that it is the same for everybody; the API behind it says who may read.

use std::sync::LazyLock;

use axum::response::Html;

use super::assets;
use crate::engine::talk::commands;
use crate::server::access::Access;
use crate::server::routes::Route;

/// Paths of the shell, with what each is for.
const PAGES: [(&str, &str); 11] = [
    ("/", "The list of incidents"),
    ("/rooms/{room}", "A room"),
    ("/incidents/{n}", "An incident's room with its timeline"),
    ("/graphs/{picture}", "A graph"),
    ("/runs", "Runs of runbooks"),
    ("/runs/{run}", "A run: its steps, and what may be done about it"),
    ("/oncall", "Who is on call, and when"),
    ("/tickets", "The ticket register"),
    ("/tickets/{ticket}", "A ticket"),
    ("/silences", "Silences"),
    ("/health", "How warroom is, and who is on call"),
];

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    PAGES.map(|(path, summary)| Route::get(path, summary, shell).access(Access::Page)).into()
}

static SHELL: LazyLock<String> = LazyLock::new(|| {
    let preloads: Vec<String> = assets::modules()
        .map(|module| format!("<link rel=\"modulepreload\" href=\"{module}\">"))
        .collect();
    let specs = commands::ALL.iter().map(|command| &command.spec);
    let verbs: Vec<String> = specs.map(|spec| format!("{}\t{}", spec.name, spec.usage)).collect();
    fill(
        include_str!("assets/page.html"),
        &[
            ("assets", assets::base()),
            ("preloads", &preloads.join("\n")),
            ("verbs", &escaped(&verbs.join("\n"))),
        ],
    )
});

/// What every page says of itself to browsers is added around it, see `server/headers.rs`.
async fn shell() -> Html<&'static str> {
    Html(SHELL.as_str())
}

/// Puts each value where its name stands in double braces.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or_default();
        page.push_str(before);
        page.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, it)| it));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Text for an attribute or between tags.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            sign => safe.push(sign),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_place() {
        let page = fill(
            "<i a=\"{{one}}\">{{two}}{{gone}}</i>",
            &[("one", &escaped("\"><script>{{two}}")), ("two", "2")],
        );
        assert_eq!(page, "<i a=\"&quot;&gt;&lt;script&gt;{{two}}\">2</i>");
    }

    #[test]
    fn every_place_of_the_templates_is_filled() {
        assert!(!SHELL.contains("{{") && SHELL.contains("/dom.js"));
    }
}
