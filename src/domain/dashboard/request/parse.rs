//! Reads the words behind `graph`.

use std::iter::Peekable;
use std::slice::Iter;

use chrono::TimeDelta;

use super::moment::{Moment, length};
use super::{HEIGHT_MAX, HEIGHT_MIN, RANGE_MAX, RANGE_MIN, TOP_MAX, WIDTH_MAX, WIDTH_MIN};
use super::{Request, Span};
use crate::domain::chart::Theme;
use crate::domain::commands::{Word, words};
use crate::domain::dashboard::Bad;
use crate::domain::duration;

/// How far around a moment is shown when nobody says.
const AROUND: TimeDelta = TimeDelta::minutes(15);
/// Keys that are ours; any other is an argument of the graph.
const KEYS: [&str; 15] = [
    "q", "query", "source", "tz", "width", "height", "theme", "top", "vs", "last", "range", "from",
    "to", "since", "around",
];
/// Keys that hubot-grafana knew and that mean nothing here.
const FOREIGN: [&str; 3] = ["kiosk", "orgid", "apiendpoint"];
/// Bytes of one word: longer ones are no names.
const WORD_BYTES_MAX: usize = 4096;
/// Words of one request.
const WORDS_MAX: usize = 64;

/// Whether a key is not an argument's.
pub(in crate::domain::dashboard) fn is_reserved(key: &str) -> bool {
    let small = key.to_ascii_lowercase();
    KEYS.contains(&small.as_str()) || FOREIGN.contains(&small.as_str()) || small.starts_with("var-")
}

impl Request {
    /// Reads the words behind `graph`.
    ///
    /// # Errors
    /// What is wrong, and what to type instead.
    pub fn parse(words: &[Word]) -> Result<Self, Bad> {
        if words.len() > WORDS_MAX || words.iter().any(|word| word.text.len() > WORD_BYTES_MAX) {
            return Err(Bad::new("That is too long to be a graph's name and arguments."));
        }
        let rest = words.iter().peekable();
        let mut reader = Reader { rest, request: Self::default(), from: None, to: None };
        while let Some(word) = reader.rest.next() {
            reader.take(word)?;
        }
        reader.end()
    }

    /// Reads a line, with or without `graph` before it.
    ///
    /// # Errors
    /// As [`Request::parse`], or when a quote is not closed.
    pub fn read(line: &str) -> Result<Self, Bad> {
        let words =
            words(line).map_err(|open| Bad::new(format!("{}.", capital(&open.to_string()))))?;
        let is_verb = |word: &Word| {
            let verbs = ["graph", "graf", "grafana"];
            !word.is_quoted && word.key.is_none() && verbs.contains(&word.text.as_str())
        };
        match words.split_first() {
            Some((first, rest)) if is_verb(first) => Self::parse(rest),
            _ => Self::parse(&words),
        }
    }
}

struct Reader<'a> {
    rest: Peekable<Iter<'a, Word>>,
    request: Request,
    from: Option<Moment>,
    to: Option<Moment>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, word: &'a Word) -> Result<(), Bad> {
        if let Some(key) = &word.key {
            return self.keyed(key, &word.text);
        }
        let small = word.text.to_ascii_lowercase();
        if word.is_quoted {
            self.request.words.push(word.text.clone());
            return Ok(());
        }
        match small.as_str() {
            "last" | "past" if self.next_is(|text| length(text).is_some()) => {
                let text = self.next("last", "last 6h")?;
                self.last(text)
            }
            "from" => {
                let text = self.next("from", "from 14:00 to 15:30")?;
                self.from = Some(moment(text)?);
                if self.next_is(|text| matches!(text, "to" | "until" | "-")) {
                    self.rest.next();
                    let text = self.next("to", "from 14:00 to 15:30")?;
                    self.to = Some(moment(text)?);
                }
                Ok(())
            }
            "since" => {
                let text = self.next("since", "since 14:30")?;
                self.span(Span::Since(moment(text)?))
            }
            "around" => {
                let text = self.next("around", "around 14:30 15m")?;
                let at = moment(text)?;
                let text =
                    self.rest.next_if(|word| plain(word).is_some_and(|w| length(w).is_some()));
                let length = text.map_or(Ok(AROUND), |word| range(&word.text))?;
                self.span(Span::Around(at, length))
            }
            "incident" => self.span(Span::Incident),
            "vs" | "versus" => {
                let text = self.next("vs", "vs 1d")?;
                self.versus(text)
            }
            "top" if self.next_is(|text| text.parse::<usize>().is_ok()) => {
                let text = self.next("top", "top 5")?;
                self.top(text)
            }
            "kiosk" => Ok(()),
            _ => self.bare(word, &small),
        }
    }

    /// A word that is no keyword: a length of time, one of Grafana's moments, or a name.
    fn bare(&mut self, word: &Word, small: &str) -> Result<(), Bad> {
        if small == "now" || small.starts_with("now-") {
            let slot = if self.from.is_none() { &mut self.from } else { &mut self.to };
            if slot.is_some() {
                return Err(twice("the time"));
            }
            *slot = Some(moment(small)?);
            return Ok(());
        }
        if let Some(rest) = small.strip_prefix('-')
            && length(rest).is_some()
        {
            let why = format!("A range cannot be negative: {rest} is the time before now.");
            return Err(Bad::new(why));
        }
        if length(small).is_some() {
            return self.last(small);
        }
        self.request.words.push(word.text.clone());
        Ok(())
    }

    fn keyed(&mut self, key: &str, text: &str) -> Result<(), Bad> {
        let small = key.to_ascii_lowercase();
        match small.as_str() {
            "q" | "query" => once(&mut self.request.query, text.to_owned(), key),
            "source" => once(&mut self.request.source, text.to_owned(), key),
            "tz" => {
                let zone = text.parse().map_err(|_| {
                    Bad::new(format!("tz={text} is no time zone: write it like tz=Europe/Berlin."))
                })?;
                once(&mut self.request.zone, zone, key)
            }
            "theme" => once(&mut self.request.wish.theme, theme(text)?, key),
            "width" => {
                let pixels = within(key, text, WIDTH_MIN, WIDTH_MAX)?;
                once(&mut self.request.wish.width, pixels, key)
            }
            "height" => {
                let pixels = within(key, text, HEIGHT_MIN, HEIGHT_MAX)?;
                once(&mut self.request.wish.height, pixels, key)
            }
            "top" => self.top(text),
            "vs" => self.versus(text),
            "last" | "range" => self.last(text),
            "from" => once(&mut self.from, moment(text)?, key),
            "to" => once(&mut self.to, moment(text)?, key),
            "since" => self.span(Span::Since(moment(text)?)),
            "around" => self.span(Span::Around(moment(text)?, AROUND)),
            _ if FOREIGN.contains(&small.as_str()) => Err(Bad::new(format!(
                "{key}= belongs to Grafana and means nothing here: leave it out."
            ))),
            _ => {
                let name = key.strip_prefix("var-").unwrap_or(key);
                match self.request.named.insert(name.to_owned(), text.to_owned()) {
                    None => Ok(()),
                    Some(_) => Err(twice(name)),
                }
            }
        }
    }

    fn next_is(&mut self, is: impl Fn(&str) -> bool) -> bool {
        let next = self.rest.peek().and_then(|word| plain(word));
        next.is_some_and(|text| is(&text.to_ascii_lowercase()))
    }

    fn next(&mut self, keyword: &str, example: &str) -> Result<&'a str, Bad> {
        let next = self.rest.next().filter(|word| word.key.is_none());
        next.map(|word| word.text.as_str())
            .ok_or_else(|| Bad::new(format!("`{keyword}` needs a time behind it: {example}.")))
    }

    fn last(&mut self, text: &str) -> Result<(), Bad> {
        self.span(Span::Last(range(text)?))
    }

    fn span(&mut self, span: Span) -> Result<(), Bad> {
        once(&mut self.request.span, span, "the time")
    }

    fn versus(&mut self, text: &str) -> Result<(), Bad> {
        let ago = match text {
            "yesterday" => TimeDelta::days(1),
            text => range(text)?,
        };
        once(&mut self.request.versus, ago, "vs")
    }

    fn top(&mut self, text: &str) -> Result<(), Bad> {
        let most = within("top", text, 1, TOP_MAX)?;
        once(&mut self.request.top, most, "top")
    }

    fn end(mut self) -> Result<Request, Bad> {
        match (self.from, self.to) {
            (None, None) => {}
            (Some(Moment::Ago(ago)), None | Some(Moment::Now)) => {
                let length = checked(ago, &duration::format(ago))?;
                self.span(Span::Last(length))?;
            }
            (Some(from), to) => self.span(Span::Between(from, to.unwrap_or(Moment::Now)))?,
            (None, Some(_)) => {
                return Err(Bad::new("`to` needs a `from` before it: from 14:00 to 15:30."));
            }
        }
        Ok(self.request)
    }
}

fn plain(word: &Word) -> Option<&str> {
    (word.key.is_none() && !word.is_quoted).then_some(word.text.as_str())
}

fn once<T>(slot: &mut Option<T>, value: T, what: &str) -> Result<(), Bad> {
    if slot.replace(value).is_some() { Err(twice(what)) } else { Ok(()) }
}

fn twice(what: &str) -> Bad {
    Bad::new(format!("{} is said twice: say it once.", capital(what)))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn moment(text: &str) -> Result<Moment, Bad> {
    Moment::parse(text).ok_or_else(|| {
        Bad::new(format!(
            "`{text}` is no moment: write it like 14:30, 2026-11-21T14:30, -2h or now."
        ))
    })
}

/// A length of time that a graph can cover.
fn range(text: &str) -> Result<TimeDelta, Bad> {
    if text.starts_with('-') {
        return Err(Bad::new("A range cannot be negative: write 1h for the last hour."));
    }
    let length = length(&text.to_ascii_lowercase()).ok_or_else(|| {
        Bad::new(format!("`{text}` is no length of time: write it like 90s, 15m, 6h or 2d."))
    })?;
    checked(length, text)
}

fn checked(length: TimeDelta, text: &str) -> Result<TimeDelta, Bad> {
    if length < RANGE_MIN {
        return Err(Bad::new(format!(
            "{text} is too short to be drawn: the shortest range is 1s."
        )));
    }
    if length > RANGE_MAX {
        return Err(Bad::new(format!(
            "{text} is too long to be drawn: the longest range is a year."
        )));
    }
    Ok(length)
}

fn theme(text: &str) -> Result<Theme, Bad> {
    match text {
        "light" => Ok(Theme::Light),
        "dark" => Ok(Theme::Dark),
        _ => Err(Bad::new(format!("There is no theme `{text}`: say theme=light or theme=dark."))),
    }
}

fn within<T>(what: &str, text: &str, least: T, most: T) -> Result<T, Bad>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display + Copy,
{
    match text.parse::<T>() {
        Ok(number) if number >= least && number <= most => Ok(number),
        _ => {
            Err(Bad::new(format!("{what} must be a number from {least} to {most}, not `{text}`.")))
        }
    }
}
