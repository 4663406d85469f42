//! Silences as Alertmanager's API v2 writes them, so that `amtool` and dashboards work unchanged.
//!
//! The definitions are those of
//! <https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml>; `repeats` is ours,
//! and left out where a silence has none.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize, Serializer};

use super::one::{Bad, Silence, State};
use crate::domain::matcher::{Matcher, Matchers, Op};
use crate::domain::noise::interval::Recurrence;

/// One matcher, in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MatcherParts {
    /// Whether the label must be like the value. Clients from before 0.22 leave it out.
    #[serde(default = "yes")]
    pub is_equal: bool,
    /// Whether the value is a regex.
    pub is_regex: bool,
    /// The label.
    pub name: CompactString,
    /// The value or regex.
    pub value: CompactString,
}

/// What a client posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostableSilence {
    /// The silence to change; none or empty for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CompactString>,
    /// Why.
    pub comment: String,
    /// Who.
    pub created_by: CompactString,
    /// Until when.
    #[serde(serialize_with = "millis")]
    pub ends_at: DateTime<Utc>,
    /// What it holds.
    pub matchers: Vec<MatcherParts>,
    /// From when on.
    #[serde(serialize_with = "millis")]
    pub starts_at: DateTime<Utc>,
    /// The times at which it holds. Alertmanager has no such field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Recurrence>,
}

/// What a client gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GettableSilence {
    /// Its id.
    pub id: CompactString,
    /// How it stands.
    pub status: Status,
    /// When it was last changed.
    #[serde(serialize_with = "millis")]
    pub updated_at: DateTime<Utc>,
    /// Why.
    pub comment: String,
    /// Who.
    pub created_by: CompactString,
    /// Until when.
    #[serde(serialize_with = "millis")]
    pub ends_at: DateTime<Utc>,
    /// What it holds.
    pub matchers: Vec<MatcherParts>,
    /// From when on.
    #[serde(serialize_with = "millis")]
    pub starts_at: DateTime<Utc>,
    /// The times at which it holds. Alertmanager has no such field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Recurrence>,
}

/// How a silence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// In one word.
    pub state: State,
}

impl GettableSilence {
    /// A silence as it is shown at `now`.
    #[must_use]
    pub fn new(silence: &Silence, now: DateTime<Utc>) -> Self {
        Self {
            id: silence.id.clone(),
            status: Status { state: silence.state(now) },
            updated_at: silence.updated_at,
            comment: silence.comment.clone(),
            created_by: silence.created_by.clone(),
            ends_at: silence.ends_at,
            matchers: silence.matchers.iter().map(MatcherParts::from).collect(),
            starts_at: silence.starts_at,
            repeats: silence.repeats.clone(),
        }
    }
}

impl PostableSilence {
    /// The silence that is wished for, valid at `now`. It has the posted id or none: the caller
    /// goes on with [`super::plan_update`] or [`Silence::created`].
    ///
    /// # Errors
    /// The first thing that is wrong, in Alertmanager's words.
    pub fn into_silence(self, now: DateTime<Utc>) -> Result<Silence, Bad> {
        let matchers = self.matchers.into_iter().enumerate().map(|(index, parts)| {
            parts.compile().map_err(|bad| Bad::Matcher { index, why: bad.message })
        });
        let matchers = Matchers::new(matchers.collect::<Result<_, _>>()?).map_err(|bad| {
            Bad::Matcher { index: crate::domain::matcher::MAX_MATCHERS, why: bad.message }
        })?;
        let silence = Silence {
            id: self.id.unwrap_or_default(),
            matchers,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            created_by: self.created_by,
            comment: self.comment,
            updated_at: now,
            repeats: self.repeats,
        };
        silence.validate(now)?;
        Ok(silence)
    }
}

impl MatcherParts {
    /// The matcher that these parts make.
    ///
    /// # Errors
    /// When the name is empty or the regex does not compile.
    pub fn compile(self) -> Result<Matcher, crate::domain::matcher::Bad> {
        let op = match (self.is_regex, self.is_equal) {
            (false, true) => Op::Equal,
            (false, false) => Op::NotEqual,
            (true, true) => Op::Match,
            (true, false) => Op::NotMatch,
        };
        Matcher::new(self.name, op, self.value)
    }
}

impl From<&Matcher> for MatcherParts {
    fn from(matcher: &Matcher) -> Self {
        Self {
            is_equal: matcher.op().is_positive(),
            is_regex: matcher.op().is_regex(),
            name: matcher.name().clone(),
            value: matcher.value().clone(),
        }
    }
}

fn yes() -> bool {
    true
}

/// Times with three decimals and a `Z`, as Alertmanager's `strfmt.DateTime` writes them.
fn millis<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
}
