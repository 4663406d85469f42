//! The table of refused attempts: each is made, changes nothing, and says exactly what stands in
//! `tests/golden/refusals.txt`. Times and hashes are left out of the comparison.
//!
//! What each attempt leaves in the audit log belongs beside its message: a row knows who tried what.

mod at_executors;
mod by_brakes;
mod in_words;
mod of_rights;

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use warroom::engine::talk::Outcome;

use super::lab::Lab;

/// Set to write the golden table instead of comparing with it.
const BLESS: &str = "WARROOM_BLESS";
/// So many attempts at least: fewer means that some were lost.
const LEAST: usize = 60;

/// One attempt that was refused.
pub(super) struct Row {
    /// What is tried, in a word or two.
    kind: &'static str,
    /// Who, and how.
    attempt: String,
    /// What they were answered.
    said: String,
}

/// Types lines in a lab, each of which must be refused.
pub(super) async fn typed(lab: &Lab, kind: &'static str, attempts: &[(&str, &str)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (who, line) in attempts {
        let said = lab.types(who, line).await;
        let text = said.post.text;
        assert_ne!(said.outcome, Outcome::Done, "{kind}: {who}: {line}: {text}");
        rows.push(Row { kind, attempt: format!("{who}: {line}"), said: text });
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_attempt_says_what_it_said() {
    let mut rows = of_rights::rows().await;
    rows.extend(in_words::rows().await);
    rows.extend(by_brakes::rows().await);
    rows.extend(at_executors::rows().await);
    let kinds: BTreeSet<&str> = rows.iter().map(|row| row.kind).collect();
    assert!(rows.len() >= LEAST && kinds.len() >= 20, "{} of {kinds:?}", rows.len());
    let table: String = rows.iter().map(line).collect();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/refusals.txt");
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(&golden, &table).unwrap();
    }
    let blessed = std::fs::read_to_string(&golden).unwrap_or_default();
    for (now, then) in table.lines().zip(blessed.lines()) {
        assert_eq!(now, then, "right? then bless with {BLESS}=1");
    }
    assert_eq!(table.lines().count(), blessed.lines().count(), "bless with {BLESS}=1");
}

fn line(row: &Row) -> String {
    let day = r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{4}-\d{2}-\d{2}[T ]";
    let times =
        format!(r"{day}\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?( UTC|Z)?|\d{{2}}:\d{{2}}(:\d{{2}})? UTC");
    let said = Regex::new(&times).unwrap().replace_all(&row.said, "<time>").replace('\n', " / ");
    let codes = Regex::new(r"\b\d{6}$").unwrap();
    let attempt = codes.replace(&row.attempt, "<code>").replace('\u{7f}', "<delete>");
    format!("{} | {attempt} | {said}\n", row.kind)
}
