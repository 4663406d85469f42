//! Texts with places for parameters: `systemctl restart {{ service }}`.

use std::collections::BTreeMap;
use std::ops::Range;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// The values of a run's parameters, by name; outputs of steps as `steps.build.number`.
pub type Values = BTreeMap<String, String>;

/// A text with places in it. A place takes a value as it is: nothing in the value is read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Piece {
    Fixed(String),
    Place { place: String },
}

/// What stands in a field of an action, with places that are still to be filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blank {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(Text),
    /// Texts in their order: the words of a command.
    List(Vec<Text>),
    /// Texts by name.
    Map(BTreeMap<String, Text>),
}

/// The fields of an action, by name.
pub type Blanks = BTreeMap<CompactString, Blank>;

impl Blank {
    /// Its texts.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        let (one, list, map) = match self {
            Self::Flag(_) | Self::Number(_) => (None, None, None),
            Self::Text(text) => (Some(text), None, None),
            Self::List(texts) => (None, Some(texts), None),
            Self::Map(texts) => (None, None, Some(texts)),
        };
        let list = list.into_iter().flatten();
        one.into_iter().chain(list).chain(map.into_iter().flat_map(BTreeMap::values))
    }

    /// The same with the values that are known in their places; the other places stay.
    #[must_use]
    pub fn with(&self, values: &Values) -> Self {
        match self {
            Self::Flag(flag) => Self::Flag(*flag),
            Self::Number(number) => Self::Number(*number),
            Self::Text(text) => Self::Text(text.with(values)),
            Self::List(texts) => Self::List(texts.iter().map(|text| text.with(values)).collect()),
            Self::Map(texts) => Self::Map(
                texts.iter().map(|(name, text)| (name.clone(), text.with(values))).collect(),
            ),
        }
    }
}

impl Text {
    /// Reads a text; the mistake's span is bytes of it.
    ///
    /// # Errors
    /// When a place is not closed, or holds anything but a name.
    pub fn parse(text: &str) -> Result<Self, (Range<usize>, String)> {
        let (mut pieces, mut rest, mut at) = (Vec::new(), text, 0);
        while let Some((before, open)) = rest.split_once("{{") {
            let start = at + before.len();
            let Some((name, after)) = open.split_once("}}") else {
                return Err((start..text.len(), "`{{` is not closed by `}}`".to_owned()));
            };
            let end = start + name.len() + 4;
            let name = name.trim();
            let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
            if name.is_empty() || !name.chars().all(is_name) {
                let fault = format!("`{name}` is not the name of a parameter");
                return Err((start..end, fault));
            }
            if !before.is_empty() {
                pieces.push(Piece::Fixed(before.to_owned()));
            }
            pieces.push(Piece::Place { place: name.to_owned() });
            (rest, at) = (after, end);
        }
        if !rest.is_empty() {
            pieces.push(Piece::Fixed(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The names of its places.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Place { place } => Some(place.as_str()),
            Piece::Fixed(_) => None,
        })
    }

    /// The text with the values in its places.
    ///
    /// # Errors
    /// With the name of a parameter that has no value.
    pub fn fill(&self, values: &Values) -> Result<String, String> {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Fixed(text) => filled.push_str(text),
                Piece::Place { place } => {
                    let value = values.get(place);
                    filled.push_str(value.ok_or_else(|| format!("`{place}` has no value"))?);
                }
            }
        }
        Ok(filled)
    }

    /// The same with the values that are known in their places. A value becomes fixed text: it is
    /// never read again.
    #[must_use]
    pub fn with(&self, values: &Values) -> Self {
        let filled = self.0.iter().map(|piece| match piece {
            Piece::Place { place } => {
                values.get(place).map_or_else(|| piece.clone(), |value| Piece::Fixed(value.clone()))
            }
            Piece::Fixed(_) => piece.clone(),
        });
        Self(filled.collect())
    }

    /// As people read it: places that are still open stand as they were written.
    #[must_use]
    pub fn shown(&self) -> String {
        let show = |piece: &Piece| match piece {
            Piece::Fixed(text) => text.clone(),
            Piece::Place { place } => format!("{{{{ {place} }}}}"),
        };
        self.0.iter().map(show).collect()
    }

    /// Whether a place begins the text: what it takes could be an option.
    #[must_use]
    pub fn begins_with_place(&self) -> bool {
        matches!(self.0.first(), Some(Piece::Place { .. }))
    }
}
