//! Writes into the files what happened in place of what was wanted. Everything else stays as it is
//! written, comments included: only the texts of the list change.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;

use super::judge::{Row, Verdict, said};
use super::suite::Case;

/// What is put in place of a span of a file.
type Edit = (Range<usize>, String);

/// Rewrites the lists of these tests; gives the number of files that changed.
///
/// # Errors
/// When a file cannot be read or written.
pub(super) fn update(dir: &Path, failed: &[(&Case, &Verdict)]) -> anyhow::Result<usize> {
    let mut edits: BTreeMap<String, Vec<Edit>> = BTreeMap::new();
    for (case, verdict) in failed {
        let file = case.scenario.place.source.name.clone();
        let path = path(dir, &file);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        edits.entry(file).or_default().extend(edits_of(case, verdict, &text));
    }
    for (file, mut edits) in edits.clone() {
        let path = path(dir, &file);
        let mut text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        // From the end, so that the places before stay true.
        edits.sort_by_key(|(span, _)| std::cmp::Reverse((span.start, span.end)));
        for (span, new) in edits {
            text.replace_range(span, &new);
        }
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(edits.len())
}

/// Files are named from their folder on, wherever that lies.
fn path(dir: &Path, file: &str) -> std::path::PathBuf {
    dir.join(Path::new(file).file_name().unwrap_or_default())
}

fn edits_of(case: &Case, verdict: &Verdict, text: &str) -> Vec<Edit> {
    let wants = &case.scenario.wants;
    let (mut news, mut gone) = (Vec::new(), BTreeSet::new());
    for row in &verdict.0 {
        match row {
            Row::Met(_) => {}
            Row::Missing(place, _) | Row::Extra(_, Some((place, _))) => {
                gone.insert(*place);
            }
            Row::Extra(line, None) => news.push(line),
        }
    }
    let mut edits: Vec<Edit> = Vec::new();
    // What is wrong about a page is written in its place, before anything else is.
    for is_alike in [true, false] {
        gone.retain(|place| {
            let Some(want) = wants.get(*place) else { return false };
            let new = news.iter().position(|new| !is_alike || want.kind == Some(new.kind));
            let new = new.map(|new| (want.place.span.clone(), quoted(&said(news.remove(new)))));
            let is_left = new.is_none();
            edits.extend(new);
            is_left
        });
    }
    let left = gone.iter().filter_map(|place| wants.get(*place));
    edits.extend(left.map(|want| (with_comma(text, want.place.span.clone()), String::new())));
    if !news.is_empty() {
        let last = wants.last().map(|want| want.place.span.end);
        let list = &case.scenario.want_place.span;
        let (at, before) = last.map_or((list.start + 1, ""), |end| (end, ", "));
        let news: Vec<String> = news.into_iter().map(|line| quoted(&said(line))).collect();
        edits.push((at..at, format!("{before}{}", news.join(", "))));
    }
    edits
}

/// A text with the comma behind it, or the one before where none is behind.
fn with_comma(text: &str, span: Range<usize>) -> Range<usize> {
    let behind = text.get(span.end..).unwrap_or_default();
    let blanks = behind.len() - behind.trim_start().len();
    if behind.trim_start().starts_with(',') {
        let end = span.end + blanks + 1;
        let more = text.get(end..).unwrap_or_default();
        let space = more.len() - more.trim_start_matches(' ').len();
        return span.start..end + space;
    }
    let before = text.get(..span.start).unwrap_or_default().trim_end();
    before.strip_suffix(',').map_or(span.clone(), |kept| kept.len()..span.end)
}

/// A TOML string.
fn quoted(line: &str) -> String {
    toml::Value::String(line.to_owned()).to_string()
}
