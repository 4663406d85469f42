//! Reads the sources for the rules: which files there are, what they import, what leads to them.
//!
//! It understands as much Rust as the rules need, and no more.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "helpers of tests; a broken assumption shall fail loudly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files that git tracks, or would track at the next `git add`.
pub(crate) fn tracked() -> BTreeSet<String> {
    let listed = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard"])
        .output()
        .unwrap();
    assert!(listed.status.success(), "cannot list the files: {listed:?}");
    let text = String::from_utf8(listed.stdout).unwrap();
    text.lines().filter(|file| Path::new(file).exists()).map(str::to_owned).collect()
}

/// What `warroom COMMAND --help` prints; nothing when there is no such command.
pub(crate) fn help_of(command: &str) -> String {
    let program = env!("CARGO_BIN_EXE_warroom");
    let output = Command::new(program).args([command, "--help"]).output().unwrap();
    if output.status.success() { String::from_utf8(output.stdout).unwrap() } else { String::new() }
}

pub(crate) fn sources(below: &str) -> Vec<String> {
    tracked().into_iter().filter(|f| f.starts_with(below) && f.ends_with(".rs")).collect()
}

/// What browsers load: scripts, styles, pages.
pub(crate) fn assets() -> Vec<String> {
    let is_asset = |file: &str| [".js", ".css", ".html"].iter().any(|end| file.ends_with(end));
    tracked().into_iter().filter(|file| file.starts_with("src/") && is_asset(file)).collect()
}

pub(crate) fn read(file: &str) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line))
}

pub(crate) fn layer_of(file: &str) -> String {
    let top = file.split('/').nth(1).unwrap_or_default();
    top.trim_end_matches(".rs").to_owned()
}

pub(crate) fn module_exists(path: &str) -> bool {
    Path::new(path).is_dir() || Path::new(&format!("{path}.rs")).exists()
}

/// Without the unit tests at the end: they may use whatever helps.
pub(crate) fn production_of(code: &str) -> String {
    code.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// The source with comments and the insides of strings blanked; lines keep their numbers.
pub(crate) fn code_of(text: &str) -> String {
    let pattern =
        r##"(?s)//[^\n]*|/\*.*?\*/|r#*".*?"#*|b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.[^']*)'"##;
    let blank = |hit: &regex::Captures<'_>| -> String {
        hit[0].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect()
    };
    regex::Regex::new(pattern).unwrap().replace_all(text, blank).into_owned()
}

/// Every path of this crate that a file names, groups opened, `super` resolved.
pub(crate) fn crate_paths(file: &str) -> Vec<(usize, Vec<String>)> {
    let code = code_of(&read(file));
    let mut module: Vec<String> =
        file.trim_start_matches("src/").split('/').map(str::to_owned).collect();
    let name = module.pop().unwrap_or_default();
    if name != "mod.rs" {
        module.push(name.trim_end_matches(".rs").to_owned());
    }
    let start = regex::Regex::new(r"\b(crate|(?:super::)*super)::").unwrap();
    let mut paths = Vec::new();
    for hit in start.captures_iter(&code) {
        let whole = hit.get(0).unwrap();
        let line = code[..whole.start()].matches('\n').count() + 1;
        let ups = hit[1].matches("super").count();
        let kept = if ups == 0 { 0 } else { module.len().saturating_sub(ups) };
        let mut opened = Vec::new();
        open(&code[whole.end()..], &module[..kept], &mut opened);
        paths.extend(opened.into_iter().filter(|path| !path.is_empty()).map(|path| (line, path)));
    }
    paths
}

/// Opens `a::{b, c::d}` into paths below a prefix.
fn open(tree: &str, prefix: &[String], paths: &mut Vec<Vec<String>>) {
    if let Some(group) = tree.strip_prefix('{') {
        let mut depth = 0;
        let mut begin = 0;
        for (at, sign) in group.char_indices() {
            match sign {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    open(group[begin..at].trim(), prefix, paths);
                    begin = at + 1;
                    if sign == '}' {
                        return;
                    }
                }
                _ => {}
            }
        }
        return;
    }
    let end = tree.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(tree.len());
    let mut path = prefix.to_vec();
    path.extend((end > 0).then(|| tree[..end].to_owned()));
    match tree[end..].strip_prefix("::") {
        Some(rest) if end > 0 => open(rest, &path, paths),
        _ => paths.push(path),
    }
}

/// Where cargo begins: the library, the programs, and what the manifests name by `path`.
pub(crate) fn roots() -> Vec<String> {
    let mut roots = vec!["src/main.rs".to_owned()];
    for manifest in tracked().into_iter().filter(|file| file.ends_with("Cargo.toml")) {
        let folder = Path::new(&manifest).parent().unwrap_or(Path::new("")).to_owned();
        let library = folder.join("src/lib.rs");
        if library.exists() {
            roots.push(library.to_string_lossy().into_owned());
        }
        for line in read(&manifest).lines().filter(|line| line.starts_with("path = ")) {
            let path = line.split('"').nth(1).unwrap_or_default();
            roots.push(folder.join(path).to_string_lossy().into_owned());
        }
    }
    roots
}

/// A root's modules lie beside it, whatever it is called.
pub(crate) fn module_folder_of_root(root: &str) -> PathBuf {
    Path::new(root).parent().unwrap_or(Path::new("")).to_owned()
}

pub(crate) fn walk(file: &str, folder: &Path, alive: &mut BTreeSet<String>) {
    if !alive.insert(file.to_owned()) {
        return;
    }
    let declared = regex::Regex::new(r"(?m)^\s*(?:pub(?:\([a-z]+\))? )?mod ([a-z0-9_]+);").unwrap();
    let text = read(file);
    let by_path =
        regex::Regex::new(r#"#\[path = "([^"]+)"\]\s*(?:pub )?mod ([a-z0-9_]+);"#).unwrap();
    let renamed: BTreeMap<String, String> =
        by_path.captures_iter(&text).map(|hit| (hit[2].to_owned(), hit[1].to_owned())).collect();
    for hit in declared.captures_iter(&text) {
        let name = &hit[1];
        let beside = renamed.get(name).cloned().unwrap_or_else(|| format!("{name}.rs"));
        for candidate in [folder.join(&beside), folder.join(name).join("mod.rs")] {
            if candidate.exists() {
                let path = candidate.to_string_lossy().into_owned();
                walk(&path, &folder.join(name), alive);
            }
        }
    }
}
