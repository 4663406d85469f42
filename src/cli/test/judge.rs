//! Compares what is wanted with what happened, as one timeline.

use std::collections::BTreeSet;
use std::fmt;

use chrono::TimeDelta;

use super::said::Line;
use crate::domain::diagnostic::Place;
use crate::domain::duration;
use crate::domain::scenario::{Kind, Want};

/// The widest text of a row: longer ones are cut, since the notes stand beside them.
const TEXT_MAX: usize = 60;

/// What became of one want or one happening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// It was wanted and happened.
    Met(Line),
    /// It was wanted and did not happen: the place of the want among all.
    Missing(usize, Want),
    /// It happened and was not wanted; by which want it was forbidden, if by one.
    Extra(Line, Option<(usize, Place)>),
}

/// What came of a test: rows in the order of time.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict(pub(super) Vec<Row>);

impl Verdict {
    pub(super) fn is_good(&self) -> bool {
        self.0.iter().all(|row| matches!(row, Row::Met(_)))
    }
}

/// Compares.
pub(super) fn judge(wants: &[Want], lines: &[Line]) -> Verdict {
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut rows = Vec::new();
    let mut positive: Vec<(usize, &Want)> =
        wants.iter().enumerate().filter(|(_, want)| !want.is_not).collect();
    positive.sort_by_key(|(_, want)| want.from);
    for (place, want) in &positive {
        let met = lines.iter().enumerate().find(|(at, line)| {
            !used.contains(at) && want.is_met(line.after, line.kind, &line.said)
        });
        match met {
            Some((at, line)) => {
                used.insert(at);
                rows.push(Row::Met(line.clone()));
            }
            None => rows.push(Row::Missing(*place, (*want).clone())),
        }
    }
    let complete: BTreeSet<Kind> = positive
        .iter()
        .filter_map(|(_, want)| want.kind)
        .filter(|kind| kind.is_complete())
        .collect();
    for (at, line) in lines.iter().enumerate() {
        let forbidden = wants.iter().enumerate().find(|(_, want)| forbids(want, line));
        let forbidden = forbidden.filter(|(_, want)| want.kind.is_some() || !used.contains(&at));
        if forbidden.is_some() || (complete.contains(&line.kind) && !used.contains(&at)) {
            let by = forbidden.map(|(place, want)| (place, want.place.clone()));
            rows.push(Row::Extra(line.clone(), by));
        }
    }
    rows.sort_by_key(|row| (row.after(), matches!(row, Row::Extra(..))));
    Verdict(rows)
}

fn forbids(want: &Want, line: &Line) -> bool {
    let is_noise = want.kind.is_some() || (disturbs(line.kind) && !line.is_edit);
    want.is_not && is_noise && want.is_met(line.after, line.kind, &line.said)
}

/// What `nothing` forbids: whatever somebody would notice.
fn disturbs(kind: Kind) -> bool {
    kind.is_complete() || matches!(kind, Kind::Post | Kind::Step | Kind::Graph | Kind::Failed)
}

impl Row {
    fn after(&self) -> TimeDelta {
        match self {
            Self::Met(line) | Self::Extra(line, _) => line.after,
            Self::Missing(_, want) => want.from,
        }
    }
}

/// As a diff: ` ` is as wanted, `-` was wanted, `+` happened.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, text, note) = match self {
            Self::Met(line) => (' ', said(line), String::new()),
            Self::Missing(_, want) => ('-', cut(&want.line), place(&want.place)),
            Self::Extra(line, by) => {
                let note = by.as_ref().map_or("not wanted".to_owned(), |(_, by)| place(by));
                ('+', said(line), note)
            }
        };
        let row = format!("{mark} {text:<width$}  {note}", width = TEXT_MAX / 2);
        f.write_str(row.trim_end())
    }
}

/// A line as a test would want it: `5m page ben by phone`.
pub(super) fn said(line: &Line) -> String {
    let said = format!("{} {} {}", time(line.after), line.kind.name(), line.said);
    cut(said.trim_end())
}

fn time(after: TimeDelta) -> String {
    if after.is_zero() { "0m".to_owned() } else { duration::format(after) }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= TEXT_MAX {
        return text.to_owned();
    }
    let cut: String = text.chars().take(TEXT_MAX).collect();
    format!("{cut}…")
}

fn place(place: &Place) -> String {
    format!("{}:{}", place.source.name, place.line())
}
