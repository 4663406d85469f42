//! The people of the configuration as the engine and the server take them, and take them again when
//! the file changes.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use anyhow::Context as _;
use compact_str::CompactString;
use regex::Regex;
use sha2::{Digest as _, Sha256};

use super::read;
use super::reload::Texts;
use crate::adapters::http;
use crate::config::{Config, Flag, Held, Token};
use crate::domain::access::{Directory, Person, Seed};
use crate::domain::diagnostic::Diagnostics;
use crate::domain::oncall::{Plans, Roster};
use crate::engine::Engine;
use crate::server::{self, OidcOptions};

/// A key that holds a secret with its value, and a password inside of an address.
static SECRETS: LazyLock<Option<(Regex, Regex)>> = LazyLock::new(|| {
    let value = r#"(?s:""".*?"""|'''.*?''')|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'"#;
    let held =
        format!(r"(?i)(?P<key>\b[a-z0-9_-]*(?:token|password|secret|key)\b)\s*=\s*(?:{value})");
    Some((Regex::new(&held).ok()?, Regex::new(r#"://[^/\s"'@]*@"#).ok()?))
});

/// Where the configuration of a running program came from.
#[derive(Debug)]
pub struct Layers {
    file: PathBuf,
    /// They lie over the file.
    flags: Vec<Flag>,
    /// What was there before the configuration was read: what changes after that is then seen.
    pub(super) known: Option<Texts>,
    /// What the rest of the program runs with until it ends.
    started_with: Option<Config>,
}

impl Layers {
    /// Remembers what the file holds now. To be made before the configuration is read.
    #[must_use]
    pub fn new(file: PathBuf, flags: Vec<Flag>) -> Self {
        let mut layers = Self { file, flags, known: None, started_with: None };
        layers.known = layers.texts().ok();
        layers
    }

    /// What the program started with: other changes than those of people are then told.
    #[must_use]
    pub fn started_with(self, config: &Config) -> Self {
        Self { started_with: Some(config.clone()), ..self }
    }

    /// The file, and a digest of each token and seed that it points at: a token may change alone.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn texts(&self) -> anyhow::Result<Texts> {
        let name = self.file.display().to_string();
        let text =
            std::fs::read_to_string(&self.file).with_context(|| format!("cannot read {name}"))?;
        let texts = vec![(name, text)];
        // What is broken is said when it is taken.
        let files = self.config(&texts).map(|config| token_files(&config)).unwrap_or_default();
        let digest = |file: PathBuf| {
            let token = std::fs::read(&file).unwrap_or_default();
            (file.display().to_string(), hex::encode(Sha256::digest(token)))
        };
        Ok(texts.into_iter().chain(files.into_iter().map(digest)).collect())
    }

    fn config(&self, texts: &Texts) -> Result<Config, Diagnostics> {
        let file = texts.first().map(|(name, text)| (name.as_str(), text.as_str()));
        Config::parse(file, std::env::vars(), &self.flags).map(|(config, _)| config)
    }

    /// Puts people, teams, grants and tokens in place of the last ones, all or nothing.
    pub(super) fn take(
        &self,
        engine: &Engine,
        roster: &server::Roster,
        texts: &Texts,
    ) -> Result<String, String> {
        let config = self.config(texts).map_err(|wrong| wrong.to_string())?;
        let tokens = self::roster(&config).map_err(|error| format!("{error:#}"))?;
        let count =
            format!("{} people, {} grants", config.people.len(), config.rights.grants.len());
        engine.admit(directory(&config));
        roster.take(&tokens);
        let waits = if self.has_other_changes(config) {
            "; other changes of the configuration wait for the next start"
        } else {
            ""
        };
        Ok(format!("{count}{waits}"))
    }

    fn has_other_changes(&self, config: Config) -> bool {
        let Some(started) = &self.started_with else { return false };
        let (people, teams) = (started.people.clone(), started.teams.clone());
        Config { people, teams, rights: started.rights.clone(), ..config } != *started
    }
}

/// The configuration alone, and nothing in it that must not be shown.
pub(super) fn without_secrets(texts: &Texts) -> Texts {
    let plain = |text: &str| {
        let Some((held, inside)) = SECRETS.as_ref() else { return String::new() };
        inside.replace_all(&held.replace_all(text, "${key} = \"***\""), "://***@").into_owned()
    };
    texts.iter().take(1).map(|(name, text)| (name.clone(), plain(text))).collect()
}

fn token_files(config: &Config) -> Vec<PathBuf> {
    let token = |person: &crate::config::Person| match &person.token {
        Some(Token::File(file)) => Some(file.clone()),
        Some(Token::Digest(_)) | None => None,
    };
    let seed = |person: &crate::config::Person| match &person.totp {
        Some(Held::File(file)) => Some(file.clone()),
        Some(Held::Value(_)) | None => None,
    };
    let people = config.people.values();
    people.flat_map(|person| [token(person), seed(person)]).flatten().collect()
}

/// Everybody who is known, and what they may do.
pub(super) fn directory(config: &Config) -> Directory {
    let person = |(name, person): (&String, &crate::config::Person)| {
        let known = Person {
            full_name: person.full_name.clone(),
            email: person.email.clone(),
            oidc_subject: person.oidc_subject.clone(),
            reach: person.reach.clone(),
            totp: seed(name, person),
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

/// What somebody's second factor is checked with. One that cannot be read is none: its person is
/// told so when they try to use it, and everything else goes on.
fn seed(name: &str, person: &crate::config::Person) -> Option<Seed> {
    let held = person.totp.as_ref()?;
    let read = held.read().map_err(|error| error.to_string());
    read.and_then(|text| Seed::read(&text).map_err(|bad| bad.to_string()))
        .inspect_err(|why| tracing::warn!(person = name, why, "a second factor cannot be read"))
        .ok()
}

/// Who is on call and how people are reached, by the files alone: overrides that people made are in
/// the brain.
#[must_use]
pub fn on_call(config: &Config, plans: &Arc<Plans>) -> Roster {
    let known = directory(config);
    let reach = |(name, person): (CompactString, Person)| (name, person.reach);
    Roster {
        plans: plans.clone(),
        reaches: known.people.into_iter().map(reach).collect(),
        teams: known.teams,
        made: Vec::new(),
    }
}

/// The tokens of the people.
///
/// # Errors
/// When a token cannot be read or can be guessed. It is not shown.
pub(super) fn roster(config: &Config) -> anyhow::Result<server::Roster> {
    let mut roster = server::Roster::default();
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
