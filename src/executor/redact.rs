//! Takes secrets out of what leaves the executor: those it was given, and what looks like one.

use crate::domain::line;
use crate::domain::secret::Secret;

/// Shorter values than this are words that turn up everywhere.
const SECRET_BYTES_MIN: usize = 4;

/// The secrets that an executor knows.
#[derive(Clone, Default)]
pub struct Redactor {
    /// The longest first: one may be a part of another.
    secrets: Vec<Secret>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor of {} secrets", self.secrets.len())
    }
}

impl Redactor {
    /// Knows these; a secret of several lines is known by each line.
    #[must_use]
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut known: Vec<Secret> = secrets
            .into_iter()
            .flat_map(|secret| {
                secret.reveal().lines().map(|line| Secret::new(line.trim())).collect::<Vec<_>>()
            })
            .filter(|secret| secret.reveal().len() >= SECRET_BYTES_MIN)
            .collect();
        known.sort_by_key(|secret| std::cmp::Reverse(secret.reveal().len()));
        Self { secrets: known }
    }

    /// One line, fit to be stored and shown.
    #[must_use]
    pub fn line(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.secrets.iter().filter(|secret| !secret.reveal().is_empty()) {
            if text.contains(secret.reveal()) {
                text = text.replace(secret.reveal(), "***");
            }
        }
        line::shown(&text)
    }
}
