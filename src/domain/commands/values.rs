//! The typed table that a command gives and filters work on.
//!
//! A column has a kind, so that `since > 10m` and `severity >= sev2` mean what a person means. It
//! refuses to grow: rows above a limit are counted and left out.

use chrono::{DateTime, TimeDelta, Utc};

use super::filter::{self, Condition, Filter, Op};
use super::near::near;
use crate::domain::duration;
use crate::domain::room::Table;

/// Rows that filters work on at most: ten thousand alerts are a storm.
pub const ROWS_MAX: usize = 10_000;
/// Rows of one post: what a phone scrolls through with patience.
const SHOWN_ROWS: usize = 30;
/// Characters of one cell in a post: labels may be hostile.
const SHOWN_CHARS: usize = 120;
/// Bytes of a table as JSON: a post is an entry of a log, and of a chat platform.
const JSON_BYTES: usize = 8 * 1024;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Numbers.
    Number,
    /// Moments; compared with an age: `since > 10m` is what is older.
    Time,
    /// Lengths of time.
    Duration,
    /// Severities; the worse is the greater.
    Severity,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, as `where` and `sort` know it.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Filters see it, and a post shows it only where `fields` names it.
    pub is_hidden: bool,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Empty,
    /// A text or a severity.
    Text(String),
    /// A number.
    Number(f64),
    /// A moment.
    Time(DateTime<Utc>),
    /// A length of time.
    Duration(TimeDelta),
}

/// A typed table.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// The columns.
    columns: Vec<Column>,
    /// The rows, each as long as `columns`.
    rows: Vec<Vec<Cell>>,
    /// Rows that were left out.
    more: usize,
    /// When it was made: ages count from here.
    at: DateTime<Utc>,
}

/// What filters make of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Shaped {
    /// A table.
    Values(Values),
    /// A text: the table as JSON.
    Text(String),
}

impl Values {
    /// An empty table with these columns; a name that begins with `.` is hidden.
    #[must_use]
    pub fn new(columns: &[(&str, Kind)], at: DateTime<Utc>) -> Self {
        let column = |(name, kind): &(&str, Kind)| {
            let bare = name.trim_start_matches('.');
            Column { name: bare.to_owned(), kind: *kind, is_hidden: bare.len() < name.len() }
        };
        Self { columns: columns.iter().map(column).collect(), rows: Vec::new(), more: 0, at }
    }

    /// Adds a row, or counts it where there are too many. It is made as long as the columns.
    pub fn push(&mut self, mut row: Vec<Cell>) {
        if self.rows.len() >= ROWS_MAX {
            self.more += 1;
            return;
        }
        row.resize(self.columns.len(), Cell::Empty);
        self.rows.push(row);
    }

    /// How many rows there are, those that were left out included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() + self.more
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Works through the filters.
    ///
    /// # Errors
    /// When a filter names a column that is not there, or compares it with what it cannot be.
    pub fn filtered(mut self, filters: &[Filter]) -> Result<Shaped, filter::Bad> {
        for filter in filters {
            self = match filter {
                Filter::Where(conditions) => self.only(conditions)?,
                Filter::Sort { column, is_down } => self.sorted(column, *is_down)?,
                Filter::Head(rows) => self.head(*rows),
                Filter::Count => self.counted(),
                Filter::Group(column) => self.grouped(column)?,
                Filter::Fields(columns) => self.fields(columns)?,
                Filter::Grep(text) => self.grep(text),
                Filter::Json => return Ok(Shaped::Text(self.json())),
            };
        }
        Ok(Shaped::Values(self))
    }

    fn place(&self, name: &str) -> Result<usize, filter::Bad> {
        let same = |column: &Column| column.name.eq_ignore_ascii_case(name);
        self.columns.iter().position(same).ok_or_else(|| {
            let names = self.columns.iter().map(|column| column.name.as_str());
            let near: Vec<&str> = near(name, names.clone());
            let shown = self.columns.iter().filter(|it| !it.is_hidden);
            let shown: Vec<&str> = shown.map(|column| column.name.as_str()).collect();
            let hint = if near.is_empty() { shown } else { near };
            filter::Bad(format!("there is no column {name:?} here; there is {}", hint.join(", ")))
        })
    }

    fn only(mut self, conditions: &[Condition]) -> Result<Self, filter::Bad> {
        for condition in conditions {
            let place = self.place(&condition.column)?;
            let kind = self.columns.get(place).map_or(Kind::Text, |column| column.kind);
            let test = test(condition, kind, self.at)?;
            self.rows.retain(|row| row.get(place).is_some_and(&test));
        }
        Ok(self)
    }

    fn sorted(mut self, column: &str, is_down: bool) -> Result<Self, filter::Bad> {
        let place = self.place(column)?;
        let kind = self.columns.get(place).map_or(Kind::Text, |column| column.kind);
        self.rows.sort_by(|one, two| {
            let (one, two) = (one.get(place), two.get(place));
            let order = key(one, kind).total_cmp(&key(two, kind));
            let order = order.then_with(|| shown(one).cmp(&shown(two)));
            if is_down { order.reverse() } else { order }
        });
        Ok(self)
    }

    fn head(mut self, rows: usize) -> Self {
        self.more += self.rows.len().saturating_sub(rows);
        self.rows.truncate(rows);
        self
    }

    fn counted(self) -> Self {
        let mut out = Self::new(&[("count", Kind::Number)], self.at);
        out.push(vec![number(self.len())]);
        out
    }

    fn grouped(self, column: &str) -> Result<Self, filter::Bad> {
        let place = self.place(column)?;
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        for row in &self.rows {
            *counts.entry(shown(row.get(place))).or_default() += 1;
        }
        let name = self.columns.get(place).map_or(column, |column| column.name.as_str());
        let kind = self.columns.get(place).map_or(Kind::Text, |column| column.kind);
        let kind = if kind == Kind::Severity { kind } else { Kind::Text };
        let mut out = Self::new(&[(name, kind), ("count", Kind::Number)], self.at);
        let mut groups: Vec<(String, usize)> = counts.into_iter().collect();
        groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (value, count) in groups {
            out.push(vec![Cell::Text(value), number(count)]);
        }
        Ok(out)
    }

    fn fields(self, names: &[String]) -> Result<Self, filter::Bad> {
        let places: Vec<usize> =
            names.iter().map(|name| self.place(name)).collect::<Result<_, _>>()?;
        let columns = places.iter().filter_map(|at| self.columns.get(*at)).cloned();
        let columns = columns.map(|column| Column { is_hidden: false, ..column }).collect();
        let pick = |row: &Vec<Cell>| places.iter().filter_map(|at| row.get(*at)).cloned().collect();
        Ok(Self { columns, rows: self.rows.iter().map(pick).collect(), ..self })
    }

    fn grep(mut self, text: &str) -> Self {
        let text = text.to_lowercase();
        self.rows
            .retain(|row| row.iter().any(|cell| shown(Some(cell)).to_lowercase().contains(&text)));
        self
    }

    /// The columns that are shown, with their places.
    fn visible(&self) -> Vec<(usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| !column.is_hidden).collect()
    }

    fn json(&self) -> String {
        let mut rows = Vec::new();
        let (mut bytes, mut left) = (0, 0);
        for row in &self.rows {
            let cells = self
                .visible()
                .into_iter()
                .filter_map(|(at, column)| Some((column.name.clone(), json(row.get(at)?))));
            let text = serde_json::Value::Object(cells.collect()).to_string();
            bytes += text.len();
            if bytes > JSON_BYTES {
                left += 1;
            } else {
                rows.push(text);
            }
        }
        let left = left + self.more;
        let cut =
            if left > 0 { format!("\n{left} more rows: use head or where") } else { String::new() };
        format!("[{}]{cut}", rows.join(",\n "))
    }

    /// The table as a room shows it.
    #[must_use]
    pub fn table(&self) -> Table {
        let visible = self.visible();
        let columns = visible.iter().map(|(_, column)| column.name.clone()).collect();
        let row =
            |row: &Vec<Cell>| visible.iter().map(|(at, _)| cut(&shown(row.get(*at)))).collect();
        let rows = self.rows.iter().take(SHOWN_ROWS).map(row).collect();
        Table { columns, rows, more: self.len().saturating_sub(SHOWN_ROWS.min(self.rows.len())) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
fn number(count: usize) -> Cell {
    Cell::Number(count as f64)
}

fn cut(text: &str) -> String {
    let one: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match one.char_indices().nth(SHOWN_CHARS) {
        Some((at, _)) => format!("{}...", one.get(..at).unwrap_or_default()),
        None => one,
    }
}

/// A value as people read it.
fn shown(cell: Option<&Cell>) -> String {
    match cell {
        None | Some(Cell::Empty) => String::new(),
        Some(Cell::Text(text)) => text.clone(),
        Some(Cell::Number(number)) => number.to_string(),
        Some(Cell::Time(at)) => at.format("%m-%d %H:%M").to_string(),
        Some(Cell::Duration(length)) => duration::format(TimeDelta::seconds(length.num_seconds())),
    }
}

fn json(cell: &Cell) -> serde_json::Value {
    match cell {
        Cell::Empty => serde_json::Value::Null,
        Cell::Text(text) => text.as_str().into(),
        Cell::Number(number) => (*number).into(),
        Cell::Time(at) => at.to_rfc3339().into(),
        Cell::Duration(length) => length.num_seconds().into(),
    }
}

/// What rows are sorted by before their text.
fn key(cell: Option<&Cell>, kind: Kind) -> f64 {
    match cell {
        None | Some(Cell::Empty) => f64::NEG_INFINITY,
        Some(Cell::Text(text)) if kind == Kind::Severity => f64::from(weight(text)),
        Some(Cell::Text(text)) => text.parse().unwrap_or(f64::INFINITY),
        Some(Cell::Number(number)) => *number,
        #[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^52")]
        Some(Cell::Time(at)) => at.timestamp() as f64,
        #[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^52")]
        Some(Cell::Duration(length)) => length.num_seconds() as f64,
    }
}

/// How bad a severity is, whoever's words it is in: the larger, the worse; 0 is no severity.
#[must_use]
pub fn weight(text: &str) -> u8 {
    let text = text.to_lowercase();
    let digits = text.trim_start_matches("sev").trim_start_matches(['-', 'p']);
    if let Ok(number) = digits.parse::<u8>() {
        return 10_u8.saturating_sub(number);
    }
    match text.as_str() {
        "critical" | "emergency" | "fatal" | "alert" | "page" => 9,
        "error" | "high" | "major" | "urgent" => 8,
        "warning" | "warn" | "medium" | "average" => 7,
        "minor" | "low" | "notice" => 6,
        "info" | "information" | "none" | "ok" | "debug" => 5,
        _ => 0,
    }
}

type Test = Box<dyn Fn(&Cell) -> bool>;

/// The test that a condition makes of a column's values.
fn test(condition: &Condition, kind: Kind, now: DateTime<Utc>) -> Result<Test, filter::Bad> {
    let Condition { column, op, value } = condition;
    let (value, op) = (value.clone(), *op);
    match op {
        Op::Like | Op::Unlike => {
            let regex = filter::regex(&value)?;
            Ok(Box::new(move |cell| regex.is_match(&shown(Some(cell))) == (op == Op::Like)))
        }
        Op::Equal | Op::NotEqual if matches!(kind, Kind::Text | Kind::Severity) => {
            Ok(Box::new(move |cell| (shown(Some(cell)) == value) == (op == Op::Equal)))
        }
        Op::Equal | Op::NotEqual | Op::AtLeast | Op::AtMost | Op::Greater | Op::Less => {
            let wanted = wanted(column, &value, kind)?;
            Ok(Box::new(move |cell| {
                measured(cell, kind, now).is_some_and(|it| holds(op, it, wanted))
            }))
        }
    }
}

/// The number behind a value that was typed.
fn wanted(column: &str, value: &str, kind: Kind) -> Result<f64, filter::Bad> {
    let bad = |what: &str| filter::Bad(format!("{column} is compared with {what}, not {value:?}"));
    match kind {
        Kind::Number | Kind::Text => value.parse().map_err(|_| bad("a number")),
        Kind::Severity => match weight(value) {
            0 => Err(bad("a severity such as sev2 or critical")),
            weight => Ok(f64::from(weight)),
        },
        Kind::Time | Kind::Duration => {
            let length = duration::parse(value).map_err(|_| bad("a length of time such as 10m"))?;
            #[expect(clippy::cast_precision_loss, reason = "a century of milliseconds fits")]
            Ok(length.num_milliseconds() as f64)
        }
    }
}

/// The number behind a value of the table: for a moment, its age.
#[expect(clippy::cast_precision_loss, reason = "a century of milliseconds fits")]
fn measured(cell: &Cell, kind: Kind, now: DateTime<Utc>) -> Option<f64> {
    match cell {
        Cell::Empty => None,
        Cell::Text(text) if kind == Kind::Severity => Some(f64::from(weight(text))),
        Cell::Text(text) => text.parse().ok(),
        Cell::Number(number) => Some(*number),
        Cell::Time(at) => Some((now - *at).num_milliseconds() as f64),
        Cell::Duration(length) => Some(length.num_milliseconds() as f64),
    }
}

fn holds(op: Op, value: f64, wanted: f64) -> bool {
    match op {
        Op::Equal | Op::Like => value.total_cmp(&wanted).is_eq(),
        Op::NotEqual | Op::Unlike => value.total_cmp(&wanted).is_ne(),
        Op::AtLeast => value >= wanted,
        Op::AtMost => value <= wanted,
        Op::Greater => value > wanted,
        Op::Less => value < wanted,
    }
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
