//! Who may do what, how sessions end, and the identity provider.

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use url::Url;

use super::people::{Person, Teams, unknown};
use super::secrets::{Held, held};
use super::sections::section;
use crate::domain::access::{Grant, Rights, Subject};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::domain::files::{Fields, Node, Value, duration, list, table, text, url};
use crate::engine::talk::commands::ALL;

/// `[console]`: when sessions end by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    /// Without any use.
    pub idle: TimeDelta,
    /// However much it is used.
    pub age: TimeDelta,
}

/// `[oidc]`: an identity provider that lets people in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oidc {
    /// What its discovery document and its tokens call it.
    pub issuer: Url,
    /// What it calls warroom.
    pub client_id: String,
    /// What warroom proves itself with. None: PKCE alone.
    pub client_secret: Option<Held>,
    /// What the button says.
    pub name: String,
    /// What is asked of it; `openid` is among it.
    pub scopes: Vec<String>,
}

/// Whom grants may name.
pub(super) struct Known<'a> {
    pub(super) people: &'a std::collections::BTreeMap<String, Person>,
    pub(super) teams: &'a Teams,
}

pub(super) fn access(known: &Known<'_>, node: &Node, out: &mut Diagnostics) -> Option<Rights> {
    table(node, "access", out, |fields| {
        let mut grants = fields.list("deny", |node, out| grant(known, "access.deny", node, out));
        grants.iter_mut().for_each(|grant| grant.denies = true);
        grants.extend(fields.list("grant", |node, out| grant(known, "access.grant", node, out)));
        Rights { grants }
    })
}

fn grant(known: &Known<'_>, what: &str, node: &Node, out: &mut Diagnostics) -> Option<Grant> {
    section(node, what, out, |fields| {
        let subject = fields.required("to", |node, out| subject(known, node, out));
        let verbs = fields.required("may", list(verb));
        let resources = fields.optional("on", list(text));
        let environments = fields.optional("in", list(text)).unwrap_or_default();
        let until = fields.optional("until", moment);
        let place = fields.place();
        let short = |words: Vec<String>| words.into_iter().map(CompactString::from).collect();
        Some(Grant {
            subject: subject?,
            verbs: short(verbs?),
            resources: resources.map_or_else(|| vec!["*".into()], short),
            environments: short(environments),
            denies: false,
            until,
            origin: format!("{}:{}", place.source.name, place.line()).into(),
        })
    })
}

fn subject(known: &Known<'_>, node: &Node, out: &mut Diagnostics) -> Option<Subject> {
    let text = text(node, out)?;
    match text.split_once(':') {
        None if text == "everybody" => Some(Subject::Everybody),
        Some(("person", name)) => {
            if !known.people.contains_key(name) {
                unknown(node, "person", name, known.people.keys().map(String::as_str), out);
            }
            Some(Subject::Person(name.into()))
        }
        Some(("team", name)) => {
            if !known.teams.contains_key(name) {
                unknown(node, "team", name, known.teams.keys().map(String::as_str), out);
            }
            Some(Subject::Team(name.into()))
        }
        _ => {
            let fault = format!("{text:?} is nobody to give a right to");
            let help = "write \"everybody\", \"person:NAME\" or \"team:NAME\"".to_owned();
            out.push(Diagnostic::error(&node.place, fault).label("who?").help(help));
            None
        }
    }
}

/// What may be asked for beside the commands of the chat language.
const BEYOND: [&str; 2] = ["comment", "audit"];

/// A command's name, or `*`. A grant for a command that does not exist would give nothing, and a
/// denial of one would take nothing away.
fn verb(node: &Node, out: &mut Diagnostics) -> Option<String> {
    let text = text(node, out)?;
    let known = || ALL.iter().map(|command| command.spec.name).chain(BEYOND);
    if text == "*" || known().any(|name| name == text) {
        return Some(text);
    }
    let fault = format!("there is no command {text:?}");
    let help = did_you_mean(&text, known())
        .or_else(|| Some("write its name, as in \"ack\", or \"*\" for all".to_owned()));
    out.push(Diagnostic::error(&node.place, fault).label("not a command").help(help));
    None
}

/// A moment with its zone: a date alone ends at another hour in each office.
pub(super) fn moment(node: &Node, out: &mut Diagnostics) -> Option<DateTime<Utc>> {
    let text = match &node.value {
        Value::Time(text) => text.clone(),
        _ => text(node, out)?,
    };
    let moment = DateTime::parse_from_rfc3339(&text).ok();
    if moment.is_none() {
        let fault = format!("{text:?} is not a moment");
        let help = "write it with its zone: 2026-12-31T18:00:00Z".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("when?").help(help));
    }
    moment.map(|moment| moment.to_utc())
}

pub(super) fn console(node: &Node, out: &mut Diagnostics) -> Option<Console> {
    section(node, "console", out, |fields| {
        let idle = fields.required("idle", wait);
        let age = fields.required("age", wait);
        Some(Console { idle: idle?, age: age? })
    })
}

/// The shortest life of a session: with less, nobody could finish a sentence.
const LIFE_MIN: TimeDelta = TimeDelta::minutes(1);

fn wait(node: &Node, out: &mut Diagnostics) -> Option<TimeDelta> {
    let wait = duration(node, out)?;
    if wait < LIFE_MIN {
        let fault = "a session lives for a minute at least";
        out.push(Diagnostic::error(&node.place, fault).label("too short"));
        return None;
    }
    Some(wait)
}

pub(super) fn oidc(node: &Node, out: &mut Diagnostics) -> Option<Oidc> {
    section(node, "oidc", out, |fields| {
        let issuer = fields.required("issuer", issuer);
        let client_id = fields.required("client_id", text);
        let client_secret = held(fields, "client_secret", "client_secret_file");
        let name = fields.optional("name", text);
        let scopes = scopes(fields);
        let issuer = issuer?;
        let name = name.or_else(|| issuer.host_str().map(str::to_owned))?;
        Some(Oidc { issuer, client_id: client_id?, client_secret, name, scopes })
    })
}

/// Tokens come over this connection: without TLS anybody on the way could sign in as anybody.
fn issuer(node: &Node, out: &mut Diagnostics) -> Option<Url> {
    let url = url(node, out)?;
    let is_here = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && is_here) {
        return Some(url);
    }
    let fault = "an identity provider is reached over https, except on this machine";
    out.push(Diagnostic::error(&node.place, fault).label("not https"));
    None
}

fn scopes(fields: &mut Fields<'_>) -> Vec<String> {
    let mut scopes: Vec<String> =
        fields.optional("scopes", list(text)).unwrap_or_else(|| vec!["email".to_owned()]);
    if !scopes.iter().any(|scope| scope == "openid") {
        scopes.insert(0, "openid".to_owned());
    }
    scopes
}
