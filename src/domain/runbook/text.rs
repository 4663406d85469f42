//! Texts with places for parameters: `systemctl restart {{ service }}`.

use std::collections::BTreeMap;
use std::ops::Range;

/// The values of a run's parameters, by name.
pub type Values = BTreeMap<String, String>;

/// A text with places in it. A place takes a value as it is: nothing in the value is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Place(String),
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
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(is_name) {
                let fault = format!("`{name}` is not the name of a parameter");
                return Err((start..end, fault));
            }
            if !before.is_empty() {
                pieces.push(Piece::Fixed(before.to_owned()));
            }
            pieces.push(Piece::Place(name.to_owned()));
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
            Piece::Place(name) => Some(name.as_str()),
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
                Piece::Place(name) => {
                    let value = values.get(name);
                    filled.push_str(value.ok_or_else(|| format!("`{name}` has no value"))?);
                }
            }
        }
        Ok(filled)
    }
}
