//! A picture in words, for those who do not see it.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::{Chart, Limit, MarkerKind, Series, Standing};
use crate::domain::messages::graph as say;

/// Longer texts are cut by chats, and nobody listens to the end.
const LETTERS_MAX: usize = 1000;
/// A name takes at most this many letters, so that one hostile label hides no other line.
const NAME_LETTERS_MAX: usize = 80;

impl Chart {
    /// What the picture shows: what, when, each line's last, smallest and largest value, and
    /// whether it is above a limit, and since when. At most 1000 letters, in one paragraph.
    #[must_use]
    pub fn alt_text(&self) -> String {
        let mut text = format!(
            "{}: {}, {}.",
            clean(&self.title),
            clean(&self.command),
            say::range(self.from, self.to, chrono_tz::UTC)
        );
        if self.series.iter().all(|series| series.last().is_none()) {
            push(&mut text, &format!(" {}.", say::nothing(self)));
        }
        self.tell_limits(&mut text);
        let left = self.tell_series(&mut text);
        for marker in &self.markers {
            let label = clean(&marker.label);
            push(
                &mut text,
                &format!(" {} at {}: {label}.", capital(marker.kind), clock(marker.at)),
            );
        }
        if let Some(missing) = say::not_drawn(self) {
            push(&mut text, &format!(" {missing}."));
        }
        for note in &self.notes {
            push(&mut text, &format!(" {}.", clean(note)));
        }
        let untold = self.hidden.saturating_add(left);
        if untold > 0 {
            push(&mut text, &format!(" {}.", say::more(untold)));
        }
        text
    }

    /// Says the lines until the text is full; gives how many it did not say.
    fn tell_series(&self, text: &mut String) -> usize {
        // Room for what follows.
        const FULL: usize = LETTERS_MAX - 200;
        let mut left = 0;
        for series in &self.series {
            let sentence = self.numbers(series);
            if text.chars().count() + sentence.chars().count() > FULL {
                left += 1;
            } else {
                text.push_str(&sentence);
            }
        }
        left
    }

    fn numbers(&self, series: &Series) -> String {
        let name = clean(&series.name);
        let (Some(last), Some(min), Some(max)) = (series.last(), series.min(), series.max()) else {
            return format!(" {name}: no numbers.");
        };
        let span = max - min;
        let [last, min, max] = [last, min, max].map(|value| self.unit.format_within(value, span));
        format!(" {name}: last {last}, min {min}, max {max}.")
    }

    fn tell_limits(&self, text: &mut String) {
        for limit in &self.limits {
            let head = format!("{} {}", clean(&limit.label), self.unit.format(limit.value));
            let mut found = String::new();
            for series in self.series.iter().filter(|series| !series.is_past) {
                tell_standing(&mut found, limit, series);
            }
            if found.is_empty() {
                found.push_str(" nothing is above");
            }
            push(text, &format!(" {head}:{}.", found.trim_end_matches(',')));
        }
    }
}

fn tell_standing(text: &mut String, limit: &Limit, series: &Series) {
    let standing = match limit.standing(series) {
        Standing::Never => return,
        Standing::Until(at) => format!("was above until {}", moment(at)),
        Standing::Since(at) => format!("is above since {}", moment(at)),
        Standing::Always => "is above all the time".to_owned(),
    };
    // Many lines above one limit are said by the first few.
    if text.len() < LETTERS_MAX / 4 {
        // Writing to a string does not fail.
        write!(text, " {} {standing},", clean(&series.name)).ok();
    }
}

fn moment(at: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(at).map_or_else(|| at.to_string(), clock)
}

fn clock(at: DateTime<Utc>) -> String {
    at.format("%H:%M UTC").to_string()
}

fn capital(kind: MarkerKind) -> &'static str {
    match kind {
        MarkerKind::Alert => "Alert",
        MarkerKind::Cleared => "Cleared",
        MarkerKind::Deploy => "Deploy",
        MarkerKind::Fix => "Fix",
    }
}

/// Adds a sentence if there is room for all of it.
fn push(text: &mut String, sentence: &str) {
    if text.chars().count() + sentence.chars().count() <= LETTERS_MAX {
        text.push_str(sentence);
    }
}

/// A label as one short piece of plain text: no line ends, no invisible marks.
fn clean(text: &str) -> String {
    let seen = text.chars().filter(|c| !super::is_invisible(*c));
    let mut short: String = seen.take(NAME_LETTERS_MAX).collect();
    if text.chars().count() > NAME_LETTERS_MAX {
        short.push('…');
    }
    short
}

impl MarkerKind {
    /// Its word in pictures and texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Cleared => "cleared",
            Self::Deploy => "deploy",
            Self::Fix => "fix",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Limit, Marker, Point, examples};
    use super::*;

    #[test]
    fn a_chart_is_told_in_one_paragraph() {
        let mut chart = examples::chart();
        chart.series = vec![line("p99", &[0.2, 0.7, 0.9]), line("p50", &[0.1, 0.1, 0.2])];
        chart.limits = vec![Limit { value: 0.5, label: "SLO".to_owned() }];
        chart.markers =
            vec![Marker { at: chart.from, kind: MarkerKind::Deploy, label: "cms 1.2".to_owned() }];
        chart.notes = vec!["cut at 1000 series".to_owned()];
        chart.hidden = 90;
        insta::assert_snapshot!(chart.alt_text(), @"cms latency: graph latency cms 1h, 21 Nov 2026, 12:00 to 13:00 UTC. SLO 500 ms: p99 is above since 12:00 UTC. p99: last 900 ms, min 200 ms, max 900 ms. p50: last 200 ms, min 100 ms, max 200 ms. Deploy at 12:00 UTC: cms 1.2. cut at 1000 series. There are 90 more lines.");
    }

    #[test]
    fn an_empty_chart_says_so() {
        insta::assert_snapshot!(examples::chart().alt_text(), @"cms latency: graph latency cms 1h, 21 Nov 2026, 12:00 to 13:00 UTC. No data for this query in this time.");
    }

    #[test]
    fn hostile_names_do_not_break_the_bound() {
        let mut chart = examples::chart();
        let name = "\u{202e}<b>@channel</b>\n".repeat(1000);
        chart.title.clone_from(&name);
        chart.series = (0..50).map(|_| line(&name, &[1.0])).collect();
        chart.limits = vec![Limit { value: 0.5, label: name }];
        let text = chart.alt_text();
        assert!(text.chars().count() <= LETTERS_MAX, "{}", text.chars().count());
        assert!(!text.contains(['\n', '\u{202e}']));
        assert!(text.contains("more"), "{text}");
    }

    fn line(name: &str, values: &[f64]) -> Series {
        let from = examples::chart().from.timestamp_millis();
        let points = values.iter().zip(0..);
        let points = points.map(|(value, at)| Point { at: from + at * 15_000, value: *value });
        Series { name: name.to_owned(), points: points.collect(), ..Series::default() }
    }
}
