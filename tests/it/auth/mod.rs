//! Who comes in and what they may do: sessions, tokens, the identity provider, rights.

mod browser;
mod oidc;
mod people;
mod provider;
mod rights;
mod sessions;
mod sign_in;
