//! How a call to the outside can fail: a closed set that decides what happens next.

use std::time::Duration;

/// Why an effect was not done. The texts hold no secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Not now. For class C: it certainly has not started.
    #[error("{why}")]
    Retry {
        /// What happened.
        why: String,
        /// How long the outside asked us to wait.
        after: Option<Duration>,
    },
    /// Never: trying again is useless.
    #[error("{why}")]
    Refused {
        /// What happened.
        why: String,
    },
    /// The configuration is wrong: an operator has to act.
    #[error("{why}")]
    Broken {
        /// What happened.
        why: String,
    },
    /// It may have been done. Class A and B try again, class C never does by itself.
    #[error("{why}")]
    Unknown {
        /// What happened.
        why: String,
    },
}

impl Failure {
    /// Something that this build or this configuration does not have.
    #[must_use]
    pub fn missing(what: &str) -> Self {
        Self::Refused { why: what.to_owned() }
    }
}
