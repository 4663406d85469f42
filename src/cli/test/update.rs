//! Writes into the files what happened in place of what was wanted. Everything else stays as it is
//! written, comments included: only the texts of the list change.

use std::collections::BTreeMap;
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
    let mut news: Vec<String> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for row in &verdict.0 {
        match row {
            Row::Met(_) => {}
            Row::Missing(place, _) => gone.push(*place),
            Row::Extra(line, None) => news.push(said(line)),
            Row::Extra(_, Some((place, _))) => gone.push(*place),
        }
    }
    gone.sort_unstable();
    gone.dedup();
    let mut news = news.into_iter().map(|line| quoted(&line));
    let mut edits: Vec<Edit> = Vec::new();
    for place in gone {
        let Some(want) = wants.get(place) else { continue };
        let span = want.place.span.clone();
        match news.next() {
            Some(new) => edits.push((span, new)),
            None => edits.push((with_comma(text, span), String::new())),
        }
    }
    let rest: Vec<String> = news.collect();
    if !rest.is_empty() {
        let kept_last = wants.last().map(|want| want.place.span.end);
        let list = &case.scenario.want_place.span;
        let (at, before) = kept_last.map_or((list.start + 1, ""), |end| (end, ", "));
        edits.push((at..at, format!("{before}{}", rest.join(", "))));
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
