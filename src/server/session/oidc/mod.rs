//! Signing in through an identity provider: `OpenID` Connect, authorization code with PKCE.
//!
//! The provider says who somebody is, and nothing else: what they may do stands in our own
//! configuration. It refuses to believe anything before a signature over it was checked with a key
//! of the provider, and to show texts of the provider to people.

mod claims;
mod flow;
mod provider;

pub(in crate::server) use claims::Identity;
pub(in crate::server) use flow::{COOKIE, Flow, PATH, Sealer, VALID_S};
pub use provider::Options;
pub(in crate::server) use provider::{Asked, Provider};

/// Why a sign-in through the provider came to nothing. The texts hold nothing that an outsider wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::server) enum Failed {
    /// The provider did not let them in.
    #[error("it was cancelled, or you are not allowed to use warroom there")]
    Cancelled,
    /// The provider answered with an error.
    #[error("the provider answered with an error")]
    Provider,
    /// The way back was not begun in this browser within the last minutes.
    #[error("it was not begun in this browser, or took longer than ten minutes")]
    Flow,
    /// The provider cannot be reached, or answers nonsense.
    #[error("the provider cannot be used now: {0}")]
    Away(String),
    /// What the provider sent is not to be believed.
    #[error("its answer is not valid: {0}")]
    Invalid(&'static str),
}
