//! The typed table that a command gives and filters work on.
//!
//! A column has a kind, so that `since > 10m` and `severity >= sev2` mean what a person means. It
//! refuses to grow: rows above a limit are counted and left out.

use chrono::{DateTime, TimeDelta, Utc};

use super::filter::{self, Condition, Filter};
use super::measure::{test, weight};
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

impl Values {
    /// The table with every row, for programs and files.
    #[must_use]
    pub fn whole(&self) -> Table {
        let visible = self.visible();
        let columns = visible.iter().map(|(_, column)| column.name.clone()).collect();
        let row = |row: &Vec<Cell>| visible.iter().map(|(at, _)| shown(row.get(*at))).collect();
        Table { columns, rows: self.rows.iter().map(row).collect(), more: self.more }
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
pub(super) fn shown(cell: Option<&Cell>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_316_400 + minutes * 60, 0).unwrap()
    }

    fn alerts() -> Values {
        let columns = [
            ("service", Kind::Text),
            ("severity", Kind::Severity),
            ("since", Kind::Time),
            (".env", Kind::Text),
        ];
        let mut values = Values::new(&columns, at(60));
        for (service, severity, minute, env) in [
            ("cms", "critical", 0, "prod"),
            ("db", "warning", 55, "prod"),
            ("cms", "info", 30, "dev"),
        ] {
            let text = |text: &str| Cell::Text(text.to_owned());
            values.push(vec![text(service), text(severity), Cell::Time(at(minute)), text(env)]);
        }
        values
    }

    fn shaped(filters: &str) -> Result<String, filter::Bad> {
        let filters: Vec<Filter> =
            filters.split('|').map(Filter::read).collect::<Result<_, _>>()?;
        Ok(match alerts().filtered(&filters)? {
            Shaped::Text(text) => text,
            Shaped::Values(values) => {
                let table = values.table();
                let rows = table.rows.iter().map(|row| row.join(" ")).collect::<Vec<_>>();
                format!("{}: {} +{}", table.columns.join(" "), rows.join("; "), table.more)
            }
        })
    }

    #[test]
    fn filters_know_what_columns_mean() {
        for (filters, result) in [
            ("where severity>=sev3 | count", "count: 2 +0"),
            ("where severity > warning | fields service", "service: cms +0"),
            ("where since>20m and env=prod | fields service env", "service env: cms prod +0"),
            (
                "where service=~c.* | sort -severity | fields severity",
                "severity: critical; info +0",
            ),
            ("where service!=cms | fields service", "service: db +0"),
            ("group service", "service count: cms 2; db 1 +0"),
            ("sort since | head 1 | fields service", "service: cms +2"),
            ("grep DEV | fields severity", "severity: info +0"),
            (
                "head 1 | fields service | json",
                "[{\"service\":\"cms\"}]\n2 more rows: use head or where",
            ),
        ] {
            assert_eq!(shaped(filters).unwrap(), result, "{filters}");
        }
    }

    #[test]
    fn a_wrong_column_or_value_is_named() {
        for (filters, why) in [
            ("where servise=cms", "no column \"servise\" here; there is service"),
            ("sort nothing", "there is service, severity, since"),
            ("where severity>7x", "a severity such as sev2"),
            ("where since>yesterday", "a length of time"),
        ] {
            assert!(shaped(filters).unwrap_err().0.contains(why), "{filters}");
        }
    }

    #[test]
    fn hostile_cells_stay_small_and_on_one_line() {
        let mut values = Values::new(&[("name", Kind::Text)], at(0));
        values.push(vec![Cell::Text("a\nb".repeat(10_000))]);
        let table = values.table();
        assert!(table.rows[0][0].starts_with("a ba b") && table.rows[0][0].len() < 200);
    }
}
