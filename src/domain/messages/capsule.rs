//! An incident as one HTML file: messages, decisions, approvals, the rule as it was, and every
//! picture with the numbers behind it.
//!
//! It has no script and asks for nothing: its own policy forbids both. What comes from outside is
//! escaped in the one function that writes texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::postmortem::Ran;
use crate::domain::chart::Chart;
use crate::domain::duration;
use crate::domain::incident::{Event, Stored};
use crate::domain::review::Review;
use crate::domain::room::{Author, Entry, Picture, Post};

/// How it looks: light and dark by the reader's wish, one column on a telephone.
const STYLE: &str = include_str!("capsule.css");
/// Rows of a series that are shown as a table; the JSON beside it has them all.
const ROWS_SHOWN: usize = 400;

/// What goes into it.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// What the incident came to.
    pub review: &'a Review,
    /// Its timeline, with sentences.
    pub told: &'a [(Stored, String)],
    /// What its room shows.
    pub entries: &'a [(u64, Entry)],
    /// What runbooks did.
    pub runs: &'a [Run],
    /// Its pictures.
    pub pictures: &'a [Shown],
    /// The rule as it was when the incident opened, as JSON.
    pub policy: &'a str,
    /// When this is written.
    pub at: DateTime<Utc>,
}

/// One run with its plan.
#[derive(Debug, Clone)]
pub struct Run {
    /// What became of it.
    pub ran: Ran,
    /// The hash of the plan that people agreed to.
    pub plan: String,
    /// Its steps: name, and what became of each.
    pub steps: Vec<(String, String)>,
}

/// One picture with its numbers.
#[derive(Debug, Clone)]
pub struct Shown {
    /// When it was posted.
    pub at: DateTime<Utc>,
    /// What it is called, and what it shows in words.
    pub picture: Picture,
    /// It; none: it was kept no longer.
    pub svg: Option<Vec<u8>>,
    /// The numbers behind it.
    pub chart: Option<Chart>,
}

/// The file.
#[must_use]
pub fn document(known: &Known<'_>) -> String {
    let Review { number, title, .. } = known.review;
    let hash = BASE64.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    let name = format!("Incident {number}: {}", text(title));
    let body = [
        head(known),
        times(known.review),
        decisions(known),
        runs(known.runs),
        pictures(known.pictures),
        room(known.entries),
        timeline(known.told),
        rule(known),
    ]
    .concat();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{name}</h1>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn head(known: &Known<'_>) -> String {
    let Review { severity, labels, rule, alerts, wakes, .. } = known.review;
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{}={}", text(name), text(value))).collect();
    let facts = [
        ("Severity", text(severity)),
        ("Where", labels.join(", ")),
        ("Rule", format!("{} ({}:{})", text(&rule.name), text(&rule.file), rule.line)),
        ("Alerts", alerts.to_string()),
        ("Calls", wakes.len().to_string()),
        ("Written", time(known.at)),
    ];
    let fact = |(name, value): (&str, String)| format!("<dt>{name}</dt><dd>{value}</dd>");
    format!("<dl>{}</dl>\n", facts.map(fact).concat())
}

fn times(review: &Review) -> String {
    let rows = review.spans().map(|span| {
        let took = span.length.map_or("not known".to_owned(), whole);
        format!("<tr><td>Time to {}</td><td>{took}</td><td>{}</td></tr>", span.name, span.counts)
    });
    let heads = "<tr><th></th><th>How long</th><th>What it counts</th></tr>";
    section("Times", &scrolled(&format!("<table>{heads}{}</table>", rows.concat())))
}

/// Who decided what: taking, severity, lead, silences and what people noted.
fn decisions(known: &Known<'_>) -> String {
    let is_decision = |event: &Event| {
        matches!(
            event,
            Event::IncidentOpened { .. }
                | Event::IncidentAcknowledged { .. }
                | Event::IncidentResolved { .. }
                | Event::IncidentMerged { .. }
                | Event::SeverityChanged { .. }
                | Event::LeadChanged { .. }
                | Event::NoteAdded { .. }
                | Event::PeopleCalled { .. }
                | Event::EscalationHurried { .. }
        )
    };
    let chosen = known.told.iter().filter(|(stored, _)| is_decision(&stored.event));
    section("Decisions", &list(chosen.map(|(stored, told)| (stored.at, told.as_str()))))
}

fn runs(runs: &[Run]) -> String {
    if runs.is_empty() {
        return section("Runs and approvals", "<p>No runbook ran.</p>");
    }
    let one = |run: &Run| {
        let Run { ran, plan, steps } = run;
        let agreed = match ran.approved_by.as_slice() {
            [] => "nobody was asked".to_owned(),
            people => format!("agreed to by {}", text(&people.join(", "))),
        };
        let step = |(name, what): &(String, String)| {
            format!("<li><b>{}</b> {}</li>", text(name), text(what))
        };
        let steps: String = steps.iter().map(step).collect();
        format!(
            "<h3>Run {}: {}</h3><p>Asked for by {}; {agreed}. {}. Plan <code>{}</code></p><ol>{steps}</ol>",
            ran.number,
            text(&ran.what),
            text(&ran.by),
            text(&ran.state),
            text(plan)
        )
    };
    section("Runs and approvals", &runs.iter().map(one).collect::<String>())
}

fn pictures(pictures: &[Shown]) -> String {
    if pictures.is_empty() {
        return section("Graphs", "<p>No graph was posted.</p>");
    }
    section("Graphs", &pictures.iter().map(shown).collect::<String>())
}

fn shown(shown: &Shown) -> String {
    let Shown { at, picture, svg, chart } = shown;
    let alt = text(&picture.alt);
    let image = match svg {
        Some(svg) => {
            let data = BASE64.encode(svg);
            format!("<img src=\"data:image/svg+xml;base64,{data}\" alt=\"{alt}\">")
        }
        None => "<p>The picture is kept no longer.</p>".to_owned(),
    };
    let numbers = chart.as_ref().map(numbers).unwrap_or_default();
    let (command, at) = (text(&picture.command), time(*at));
    format!(
        "<figure>{image}<figcaption><code>{command}</code>, {at}<br>{alt}</figcaption>{numbers}</figure>\n"
    )
}

/// The numbers behind a picture: a table to read, and JSON to work with.
fn numbers(chart: &Chart) -> String {
    let json = text(&serde_json::to_string(&chart.series).unwrap_or_default());
    let mut rows = String::new();
    let mut left = ROWS_SHOWN;
    for series in &chart.series {
        for point in series.points.iter().take(left) {
            let at = DateTime::<Utc>::from_timestamp_millis(point.at).map(time).unwrap_or_default();
            let value = text(&chart.unit.format(point.value));
            rows.push_str(&format!(
                "<tr><td>{}</td><td>{at}</td><td>{value}</td></tr>",
                text(&series.name)
            ));
        }
        left = left.saturating_sub(series.points.len());
    }
    let heads = "<tr><th>Line</th><th>At</th><th>Value</th></tr>";
    let table = scrolled(&format!("<table>{heads}{rows}</table>"));
    let cut = if left == 0 { "<p>The table is cut; the JSON has everything.</p>" } else { "" };
    format!(
        "<details><summary>The numbers as a table</summary>{table}{cut}</details>\
         <details><summary>The numbers as JSON</summary><pre>{json}</pre></details>"
    )
}

fn room(entries: &[(u64, Entry)]) -> String {
    let one = |(_, entry): &(u64, Entry)| {
        let by = match &entry.by {
            Author::Warroom => "warroom".to_owned(),
            Author::Person { name } => text(name),
        };
        let (at, said) = (time(entry.at), post(&entry.post));
        format!("<article><p><b>{by}</b> <time>{at}</time></p>{said}</article>\n")
    };
    section("The room", &entries.iter().map(one).collect::<String>())
}

fn post(post: &Post) -> String {
    let mut said = format!("<p class=\"said\">{}</p>", text(&post.text));
    if let Some(table) = &post.table {
        let cells = |tag: &str, cells: &[String]| {
            let cell = |it: &String| format!("<{tag}>{}</{tag}>", text(it));
            format!("<tr>{}</tr>", cells.iter().map(cell).collect::<String>())
        };
        let rows: String = table.rows.iter().map(|row| cells("td", row)).collect();
        let heads = cells("th", &table.columns);
        said.push_str(&scrolled(&format!("<table>{heads}{rows}</table>")));
    }
    said
}

fn timeline(told: &[(Stored, String)]) -> String {
    section("Everything that happened", &list(told.iter().map(|(it, told)| (it.at, told.as_str()))))
}

fn rule(known: &Known<'_>) -> String {
    let rule = &known.review.rule;
    let place = format!("{} ({}:{})", text(&rule.name), text(&rule.file), rule.line);
    let words = "<p>As it was when the incident opened, with its templates filled in:</p>";
    section("The rule", &format!("<p>{place}</p>{words}<pre>{}</pre>", text(known.policy)))
}

fn list<'a>(told: impl Iterator<Item = (DateTime<Utc>, &'a str)>) -> String {
    let line = |(at, told): (DateTime<Utc>, &str)| {
        format!("<li><time>{}</time> {}</li>", time(at), text(told))
    };
    format!("<ul>{}</ul>", told.map(line).collect::<String>())
}

fn section(name: &str, body: &str) -> String {
    format!("<section><h2>{name}</h2>{body}</section>\n")
}

/// A wide table scrolls by itself: the page stays as wide as the telephone.
fn scrolled(table: &str) -> String {
    format!("<div class=\"wide\">{table}</div>")
}

/// A text from anywhere, as HTML shows it, also inside an attribute's quotes.
fn text(raw: &str) -> String {
    let mut shown = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => shown.push('\u{fffd}'),
            // They would turn the reading order around.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => shown.push('\u{fffd}'),
            c => shown.push(c),
        }
    }
    shown
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn whole(length: TimeDelta) -> String {
    duration::format(TimeDelta::seconds(length.num_seconds()))
}
