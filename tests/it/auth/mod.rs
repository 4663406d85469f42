//! Who comes in and what they may do: sessions, tokens, the identity provider, rights.

mod browser;
mod in_chromium;
mod oidc;
mod people;
mod provider;
mod rights;
mod sessions;
mod sign_in;
mod streams;
