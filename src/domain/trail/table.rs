//! Records as the rows of a table, for spreadsheets.

use super::chain::Link;

/// The names of the columns.
pub const HEADINGS: [&str; 14] = [
    "seq", "at", "who", "known", "via", "place", "verb", "resource", "line", "verdict", "by",
    "incident", "of", "node",
];

/// One link, a cell for each heading.
#[must_use]
pub fn row(link: &Link) -> [String; 14] {
    let record = &link.record;
    let number = |number: Option<u64>| number.map(|it| it.to_string()).unwrap_or_default();
    [
        link.seq.to_string(),
        link.at.to_rfc3339(),
        record.who.to_string(),
        record.known.to_string(),
        record.via.to_string(),
        record.place.to_string(),
        record.verb.to_string(),
        record.resource.to_string(),
        record.line.clone(),
        record.verdict.word().to_owned(),
        record.by.clone(),
        number(record.incident),
        number(record.of),
        link.node.to_string(),
    ]
}
