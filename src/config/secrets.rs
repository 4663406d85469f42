//! Values that must not be shown: given as they are, or in a file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::domain::diagnostic::Diagnostic;
use crate::domain::files::{Fields, text};
use crate::domain::secret::Secret;

/// Bytes of a secret's file: a key of 16,384 bits takes 12 KiB.
const FILE_MAX: u64 = 64 * 1024;

/// A secret, or the file that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The secret itself, best from the environment.
    Value(Secret),
    /// The file that holds it; its last line end is no part of it.
    File(PathBuf),
}

impl Held {
    /// The secret. A file is read anew each time, so that it can be changed without a restart.
    ///
    /// # Errors
    /// When the file cannot be read or is too large for a secret.
    pub fn read(&self) -> io::Result<Secret> {
        match self {
            Self::Value(secret) => Ok(secret.clone()),
            Self::File(path) if std::fs::metadata(path)?.len() > FILE_MAX => {
                Err(io::Error::other(format!("a secret has at most {FILE_MAX} bytes")))
            }
            Self::File(path) => std::fs::read_to_string(path).map(|text| Secret::new(&text)),
        }
    }
}

/// An address that may hold a password, such as a brain's: it prints without its user part.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Takes an address as it is written.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The whole address, for the connection alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What stands before the first colon.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_once("://").zip(self.0.rsplit_once('@')) {
            Some(((scheme, _), (_, host))) => write!(f, "{scheme}://***@{host}"),
            None => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Reads `key` or `key_file`, of which at most one may be given.
pub(super) fn held(
    fields: &mut Fields<'_>,
    key: &'static str,
    key_file: &'static str,
) -> Option<Held> {
    let value = fields.optional(key, text);
    let file_place = fields.node(key_file).map(|node| node.place.clone());
    let file = fields.optional(key_file, text);
    if let (Some(_), Some(place)) = (&value, &file_place) {
        let fault = format!("`{key}` and `{key_file}` are both given");
        fields.out.push(Diagnostic::error(place, fault).label("leave one out"));
    }
    value
        .map(|value| Held::Value(Secret::new(&value)))
        .or_else(|| file.map(|file| Held::File(file.into())))
}

/// As [`held`], where one of the two must be given.
pub(super) fn required(
    fields: &mut Fields<'_>,
    key: &'static str,
    key_file: &'static str,
) -> Option<Held> {
    let held = held(fields, key, key_file);
    if held.is_none() {
        let fault = format!("`{key}` or `{key_file}` must be given");
        fields.out.push(Diagnostic::error(fields.place(), fault).label("no secret here"));
    }
    held
}
