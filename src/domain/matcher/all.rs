//! A list of matchers, all of which must hold.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::bad::Bad;
use super::grammar;
use super::one::Matcher;
use crate::domain::alert::Labels;

/// The most matchers in one list. People write up to ten; each costs a comparison an alert.
pub const MAX_MATCHERS: usize = 64;

/// The longest text of matchers, in bytes, as long as the longest label value that ingestion takes.
pub const MAX_TEXT: usize = 16 * 1024;

/// Conditions on labels that must all hold; a label that is missing has the empty value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matchers(Vec<Matcher>);

impl Matchers {
    /// A list made of matchers that exist already; an empty one matches everything.
    ///
    /// # Errors
    /// When there are more than [`MAX_MATCHERS`].
    pub fn new(matchers: Vec<Matcher>) -> Result<Self, Bad> {
        if matchers.len() > MAX_MATCHERS {
            return Err(Bad::new(format!("there are more than {MAX_MATCHERS} matchers"), 0..0));
        }
        Ok(Self(matchers))
    }

    /// Reads matchers, and refuses an empty list, which would match everything.
    ///
    /// # Errors
    /// When the text has a mistake, or no matcher.
    pub fn parse(text: &str) -> Result<Self, Bad> {
        let matchers = Self::parse_or_empty(text)?;
        if matchers.is_empty() {
            return Err(Bad::new(
                "there is no matcher here, which would match everything",
                0..text.len(),
            )
            .help("write at least one, such as severity=\"critical\""));
        }
        Ok(matchers)
    }

    /// Reads matchers; an empty text and `{}` match everything.
    ///
    /// # Errors
    /// When the text has a mistake.
    pub fn parse_or_empty(text: &str) -> Result<Self, Bad> {
        if text.len() > MAX_TEXT {
            let most = (0..=MAX_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            return Err(Bad::new(
                format!("matchers may not be longer than {MAX_TEXT} bytes"),
                most..text.len(),
            ));
        }
        grammar::parse(text).map(Self)
    }

    /// Whether all hold for these labels.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|matcher| {
            matcher.matches_value(labels.get(matcher.name()).map_or("", CompactString::as_str))
        })
    }

    /// Whether an alert without any of the named labels matches: true for the empty list.
    #[must_use]
    pub fn match_nothing_named(&self) -> bool {
        self.0.iter().all(|matcher| matcher.matches_value(""))
    }

    /// The matchers in the order in which they were written.
    pub fn iter(&self) -> std::slice::Iter<'_, Matcher> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none, so that everything matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Matchers {
    type Item = &'a Matcher;
    type IntoIter = std::slice::Iter<'a, Matcher>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl std::str::FromStr for Matchers {
    type Err = Bad;

    fn from_str(text: &str) -> Result<Self, Bad> {
        Self::parse(text)
    }
}

/// The canonical text: every value quoted, one space after each comma, `{}` for the empty list.
impl fmt::Display for Matchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("{}");
        }
        for (index, matcher) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{matcher}")?;
        }
        Ok(())
    }
}

impl Serialize for Matchers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Refuses the empty text; `{}` is read, because it is what an empty list is written as.
impl<'de> Deserialize<'de> for Matchers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let read = if text == "{}" { Self::parse_or_empty(&text) } else { Self::parse(&text) };
        read.map_err(|bad| {
            let help = bad.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            serde::de::Error::custom(format!("{bad} at byte {}{help}", bad.span.start))
        })
    }
}

impl schemars::JsonSchema for Matchers {
    fn schema_name() -> Cow<'static, str> {
        "Matchers".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "Alertmanager matchers, all of which must hold: a=\"b\", c=~\"d|e\".",
            "maxLength": MAX_TEXT,
        })
    }
}
