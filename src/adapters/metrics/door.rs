//! What every source of numbers over HTTP shares: its name, its limits, and its trouble in words.

use std::time::Duration;

use compact_str::CompactString;
use reqwest::{RequestBuilder, Response};

use super::Trouble;
use crate::adapters::api::{self, Api, Miss, Options};
use crate::adapters::failure::Failure;
use crate::domain::alert::Labels;
use crate::domain::line::cut;

/// How many series an answer holds at most: more are a grey area, not a graph.
pub(super) const SERIES_MAX: usize = 1_000;
/// Points of one series: Prometheus' own limit, `maximum resolution of 11,000 points per timeseries`
/// (web/api/v1/api.go), and ten times the pixels of a graph.
pub(super) const POINTS_MAX: i32 = 11_000;
/// Characters of a label's value; what is longer is some payload in the wrong place.
pub(super) const VALUE_CHARACTERS: usize = 1_024;
/// Notes of one answer: they stand below a graph.
const NOTES_MAX: usize = 5;
/// Values of one label: a list to choose from.
pub(super) const VALUES_MAX: usize = 10_000;

/// A source's name and API.
#[derive(Debug)]
pub(super) struct Door {
    name: String,
    pub(super) api: Api,
}

impl Door {
    pub(super) fn new(name: &str, options: Options) -> Result<Self, Failure> {
        Ok(Self { name: name.to_owned(), api: Api::new(options)? })
    }

    pub(super) async fn fetch(&self, request: RequestBuilder) -> Result<Vec<u8>, Miss> {
        self.api.fetch(request).await
    }

    pub(super) async fn read(&self, response: Response) -> Result<Vec<u8>, Miss> {
        self.api.read(response).await
    }

    /// A miss that says nothing of the question.
    pub(super) fn trouble(&self, miss: &Miss) -> Trouble {
        let why = miss.told(self.api.timeout());
        match miss {
            Miss::Away(_) => self.away(why),
            Miss::Slow => self.slow(),
            Miss::TooMuch => Trouble::TooMuch {
                source_name: self.name.clone(),
                most: format!("{} MiB", api::BYTES_MAX >> 20),
            },
            Miss::Status(status, _) if status.is_redirection() => self.garbled(why),
            Miss::Status(status, _) if status.is_client_error() => self.refused(why),
            Miss::Status(..) => self.away(why),
        }
    }

    pub(super) fn away(&self, why: String) -> Trouble {
        Trouble::Away { source_name: self.name.clone(), why }
    }

    pub(super) fn slow(&self) -> Trouble {
        let seconds = self.api.timeout().max(Duration::from_secs(1)).as_secs();
        Trouble::Slow { source_name: self.name.clone(), seconds }
    }

    pub(super) fn refused(&self, why: String) -> Trouble {
        Trouble::Refused { source_name: self.name.clone(), why }
    }

    pub(super) fn garbled(&self, why: String) -> Trouble {
        Trouble::Garbled { source_name: self.name.clone(), why }
    }

    /// What the source says beside the numbers, fit to stand below a graph.
    pub(super) fn notes(&self, notes: &[String]) -> Vec<String> {
        let mut shown: Vec<String> =
            notes.iter().take(NOTES_MAX).map(|note| self.api.words(note)).collect();
        if notes.len() > NOTES_MAX {
            shown.push(format!("and {} more remarks of the source", notes.len() - NOTES_MAX));
        }
        shown
    }
}

/// Labels with names and values that are not too long to be shown.
pub(super) fn clipped(labels: Labels) -> Labels {
    let clip = |text: CompactString| {
        if text.len() <= VALUE_CHARACTERS { text } else { cut(&text, VALUE_CHARACTERS).into() }
    };
    labels.into_iter().map(|(name, value)| (clip(name), clip(value))).collect()
}

/// A series as Prometheus writes it: `http_requests_total{job="shop", path="/"}`.
pub(super) fn named(labels: &Labels) -> String {
    let metric = labels.get("__name__").map_or("", CompactString::as_str);
    let pairs: Vec<String> = labels
        .iter()
        .filter(|(name, _)| *name != "__name__")
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    match pairs.as_slice() {
        [] if !metric.is_empty() => metric.to_owned(),
        _ => format!("{metric}{{{}}}", pairs.join(", ")),
    }
}

/// What a reader must know when not every series is shown.
pub(super) fn cut_note(kept: usize, total: usize) -> Option<String> {
    (total > kept).then(|| format!("cut at {kept} of {total} series"))
}

/// Milliseconds since 1970 of a time in seconds; a time before that, or none, is no time.
pub(super) fn millis(seconds: f64) -> Option<i64> {
    // Half a millisecond more, so that what a float cannot hold exactly is not cut to the one before.
    let time = Duration::try_from_secs_f64(seconds + 0.000_5).ok()?;
    i64::try_from(time.as_millis()).ok()
}
