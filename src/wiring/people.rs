//! The people of the configuration as the engine and the server take them.

use std::sync::Arc;

use anyhow::Context as _;

use super::read;
use crate::adapters::http;
use crate::config::{Config, Held, Token};
use crate::domain::access::{Directory, Person};
use crate::server::{OidcOptions, Roster};

/// Everybody who is known, and what they may do.
pub(super) fn directory(config: &Config) -> Directory {
    let person = |(name, person): (&String, &crate::config::Person)| {
        let known = Person {
            full_name: person.full_name.clone(),
            email: person.email.clone(),
            oidc_subject: person.oidc_subject.clone(),
            reach: person.reach.clone(),
            chat: person.chat.clone(),
        };
        (name.as_str().into(), known)
    };
    let team = |(name, members): (&String, &_)| (name.as_str().into(), Clone::clone(members));
    Directory {
        people: config.people.iter().map(person).collect(),
        teams: config.teams.iter().map(team).collect(),
        rights: Arc::new(config.rights.clone()),
    }
}

/// The tokens of the people.
///
/// # Errors
/// When a token cannot be read or can be guessed. It is not shown.
pub(super) fn roster(config: &Config) -> anyhow::Result<Roster> {
    let mut roster = Roster::default();
    for (name, person) in &config.people {
        let taken = match &person.token {
            None => Ok(()),
            Some(Token::Digest(digest)) => roster.digest(name, digest),
            Some(Token::File(file)) => {
                let token = Held::File(file.clone()).read();
                let token = token.with_context(|| format!("[people.{name}] token_file"))?;
                roster.token(name, &token)
            }
        };
        taken.with_context(|| format!("[people.{name}]"))?;
    }
    Ok(roster)
}

/// The identity provider, if there is one.
///
/// # Errors
/// When its secret cannot be read or the HTTP client cannot be built.
pub(super) fn oidc(config: &Config) -> anyhow::Result<Option<OidcOptions>> {
    let Some(oidc) = &config.oidc else { return Ok(None) };
    Ok(Some(OidcOptions {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: read(oidc.client_secret.as_ref()).context("oidc.client_secret")?,
        name: oidc.name.clone(),
        scopes: oidc.scopes.clone(),
        client: http::client().context("cannot build the HTTP client")?,
    }))
}
