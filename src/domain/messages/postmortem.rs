//! A postmortem as Markdown: what the timeline knows, and places for what only people know.
//!
//! It is the one text here with markup of its own, because it goes into a file. What comes from
//! outside is escaped: a label makes no heading, no link and no tag.

use chrono::{DateTime, TimeDelta, Utc};

use super::plain::plain;
use crate::domain::duration;
use crate::domain::review::{Review, Span};

/// Characters of one line that comes from outside.
const LINE_MAX: usize = 2000;

/// What is known of an incident, ready to be told.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// What it came to.
    pub review: &'a Review,
    /// What happened, each with its time and its sentence.
    pub told: &'a [(DateTime<Utc>, String)],
    /// Events that are not in `told`, because there are too many.
    pub left_out: u64,
    /// What runbooks did.
    pub runs: &'a [Ran],
    /// The pictures that were posted, each as the words that describe it and where it is.
    pub pictures: &'a [(String, String)],
    /// Where the incident is shown; none where nobody has said how this server is reached.
    pub page: Option<String>,
    /// When this is written.
    pub at: DateTime<Utc>,
}

/// One run, for the postmortem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its number.
    pub number: u64,
    /// The runbook and what it worked on.
    pub what: String,
    /// Who asked.
    pub by: String,
    /// Who agreed.
    pub approved_by: Vec<String>,
    /// How it stands.
    pub state: String,
    /// How long it took.
    pub took: Option<TimeDelta>,
}

/// The document.
#[must_use]
pub fn document(known: &Known<'_>) -> String {
    let parts = [
        head(known),
        summary(known.review),
        impact(known.review),
        times(known.review),
        timeline(known),
        decisions(known.review),
        runs(known.runs),
        pictures(known.pictures),
        follow_ups(),
    ];
    parts.join("\n")
}

fn head(known: &Known<'_>) -> String {
    let Review { number, title, .. } = known.review;
    let page =
        known.page.as_ref().map(|page| format!("Incident: <{page}>  \n")).unwrap_or_default();
    format!(
        "# Postmortem of incident {number}: {}\n\n{page}Written {}\n",
        md(title),
        time(known.at)
    )
}

fn summary(review: &Review) -> String {
    let Review { severity, opened_at, taken, resolved_at, resolved_by, reopened, .. } = review;
    let took = match taken {
        Some((at, by)) => format!("{} took it after {}.", md(by), length(*at - *opened_at)),
        None => "Nobody took it.".to_owned(),
    };
    let end = match (resolved_at, resolved_by) {
        (None, _) => "It is not over yet.".to_owned(),
        (Some(at), Some(by)) => {
            format!("{} said that it was over after {}.", md(by), length(*at - *opened_at))
        }
        (Some(at), None) => format!("Its alerts had cleared after {}.", length(*at - *opened_at)),
    };
    let again = match reopened {
        0 => String::new(),
        1 => " It came back once.".to_owned(),
        many => format!(" It came back {many} times."),
    };
    let opened = time(*opened_at);
    format!("## Summary\n\n{} opened on {opened}. {took} {end}{again}\n", md(severity))
}

fn impact(review: &Review) -> String {
    let labels: Vec<String> =
        review.labels.iter().map(|(name, value)| format!("{}={}", md(name), md(value))).collect();
    let mut people: Vec<&str> = review.wakes.iter().map(|wake| wake.person.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    let woken = match people.as_slice() {
        [] => "nobody".to_owned(),
        people => people.iter().map(|name| md(name)).collect::<Vec<_>>().join(", "),
    };
    let (calls, about) = (review.wakes.len(), labels.join(", "));
    format!(
        "## Impact\n\n- Where: {}\n- Alerts that fired: {}\n- Woken: {woken} ({calls} calls)\n- What users saw: _to be written_\n",
        if about.is_empty() { "_no labels_".to_owned() } else { about },
        review.alerts
    )
}

fn times(review: &Review) -> String {
    let row = |Span { name, counts, length: took }: Span| {
        let took = took.map_or_else(|| "not known".to_owned(), length);
        format!("| Time to {name} | {took} | {counts} |\n")
    };
    let rows: String = review.spans().map(row).concat();
    format!("## Times\n\n| | How long | What it counts |\n| --- | --- | --- |\n{rows}")
}

fn timeline(known: &Known<'_>) -> String {
    let mut text = "## What happened\n\n".to_owned();
    if known.left_out > 0 {
        text.push_str(&format!("_The first {} events are left out._\n\n", known.left_out));
    }
    for (at, told) in known.told {
        text.push_str(&format!("- {} {}\n", at.format("%Y-%m-%d %H:%M:%S"), md(told)));
    }
    text
}

fn decisions(review: &Review) -> String {
    let rule = &review.rule;
    let place = format!("{}:{}", code(&rule.file), rule.line);
    let mut text = format!(
        "## Decisions\n\n- The incident opened by the rule {} ({place}).\n",
        md(&rule.name)
    );
    if let Some((at, by)) = &review.taken {
        text.push_str(&format!("- {} took it at {}.\n", md(by), time(*at)));
    }
    for (by, note) in &review.notes {
        text.push_str(&format!("- {} noted: {}\n", md(by), md(note)));
    }
    text
}

fn runs(runs: &[Ran]) -> String {
    if runs.is_empty() {
        return "## Runs\n\nNo runbook ran.\n".to_owned();
    }
    let one = |run: &Ran| {
        let agreed = match run.approved_by.as_slice() {
            [] => String::new(),
            people => format!(", agreed to by {}", md(&people.join(", "))),
        };
        let took = run.took.map(|took| format!(" after {}", length(took))).unwrap_or_default();
        let (number, what, by) = (run.number, md(&run.what), md(&run.by));
        format!("- Run {number}: {what}, asked for by {by}{agreed}: {}{took}.\n", md(&run.state))
    };
    format!("## Runs\n\n{}", runs.iter().map(one).collect::<String>())
}

fn pictures(pictures: &[(String, String)]) -> String {
    if pictures.is_empty() {
        return "## Graphs\n\nNo graph was posted.\n".to_owned();
    }
    let one = |(words, place): &(String, String)| format!("- [{}]({place})\n", md(words));
    format!("## Graphs\n\n{}", pictures.iter().map(one).collect::<String>())
}

fn follow_ups() -> String {
    "## Follow-ups\n\n- [ ] _What would have prevented it?_\n- [ ] _What would have shown it \
     earlier?_\n- [ ] _What would have mended it faster?_\n"
        .to_owned()
}

/// A text from outside, as one line that Markdown and HTML show and do not read.
fn md(text: &str) -> String {
    let mut shown = String::new();
    for c in plain(text, LINE_MAX).chars() {
        match c {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            // A mention wakes people where the document is posted.
            '@' => shown.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    // What looks like an address becomes a link by itself in many renderers.
    shown.replace("://", ":&#47;/").replace("www.", "www&#46;")
}

/// A name of a file, in a span of code.
fn code(text: &str) -> String {
    format!("`{}`", plain(text, LINE_MAX).replace('`', "'"))
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Whole seconds: nobody compares milliseconds here.
fn length(length: TimeDelta) -> String {
    duration::format(TimeDelta::seconds(length.num_seconds()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::incident::Stored;
    use crate::domain::messages::{Names, happened};

    const EVENTS: &str = include_str!("../../../tests/golden/review.jsonl");

    #[test]
    fn a_postmortem_is_told_from_the_timeline_and_a_label_stays_text() {
        let events: Vec<Stored> =
            EVENTS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let review = Review::of(&events).unwrap();
        let told: Vec<_> =
            events.iter().map(|it| (it.at, happened(it, &Names::default()))).collect();
        let known = Known {
            review: &review,
            told: &told,
            left_out: 0,
            runs: &[],
            pictures: &[],
            page: None,
            at: review.opened_at,
        };
        let text = document(&known);
        assert!(text.contains("| Time to acknowledge | 3m | from the opening until"), "{text}");
        assert!(text.contains("by the rule cms-latency (`rules/cms.toml`:3)"), "{text}");
        assert!(text.contains("Woken: ana, ben (2 calls)"), "{text}");
        for hostile in ["<img", "<b>", "[prod](http", "\n# not a heading", "@channel", "*slow*"] {
            assert!(!text.contains(hostile), "{hostile}: {text}");
        }
        assert!(text.contains("cms is \\*slow\\* in \\[prod\\]\\(http:&#47;/evil\\)"), "{text}");
    }
}
