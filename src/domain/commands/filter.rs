//! Filters: what stands behind a `|`.
//!
//! They look at a table and give a table, and refuse anything else: no filter changes something,
//! fetches something or runs for long.

use std::fmt;

use super::near::near;

/// The longest table after `head`.
const HEAD_MAX: usize = 1000;
/// How many rows `head` keeps when it does not say.
const HEAD: usize = 10;
/// The largest compiled regex: 64 KiB are plenty for names, and a hostile one costs no memory.
const REGEX_BYTES: usize = 64 * 1024;

/// Every filter, with how it is written.
pub const FILTERS: [(&str, &str); 8] = [
    ("where", "where severity=critical and service!=cms"),
    ("sort", "sort service, or sort -since for the other way round"),
    ("head", "head 5"),
    ("count", "count"),
    ("group", "group service"),
    ("fields", "fields service, since"),
    ("grep", "grep text"),
    ("json", "json"),
];

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Keeps rows for which every condition holds.
    Where(Vec<Condition>),
    /// Orders rows by a column.
    Sort {
        /// The column.
        column: String,
        /// The largest first.
        is_down: bool,
    },
    /// Keeps the first rows.
    Head(usize),
    /// Counts rows.
    Count,
    /// Counts rows for each value of a column.
    Group(String),
    /// Keeps columns, in this order.
    Fields(Vec<String>),
    /// Keeps rows in which this text stands, whatever its case.
    Grep(String),
    /// Shows the table as JSON.
    Json,
}

/// One condition on a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// How the value is compared.
    pub op: Op,
    /// With what.
    pub value: String,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`: the whole value is like the regex.
    Like,
    /// `!~`
    Unlike,
    /// `>=`; a severity is greater when it is worse.
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `<`
    Less,
}

/// Longer ones first, so that `>=` is not read as `>`.
const OPS: [(&str, Op); 8] = [
    ("=~", Op::Like),
    ("!~", Op::Unlike),
    ("!=", Op::NotEqual),
    (">=", Op::AtLeast),
    ("<=", Op::AtMost),
    ("=", Op::Equal),
    (">", Op::Greater),
    ("<", Op::Less),
];

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Bad(pub String);

impl Filter {
    /// Reads what stands between two `|`.
    ///
    /// # Errors
    /// When there is no such filter, or its arguments make no sense.
    pub fn read(text: &str) -> Result<Self, Bad> {
        let text = text.trim();
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        match name.to_lowercase().as_str() {
            "where" => conditions(rest).map(Self::Where),
            "sort" => sort(rest),
            "head" => head(rest),
            "count" if rest.is_empty() => Ok(Self::Count),
            "group" => {
                column(rest.strip_prefix("by ").unwrap_or(rest).trim(), "group").map(Self::Group)
            }
            "fields" => fields(rest),
            "grep" => grep(rest),
            "json" if rest.is_empty() => Ok(Self::Json),
            "count" | "json" => Err(Bad(format!("{name} takes no words, found {rest:?}"))),
            "" => Err(Bad("there is nothing behind the |".to_owned())),
            unknown => Err(no_filter(unknown)),
        }
    }
}

fn no_filter(name: &str) -> Bad {
    let names = FILTERS.map(|(name, _)| name);
    let near = near(name, names).first().map(|it| format!("; did you mean {it}?"));
    let all = names.join(", ");
    Bad(format!("there is no filter {name:?}{}; there is {all}", near.unwrap_or_default()))
}

/// Refuses what cannot follow: nothing comes after `json`, which is no table.
///
/// # Errors
/// When something does.
pub(super) fn in_order(filters: &[Filter]) -> Result<(), Bad> {
    let before = filters.split_last().map_or(filters, |(_, before)| before);
    if before.contains(&Filter::Json) {
        return Err(Bad("json comes last".to_owned()));
    }
    Ok(())
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '#')
}

fn column(text: &str, filter: &str) -> Result<String, Bad> {
    if !text.is_empty() && text.chars().all(is_name) {
        return Ok(text.to_owned());
    }
    let usage = FILTERS.iter().find(|(name, _)| *name == filter).map_or(filter, |(_, usage)| usage);
    Err(Bad(format!("{filter} needs the name of a column: {usage}")))
}

fn sort(text: &str) -> Result<Filter, Bad> {
    let (name, is_last) = match text.strip_suffix(" desc") {
        Some(name) => (name.trim(), true),
        None => (text.strip_suffix(" asc").unwrap_or(text).trim(), false),
    };
    let bare = name.strip_prefix('-').unwrap_or(name);
    let is_down = is_last || bare.len() < name.len();
    Ok(Filter::Sort { column: column(bare, "sort")?, is_down })
}

fn head(text: &str) -> Result<Filter, Bad> {
    if text.is_empty() {
        return Ok(Filter::Head(HEAD));
    }
    match text.trim_start_matches('-').parse::<usize>() {
        Ok(rows) if (1..=HEAD_MAX).contains(&rows) => Ok(Filter::Head(rows)),
        Ok(_) | Err(_) => Err(Bad(format!("head needs a number from 1 to {HEAD_MAX}: head 5"))),
    }
}

fn fields(text: &str) -> Result<Filter, Bad> {
    let names = text.split([',', ' ']).filter(|name| !name.is_empty());
    let names: Vec<String> = names.map(|name| column(name, "fields")).collect::<Result<_, _>>()?;
    if names.is_empty() {
        return Err(Bad("fields needs names of columns: fields service, since".to_owned()));
    }
    Ok(Filter::Fields(names))
}

fn grep(text: &str) -> Result<Filter, Bad> {
    let (value, rest) = match text.chars().next() {
        Some('"' | '\'') => value(text).ok_or_else(|| Bad("a quote is not closed".to_owned()))?,
        Some(_) | None => (text.to_owned(), ""),
    };
    if value.is_empty() || !rest.trim().is_empty() {
        return Err(Bad("grep needs a text: grep timeout".to_owned()));
    }
    Ok(Filter::Grep(value))
}

/// Reads `a=b and c!="d e"`; commas stand for `and`.
fn conditions(text: &str) -> Result<Vec<Condition>, Bad> {
    let mut conditions = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (condition, after) = condition(rest)?;
        conditions.push(condition);
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None => after.strip_prefix("and ").unwrap_or(after).trim_start(),
        };
    }
    if conditions.is_empty() {
        return Err(Bad("where needs a condition: where severity=critical".to_owned()));
    }
    Ok(conditions)
}

fn condition(text: &str) -> Result<(Condition, &str), Bad> {
    let bad = || Bad(format!("cannot read the condition {text:?}: write it like service=cms"));
    let end = text.find(|letter| !is_name(letter)).ok_or_else(bad)?;
    let (column, rest) = text.split_at_checked(end).ok_or_else(bad)?;
    let rest = rest.trim_start();
    let (sign, op) = OPS.iter().find(|(sign, _)| rest.starts_with(sign)).ok_or_else(bad)?;
    let rest = rest.strip_prefix(sign).unwrap_or(rest).trim_start();
    let (value, rest) = value(rest).ok_or_else(bad)?;
    if column.is_empty() {
        return Err(bad());
    }
    if matches!(op, Op::Like | Op::Unlike) {
        regex(&value)?;
    }
    Ok((Condition { column: column.to_owned(), op: *op, value }, rest))
}

/// A value, and what stands behind it; none where a quote is open or there is no value.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quote) = text.chars().next().filter(|it| matches!(it, '"' | '\'')) else {
        let end = text.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return (!value.is_empty()).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if quote == '"' => value.push(letters.next()?.1),
            letter if letter == quote => return Some((value, text.get(at + 1..)?)),
            letter => value.push(letter),
        }
    }
    None
}

/// The regex of a condition; it is about the whole value, as everywhere with Prometheus.
///
/// # Errors
/// When it cannot be compiled.
pub(super) fn regex(text: &str) -> Result<regex::Regex, Bad> {
    regex::RegexBuilder::new(&format!("^(?:{text})$"))
        .size_limit(REGEX_BYTES)
        .build()
        .map_err(|_| Bad(format!("{text:?} is not a regex, or too large")))
}

/// Writes a value so that it is read back.
fn written(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '%');
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Where(conditions) => {
                let texts: Vec<String> = conditions.iter().map(ToString::to_string).collect();
                write!(f, "where {}", texts.join(" and "))
            }
            Self::Sort { column, is_down } => {
                write!(f, "sort {}{column}", if *is_down { "-" } else { "" })
            }
            Self::Head(rows) => write!(f, "head {rows}"),
            Self::Count => f.write_str("count"),
            Self::Group(column) => write!(f, "group {column}"),
            Self::Fields(columns) => write!(f, "fields {}", columns.join(", ")),
            Self::Grep(text) => write!(f, "grep {}", written(text)),
            Self::Json => f.write_str("json"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = OPS.iter().find(|(_, op)| *op == self.op).map_or("=", |(sign, _)| sign);
        write!(f, "{}{sign}{}", self.column, written(&self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_and_printed() {
        for (text, printed) in [
            ("where severity=critical", "where severity=critical"),
            ("where a = b, c!=\"d e\"", "where a=b and c!=\"d e\""),
            ("where a=~\"b|c\" and d!~x.*", "where a=~\"b|c\" and d!~\"x.*\""),
            ("where since>10m n>=3", "where since>10m and n>=3"),
            ("sort -since", "sort -since"),
            ("sort since desc", "sort -since"),
            ("head", "head 10"),
            ("head -5", "head 5"),
            ("group by service", "group service"),
            ("fields a,b c", "fields a, b, c"),
            ("grep time out", "grep \"time out\""),
            ("count", "count"),
            ("JSON", "json"),
        ] {
            let filter = Filter::read(text).unwrap();
            assert_eq!(filter.to_string(), printed, "{text}");
            assert_eq!(Filter::read(printed), Ok(filter), "{text}");
        }
    }

    #[test]
    fn a_bad_filter_says_how_it_is_written() {
        for (text, why) in [
            ("wehre a=b", "did you mean where?"),
            ("where", "where needs a condition"),
            ("where a", "write it like service=cms"),
            ("where a=~\"(\"", "is not a regex"),
            ("head x", "a number from 1 to 1000"),
            ("sort", "the name of a column"),
            ("count 5", "takes no words"),
            ("grep", "grep needs a text"),
            ("", "nothing behind the |"),
        ] {
            assert!(Filter::read(text).unwrap_err().0.contains(why), "{text}");
        }
        assert!(in_order(&[Filter::Json, Filter::Count]).is_err());
    }
}
