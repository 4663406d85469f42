//! Holds the shape of the project: layers, purity, lengths, module docs, and what may be committed.
//!
//! It reads the sources, and asks the program for nothing but its help. Each rule is one test, whose message names the
//! file, the line and the remedy. What clippy can hold (length of functions, unwraps, clocks) is
//! left to clippy.

#[path = "tidy/sources.rs"]
mod sources;

use std::collections::BTreeSet;
use std::path::Path;

use sources::{
    assets, code_of, crate_paths, help_of, layer_of, module_exists, module_folder_of_root,
    numbered, production_of, read, roots, sources, tracked, walk,
};

/// What a folder or file right below `src` may import; whatever is not named is forbidden.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &["domain"]),
    ("brain", &["domain", "brain"]),
    ("adapters", &["domain", "adapters"]),
    ("render", &["domain", "render"]),
    ("engine", &["domain", "brain", "adapters", "render", "engine"]),
    ("executor", &["domain", "adapters", "engine", "executor"]),
    ("docs", &[]),
    ("config", &["domain", "brain", "adapters", "render", "engine", "executor", "config"]),
    ("server", BELOW_SERVER),
    ("wiring", BELOW_WIRING),
    ("cli", BELOW_CLI),
];

const BELOW_SERVER: &[&str] =
    &["docs", "domain", "brain", "adapters", "render", "engine", "executor", "config", "server"];
const BELOW_WIRING: &[&str] =
    &["domain", "brain", "adapters", "render", "engine", "executor", "config", "server", "wiring"];
const BELOW_CLI: &[&str] = &[
    "docs", "domain", "brain", "adapters", "render", "engine", "executor", "config", "server",
    "wiring", "cli",
];

/// What shows a clock, a wait, I/O, chance or a log inside `src/domain`.
const IMPURE: &[&str] = &[
    "async ",
    ".await",
    "tokio",
    "futures",
    "tracing",
    "reqwest",
    "redis::",
    "axum",
    "getrandom",
    "std::fs",
    "std::io::std",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "std::sync::atomic",
    "std::time::Instant",
    "SystemTime",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "println!",
    "eprintln!",
];

/// The top level of the repository; dot files (settings of tools) may join.
const TOP_LEVEL: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "config.example.toml",
    "dashboards",
    "rules",
    "runbooks",
    "src",
    "tests",
];

/// Words that no tracked file may hold, cut in two here so that this one does not, with why.
const BANNED: &[(&str, &str, &str)] = &[
    ("tod", "o!(", "finish it, or return an error that says what is missing"),
    ("unimplemen", "ted!(", "finish it, or return an error that says what is missing"),
    ("db", "g!(", "leftover of debugging"),
    ("#[igno", "re]", "a test that nobody runs is no test"),
    ("#[should_", "panic]", "assert on the returned error instead"),
    ("FIX", "ME", "mend it, or write down today's behaviour as a test"),
    ("XX", "X:", "mend it, or say it in a sentence"),
    ("/wo", "rk/", "a path of one machine"),
    ("/fa", "rm/", "a path of one machine"),
    ("/tmp/bash", "_jobs", "a path of one machine"),
    ("/home", "/user", "a path of one machine"),
    ("deb.debi", "an.org", "packages come from the machine's own sources"),
    ("static.crat", "es.io", "crates come through cargo"),
    ("index.crat", "es.io", "crates come through cargo"),
    ("registry.npm", "js.org", "packages come through their client"),
];

/// style.md 16: tests included.
const FILE_LINES_MAX: usize = 400;
/// One sentence a line, read in one sitting.
const MAP_LINES_MAX: usize = 150;

#[test]
fn imports_go_down_only() {
    let mut found = Vec::new();
    for file in sources("src") {
        let layer = layer_of(&file);
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else { continue };
        for (line, path) in crate_paths(&file) {
            let is_layer = LAYERS.iter().any(|(name, _)| *name == path[0]);
            if is_layer && !allowed.contains(&path[0].as_str()) {
                found.push(format!("{file}:{line}: {layer} imports {}", path.join("::")));
            }
        }
    }
    hold(&found, "move the code to the layer that may know both; design.md, part 6");
}

#[test]
fn every_folder_of_src_is_a_known_layer() {
    let known: BTreeSet<&str> =
        LAYERS.iter().map(|(name, _)| *name).chain(["lib", "main"]).collect();
    let found: Vec<String> = sources("src")
        .into_iter()
        .filter(|file| !known.contains(layer_of(file).as_str()))
        .map(|file| format!("{file}: not in a layer"))
        .collect();
    hold(&found, "put it below a folder of design.md, part 6, or add its layer to LAYERS here");
}

#[test]
fn adapters_do_not_know_each_other() {
    let mut found = Vec::new();
    for file in sources("src/adapters/") {
        let own = file.split('/').nth(2).unwrap_or_default();
        for (line, path) in crate_paths(&file) {
            let is_other = path.len() > 1 && path[0] == "adapters" && path[1] != own;
            if is_other && Path::new("src/adapters").join(&path[1]).is_dir() {
                found.push(format!("{file}:{line}: reaches sideways to {}", path.join("::")));
            }
        }
    }
    hold(&found, "what two adapters share belongs to src/adapters/http.rs or to the domain");
}

#[test]
fn the_engine_knows_adapters_by_their_traits_only() {
    let mut found = Vec::new();
    for file in sources("src/engine/") {
        for (line, path) in crate_paths(&file) {
            // Sources are pure readers of bytes, which have no trait to hide behind.
            let is_one = path.len() > 2 && path[0] == "adapters" && path[1] != "ingest";
            if is_one && module_exists(&format!("src/adapters/{}/{}", path[1], path[2])) {
                found.push(format!("{file}:{line}: knows {}", path.join("::")));
            }
        }
    }
    hold(&found, "take the folder's trait; only src/wiring.rs builds adapters");
}

#[test]
fn only_the_wiring_names_a_brain() {
    let mut found = Vec::new();
    for file in sources("src") {
        let is_free = ["brain", "wiring", "main", "lib"].contains(&layer_of(&file).as_str());
        for (line, path) in crate_paths(&file).into_iter().filter(|_| !is_free) {
            if path.len() > 1
                && path[0] == "brain"
                && module_exists(&format!("src/brain/{}", path[1]))
            {
                found.push(format!("{file}:{line}: names {}", path.join("::")));
            }
        }
    }
    hold(&found, "take `dyn Brain`; src/wiring.rs builds brains");
}

#[test]
fn the_domain_is_pure() {
    let mut found = Vec::new();
    for file in sources("src/domain/") {
        for (line, text) in numbered(&production_of(&code_of(&read(&file)))) {
            for word in IMPURE.iter().filter(|word| text.contains(**word)) {
                found.push(format!("{file}:{line}: `{}`", word.trim()));
            }
        }
    }
    hold(&found, "take it as an argument, or give it back as an effect");
}

#[test]
fn files_stay_short() {
    let mut found = Vec::new();
    for file in sources("").into_iter().chain(assets()) {
        let lines = read(&file).lines().count();
        if lines > FILE_LINES_MAX {
            found.push(format!("{file}: {lines} lines"));
        }
    }
    let map = read("src/ARCHITECTURE.md").lines().count();
    if map > MAP_LINES_MAX {
        found.push(format!("src/ARCHITECTURE.md: {map} lines"));
    }
    hold(&found, "400 lines are the limit (the map: 150); split by meaning, tests to tests.rs");
}

#[test]
fn every_file_says_what_it_is_for() {
    // Unit tests beside the code say it by where they are.
    let is_beside = |file: &str| file.starts_with("src/") && file.contains("/tests");
    let found: Vec<String> = sources("")
        .into_iter()
        .filter(|file| !is_beside(file))
        .filter(|file| {
            let text = read(file);
            let first = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
            !first.starts_with("//!") && !first.starts_with("#![doc")
        })
        // A page says it by its title.
        .chain(assets().into_iter().filter(|file| {
            !file.ends_with(".html")
                && !read(file).starts_with("//")
                && !read(file).starts_with("/*")
        }))
        .map(|file| format!("{file}:1: no module doc"))
        .collect();
    hold(&found, "begin with `//!`: what it is for, then what it refuses");
}

#[test]
fn no_source_file_is_dead() {
    let mut alive = BTreeSet::new();
    for root in roots() {
        walk(&root, &module_folder_of_root(&root), &mut alive);
    }
    let found: Vec<String> = sources("")
        .into_iter()
        .filter(|file| !alive.contains(file))
        .map(|file| format!("{file}: no `mod` leads here"))
        .collect();
    hold(&found, "name it in its mod.rs, or delete it");
}

#[test]
fn production_code_has_no_test_branch() {
    let mut found = Vec::new();
    for file in sources("src") {
        let text = read(&file);
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("cfg(test)")) {
            let next = lines[at + 1..].iter().find(|line| !line.trim().starts_with("#["));
            if !next.is_some_and(|next| next.trim_start().starts_with("mod ")) {
                found.push(format!("{file}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    hold(&found, "if a test needs it, the logic belongs in the domain, behind an argument");
}

#[test]
fn the_top_level_is_fixed() {
    let found: BTreeSet<String> = tracked()
        .iter()
        .filter_map(|file| file.split('/').next())
        .filter(|top| !top.starts_with('.') && !TOP_LEVEL.contains(top))
        .map(|top| format!("{top}: does not belong to the top level"))
        .collect();
    hold(&found.into_iter().collect::<Vec<_>>(), "the list is in design.md, part 6");
}

#[test]
fn what_a_newcomer_looks_for_is_there() {
    let wanted = [
        "Cargo.toml",
        "README.md",
        "config.example.toml",
        ".ci/run",
        "tests/run",
        "src/ARCHITECTURE.md",
    ];
    let tracked = tracked();
    let found: Vec<String> = wanted
        .iter()
        .filter(|file| !tracked.contains(**file))
        .map(|file| format!("{file}: missing"))
        .collect();
    hold(&found, "these files are the doors to the project");
}

#[test]
fn no_tracked_file_holds_a_banned_word() {
    let mut found = Vec::new();
    for file in tracked().into_iter().filter(|file| file != "Cargo.lock") {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        for (line, text) in numbered(&text) {
            for (head, tail, why) in BANNED {
                if text.contains(&[*head, *tail].concat()) {
                    found.push(format!("{file}:{line}: `{head}{tail}`: {why}"));
                }
            }
        }
    }
    hold(&found, "see the reason at each");
}

#[test]
fn commands_in_the_readme_exist() {
    let usage = read("tests/run");
    let mut found = Vec::new();
    for (line, text) in numbered(&read("README.md")) {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.first() != Some(&"tests/run") {
            continue;
        }
        let what = words.get(1).copied().filter(|word| !word.starts_with('#')).unwrap_or("ci");
        if !usage.contains(&format!("    {what})")) {
            found.push(format!("README.md:{line}: `{text}`"));
        }
    }
    hold(&found, "name a sub-command that tests/run has");
}

#[test]
fn commands_of_warroom_in_the_readme_exist() {
    let mut found = Vec::new();
    for (line, text) in numbered(&read("README.md")) {
        let starts = ["--release -- ", "/usr/bin/warroom "];
        let Some((_, rest)) = starts.iter().find_map(|start| text.split_once(start)) else {
            continue;
        };
        let mut words = rest.split('#').next().unwrap_or_default().split_whitespace();
        let help = help_of(words.next().unwrap_or_default());
        if help.is_empty() || words.any(|word| word.starts_with("--") && !help.contains(word)) {
            found.push(format!("README.md:{line}: `{}`", text.trim()));
        }
    }
    hold(&found, "name a command and flags that `warroom help` knows");
}

fn hold(found: &[String], remedy: &str) {
    assert!(found.is_empty(), "\n{}\n=> {remedy}\n", found.join("\n"));
}
