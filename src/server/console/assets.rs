//! The console's files, embedded: scripts, one style sheet, one icon.
//!
//! Their address holds a hash of all of them, so that a browser keeps them for ever and an upgrade
//! never mixes old and new scripts, which import each other by relative names.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::server::access::Access;
use crate::server::routes::Route;

/// Scripts that the page names itself; every other one is a module that `app.js` imports.
const LOADED_BY_PAGES: [&str; 2] = ["app.js", "theme.js"];

/// Hexadecimal digits of the hash: 48 bits tell any two builds apart.
const VERSION_DIGITS: usize = 12;

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("assets/", $name)))),*]
    };
}

const SCRIPTS: &[(&str, &str)] = scripts![
    "alerts.js",
    "api.js",
    "app.js",
    "card.js",
    "composer.js",
    "dom.js",
    "entries.js",
    "facts.js",
    "graph.js",
    "graphs.js",
    "health.js",
    "incidents.js",
    "keys.js",
    "live.js",
    "log.js",
    "look.js",
    "oncall.js",
    "picture.js",
    "room.js",
    "runs.js",
    "side.js",
    "silences.js",
    "tabs.js",
    "theme.js",
    "ticket.js",
    "tickets.js",
    "time.js",
    "timeline.js",
    "words.js",
];

/// One request for all of it: later rules win over earlier ones.
const STYLE: &str = concat!(
    include_str!("assets/base.css"),
    include_str!("assets/layout.css"),
    include_str!("assets/lists.css"),
    include_str!("assets/room.css"),
);

const ICON: &str = include_str!("assets/icon.svg");

/// A file as it is sent.
#[derive(Debug)]
struct File {
    kind: &'static str,
    plain: &'static str,
    packed: Bytes,
}

/// Made once: it depends on nothing but the build.
static FILES: LazyLock<BTreeMap<&'static str, File>> = LazyLock::new(|| {
    let scripts = SCRIPTS.iter().map(|(name, text)| (*name, "text/javascript", *text));
    scripts
        .chain([("console.css", "text/css", STYLE), ("icon.svg", "image/svg+xml", ICON)])
        .map(|(name, kind, plain)| (name, File { kind, plain, packed: pack(plain) }))
        .collect()
});

static BASE: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, file) in FILES.iter() {
        hash.update(name);
        hash.update(file.plain);
    }
    let mut version = hex::encode(hash.finalize());
    version.truncate(VERSION_DIGITS);
    format!("/assets/{version}")
});

/// What stands before the name of each file in its address.
pub(super) fn base() -> &'static str {
    &BASE
}

/// The addresses of the modules that `app.js` imports, for browsers to fetch at once.
pub(super) fn modules() -> impl Iterator<Item = String> {
    SCRIPTS
        .iter()
        .filter(|(name, _)| !LOADED_BY_PAGES.contains(name))
        .map(|(name, _)| format!("{}/{name}", base()))
}

/// The route of every file.
pub(super) fn route() -> Route {
    Route::get("/assets/{version}/{name}", "A file of the console", send).access(Access::Anyone)
}

async fn send(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(file) = FILES.get(name.as_str()) else {
        return (StatusCode::NOT_FOUND, "the console has no such file").into_response();
    };
    // A page from before an upgrade may still ask: it gets what there is, and must not keep it.
    let is_ours = base().strip_prefix("/assets/") == Some(&version);
    let keep = if is_ours { "public, max-age=31536000, immutable" } else { "no-cache" };
    let about: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, file.kind),
        (header::CACHE_CONTROL, keep),
        (header::VARY, "accept-encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if takes_gzip(&headers) && !file.packed.is_empty() {
        return (about, [(header::CONTENT_ENCODING, "gzip")], file.packed.clone()).into_response();
    }
    (about, file.plain).into_response()
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.split(',').any(|coding| coding.trim().eq_ignore_ascii_case("gzip"))
    })
}

/// Empty where it cannot be done: then the plain file goes out.
fn pack(plain: &str) -> Bytes {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(plain.as_bytes()).and_then(|()| packer.finish()).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn folder() -> std::path::PathBuf {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/console/assets")
    }

    #[test]
    fn every_script_of_the_folder_is_sent() {
        let there: BTreeSet<String> = std::fs::read_dir(folder())
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".js"))
            .collect();
        let sent: BTreeSet<String> = SCRIPTS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(there, sent);
    }

    #[test]
    fn every_import_leads_to_a_script_and_every_module_is_imported() {
        let mut imported: BTreeSet<&str> = LOADED_BY_PAGES.into();
        for (name, text) in SCRIPTS {
            for (_, rest) in text.match_indices(" from \"").map(|(at, _)| text.split_at(at)) {
                let path = rest.split('"').nth(1).unwrap();
                let module = path.strip_prefix("./").unwrap();
                assert!(FILES.contains_key(module), "{name} imports {path}");
                imported.insert(module);
            }
        }
        assert_eq!(imported, SCRIPTS.iter().map(|(name, _)| *name).collect());
    }

    #[test]
    fn no_script_can_read_markup_or_ask_elsewhere() {
        let forbidden = ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("];
        for (name, text) in SCRIPTS {
            for word in forbidden.iter().chain(&["fetch(\"http", "import(\"http", "new Function"]) {
                assert!(!text.contains(word), "{name} has {word}");
            }
        }
    }
}
