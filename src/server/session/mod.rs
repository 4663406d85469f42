//! How people come in: the ways to sign in, and the sessions that follow.
//!
//! A browser holds 256 random bits; the brain knows only their digest. A session ends when it is
//! idle, when it is old, when its person leaves the configuration, and when what let them in changes.
//! It refuses to know what anybody may do: that is [`crate::domain::access`].
//!
//! `tower-sessions` was tried for this and left out: its ids have 128 bits, it reads the wall clock
//! itself, so that neither end of a session could be tested on ours, its layer runs before the one
//! place that decides who asks, and what is hard (both ends, revocation, the digest in the brain)
//! would have been ours all the same.

mod attempts;
mod cookie;
mod desk;
mod links;
pub(super) mod oidc;
mod resume;
mod roster;
mod secret;

pub(super) use cookie::{Cookie, read as read_cookie};
pub(super) use desk::{Desk, Way, close, close_all, open};
pub(super) use links::VALID_FOR;
pub use oidc::Options as OidcOptions;
pub(super) use resume::{Brought, Csrf, peek, resume};
pub use roster::{Roster, Unfit};
pub(super) use secret::is_same;
