//! What a replay found, for a terminal and for a pull request.

use crate::domain::replay::{Compared, Line, PerRule, Tally};
use crate::domain::room::Table;

/// Lines of one list; the rest is counted.
const ROWS_MAX: usize = 30;
/// Spaces between two columns.
const GAP: usize = 2;

/// For a terminal.
#[must_use]
pub fn text(it: &Compared) -> String {
    let mut parts = vec![summary(it)];
    for (title, table) in tables(it) {
        parts.push(format!("{title}\n{}", aligned(&table)));
    }
    parts.push(terms(it));
    parts.join("\n\n")
}

/// For a pull request.
#[must_use]
pub fn markdown(it: &Compared) -> String {
    let mut parts = vec![format!("### Replay: {}", escaped(&summary(it)))];
    for (title, table) in tables(it) {
        parts.push(format!("**{title}**\n\n{}", bars(&table)));
    }
    parts.push(format!("<sub>{}</sub>", escaped(&terms(it))));
    parts.join("\n\n")
}

/// The answer in one sentence.
#[must_use]
pub fn summary(it: &Compared) -> String {
    let after = &it.after;
    if it.before.as_ref().is_some_and(|before| {
        before.people == after.people && it.totals().iter().all(Line::is_same)
    }) && it.moved.is_empty()
    {
        return "The change makes no difference to this recording.".to_owned();
    }
    let before = it.before.as_ref().unwrap_or(after);
    let unheard = |tally: &Tally| tally.nobody.values().sum();
    format!(
        "{}, {} ({} at night), {} that nobody hears of.",
        counted(before.incidents, after.incidents, "incident"),
        counted(before.pages, after.pages, "page"),
        change(before.night_pages, after.night_pages),
        counted(unheard(before), unheard(after), "firing")
    )
}

fn counted(before: u64, after: u64, what: &str) -> String {
    let s = if before == 1 && after == 1 { "" } else { "s" };
    format!("{} {what}{s}", change(before, after))
}

fn terms(it: &Compared) -> String {
    let mut lines = vec![format!(
        "{}, {} to {}: {} reports, {} firings. Nothing was sent. Nobody answers in a replay, so that \
         escalations run on until their alerts end. Day and night are those of {}.",
        it.source,
        it.from.format("%Y-%m-%d %H:%M"),
        it.until.format("%Y-%m-%d %H:%M UTC"),
        it.reports,
        it.after.firings,
        it.zone
    )];
    let files = it
        .before
        .as_ref()
        .map(|before| format!("Files: version {} before, {} after.", before.files, it.after.files));
    lines.push(files.unwrap_or_else(|| format!("Files: version {}.", it.after.files)));
    lines.extend(it.notes.iter().cloned());
    lines.join("\n")
}

fn tables(it: &Compared) -> Vec<(&'static str, Table)> {
    let has_two = it.before.is_some();
    let changed = |lines: Vec<Line>| -> Vec<Line> {
        lines.into_iter().filter(|line| !has_two || !line.is_same()).collect()
    };
    let mut tables = vec![("In all", lines(&it.totals(), has_two))];
    if !it.people().is_empty() {
        tables.push(("Pages by person", people(it, has_two)));
    }
    let runs = it.counts(|tally| &tally.runs);
    if !runs.is_empty() {
        tables.push(("Runs that rules ask for", lines(&runs, has_two)));
    }
    let rules: Vec<_> =
        it.rules().into_iter().filter(|(_, before, after)| *before != Some(*after)).collect();
    if !rules.is_empty() {
        let title = if has_two { "Rules that act otherwise" } else { "Rules" };
        tables.push((title, per_rule(&rules)));
    }
    for (title, of) in [
        ("Firings that reach nobody", it.counts(|tally| &tally.nobody)),
        ("Held back by", it.counts(|tally| &tally.held)),
    ] {
        let lines_of = changed(of);
        if !lines_of.is_empty() {
            tables.push((title, lines(&lines_of, has_two)));
        }
    }
    if !it.moved.is_empty() {
        tables.push(("Alerts with another rule", moved(it)));
    }
    tables
}

fn lines(all: &[Line], has_two: bool) -> Table {
    let rows = all.iter().map(|line| row(line, has_two)).collect();
    table(if has_two { &["", "before", "after", "change"] } else { &["", "count"] }, rows)
}

fn row(line: &Line, has_two: bool) -> Vec<String> {
    let mut row = vec![line.what.clone()];
    if let (true, Some(before)) = (has_two, line.before) {
        row.extend([before.to_string(), line.after.to_string(), difference(before, line.after)]);
    } else {
        row.push(line.after.to_string());
    }
    row
}

fn people(it: &Compared, has_two: bool) -> Table {
    let rows = it.people().into_iter().map(|(pages, night)| {
        let mut row = row(&pages, has_two);
        row.push(match night.before {
            Some(before) if has_two => change(before, night.after),
            _ => night.after.to_string(),
        });
        row
    });
    let columns: &[&str] = if has_two {
        &["", "before", "after", "change", "at night"]
    } else {
        &["", "count", "at night"]
    };
    table(columns, rows.collect())
}

fn per_rule(rules: &[(compact_str::CompactString, Option<PerRule>, PerRule)]) -> Table {
    let rows = rules.iter().map(|(name, before, after)| {
        let cell = |of: fn(&PerRule) -> u64| {
            before
                .as_ref()
                .map_or_else(|| of(after).to_string(), |before| change(of(before), of(after)))
        };
        vec![
            name.to_string(),
            cell(|it| it.firings),
            cell(|it| it.incidents),
            cell(|it| it.pages),
            cell(|it| it.tickets),
            cell(|it| it.runs),
        ]
    });
    table(&["", "firings", "incidents", "pages", "tickets", "runs"], rows.collect())
}

fn moved(it: &Compared) -> Table {
    let name = |rule: &Option<compact_str::CompactString>| {
        rule.as_ref().map_or_else(|| "(no rule)".to_owned(), ToString::to_string)
    };
    let rows = it.moved.iter().map(|it| {
        vec![it.alert.to_string(), name(&it.before), name(&it.after), it.firings.to_string()]
    });
    table(&["", "before", "after", "firings"], rows.collect())
}

fn table(columns: &[&str], mut rows: Vec<Vec<String>>) -> Table {
    let more = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    Table { columns: columns.iter().map(|&name| name.to_owned()).collect(), rows, more }
}

/// `12`, or `12 to 9`.
fn change(before: u64, after: u64) -> String {
    if before == after { after.to_string() } else { format!("{before} to {after}") }
}

fn difference(before: u64, after: u64) -> String {
    match before.cmp(&after) {
        std::cmp::Ordering::Less => format!("+{}", after - before),
        std::cmp::Ordering::Equal => "=".to_owned(),
        std::cmp::Ordering::Greater => format!("-{}", before - after),
    }
}

/// Names on the left, figures on the right.
fn aligned(table: &Table) -> String {
    let count = |text: &String| text.chars().count();
    let all = || std::iter::once(&table.columns).chain(&table.rows);
    let width = |place: usize| all().filter_map(|row| row.get(place)).map(count).max();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(place, cell)| {
            let width = width(place).unwrap_or_default();
            let gap = " ".repeat(width - count(cell).min(width));
            if place == 0 {
                format!("  {cell}{gap}")
            } else {
                format!("{}{gap}{cell}", " ".repeat(GAP))
            }
        });
        cells.collect::<String>().trim_end().to_owned()
    };
    let mut lines: Vec<String> = all().map(line).collect();
    if table.more > 0 {
        lines.push(format!("  and {} more", table.more));
    }
    lines.join("\n")
}

fn bars(table: &Table) -> String {
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule = |place: usize| if place == 0 { "---" } else { "---:" };
    let rules: Vec<&str> = (0..table.columns.len()).map(rule).collect();
    let mut lines = vec![line(&table.columns), format!("| {} |", rules.join(" | "))];
    lines.extend(table.rows.iter().map(line));
    if table.more > 0 {
        lines.push(format!("\nand {} more", table.more));
    }
    lines.join("\n")
}

/// A name is data: it makes no cell, no markup, no mention and no link.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' | '#' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("@\u{200b}"),
            c if c.is_control() && c != '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
