//! Who is known: people, and the teams that they are in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use compact_str::CompactString;

use super::secrets::{Held, held};
use crate::domain::access::OPERATOR;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::domain::files::{Fields, Node, Value, list, named, table, text};
use crate::domain::oncall::{Reach, quiet, ways};

/// `[people.<name>]`: somebody who may sign in, and hold grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What people call them in full.
    pub full_name: Option<String>,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their own token.
    pub token: Option<Token>,
    /// What their second factor is checked with.
    pub totp: Option<Held>,
    /// Their id at the identity provider.
    pub oidc_subject: Option<String>,
    /// Their telephone number: contacts may leave their address out where it is this one.
    pub phone: Option<String>,
    /// How they are woken.
    pub reach: Reach,
    /// Their id on each chat platform, by the platform's name.
    pub chat: BTreeMap<CompactString, CompactString>,
}

/// A person's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Its SHA-256, in hexadecimal.
    Digest(String),
    /// The file that holds it.
    File(PathBuf),
}

/// `[teams]`: the people in each team.
pub type Teams = BTreeMap<String, BTreeSet<CompactString>>;

/// Names that already mean somebody.
const RESERVED: [&str; 4] = [OPERATOR, "warroom", "everybody", "me"];
/// Characters of a name: it stands in front of every line that they say.
const NAME_CHARS_MAX: usize = 40;

pub(super) fn people(node: &Node, out: &mut Diagnostics) -> Option<BTreeMap<String, Person>> {
    is_named_well(node, "person", out);
    let people = named(person)(node, out)?;
    alone(node, &people, out, "email", |person| person.email.as_ref());
    alone(node, &people, out, "oidc_subject", |person| person.oidc_subject.as_ref());
    Some(people)
}

fn person(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Person> {
    table(node, &format!("people.{name}"), out, |fields| {
        let full_name = fields.optional("full_name", text);
        let email = fields.optional("email", address);
        let digest = fields.optional("token_sha256", digest).map(Token::Digest);
        let file = fields.optional("token_file", text).map(|file| Token::File(file.into()));
        if digest.is_some() && file.is_some() {
            let fault = "`token_sha256` and `token_file` are both given";
            fields.out.push(Diagnostic::error(fields.place(), fault).label("leave one out"));
        }
        let totp = held(fields, "totp", "totp_file");
        let oidc_subject = fields.optional("oidc_subject", text);
        let phone = fields.optional("phone", text);
        let reach = reach(fields);
        let chat = fields.optional("chat", named(|_, node, out| text(node, out)));
        let chat = chat.unwrap_or_default().into_iter().map(|(at, id)| (at.into(), id.into()));
        let chat = chat.collect();
        let token = digest.or(file);
        Person { full_name, email, token, totp, oidc_subject, phone, reach, chat }
    })
}

fn reach(fields: &mut Fields<'_>) -> Reach {
    let zone = fields.optional("time_zone", super::sections::zone).unwrap_or(chrono_tz::Tz::UTC);
    let ways = fields.optional("contacts", ways).unwrap_or_default();
    let quiet = fields.optional("quiet", quiet).unwrap_or_default();
    Reach { zone, ways, quiet }
}

/// Contacts whose pager is not configured: nobody would be woken by them.
pub(super) fn known_pagers(
    people: &Node,
    pagers: &BTreeMap<String, super::Pager>,
    out: &mut Diagnostics,
) {
    let Value::Table(table) = &people.value else { return };
    for entry in table.0.values() {
        let Value::Table(person) = &entry.node.value else { continue };
        let Some(contacts) = person.0.get("contacts") else { continue };
        let Value::List(contacts) = &contacts.node.value else { continue };
        for contact in contacts {
            let Value::Table(contact) = &contact.value else { continue };
            let Some(pager) = contact.0.get("pager") else { continue };
            let Value::Text(name) = &pager.node.value else { continue };
            if !pagers.contains_key(name) {
                let known = pagers.keys().map(String::as_str);
                unknown(&pager.node, "pager", name, known, out);
            }
        }
    }
}

fn address(node: &Node, out: &mut Diagnostics) -> Option<String> {
    let text = text(node, out)?;
    let is_address = text.split_once('@').is_some_and(|(head, host)| {
        !head.is_empty()
            && !host.is_empty()
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    });
    if !is_address {
        let fault = format!("{text:?} is not an e-mail address");
        out.push(Diagnostic::error(&node.place, fault).label("not an address"));
    }
    is_address.then_some(text)
}

/// The text is not shown when it is wrong: it may be the token itself.
fn digest(node: &Node, out: &mut Diagnostics) -> Option<String> {
    let text = text(node, out)?;
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        let fault = "a SHA-256 digest has 64 hexadecimal digits";
        let help = "`printf %s TOKEN | sha256sum` prints it".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("not a digest").help(help));
    }
    is_digest.then_some(text)
}

/// Two people with one address or id: a sign-in would find either.
fn alone(
    node: &Node,
    people: &BTreeMap<String, Person>,
    out: &mut Diagnostics,
    key: &str,
    value: fn(&Person) -> Option<&String>,
) {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for (name, person) in people {
        let Some(value) = value(person) else { continue };
        if let Some(other) = known.insert(value.to_lowercase(), name) {
            let fault = format!("{other} and {name} have the same `{key}`");
            out.push(Diagnostic::error(place_of(node, name), fault).label("which of them is it?"));
        }
    }
}

fn place_of<'a>(node: &'a Node, name: &str) -> &'a crate::domain::diagnostic::Place {
    match &node.value {
        Value::Table(table) => table.0.get(name).map_or(&node.place, |entry| &entry.node.place),
        _ => &node.place,
    }
}

/// Names are typed in commands and shown in rooms: small letters, digits, `.`, `_` and `-`.
fn is_named_well(node: &Node, what: &str, out: &mut Diagnostics) {
    let Value::Table(table) = &node.value else { return };
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    for (name, entry) in &table.0 {
        let is_good = name.len() <= NAME_CHARS_MAX
            && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && name.chars().all(is_plain);
        if !is_good {
            let fault = format!("{name:?} cannot be the name of a {what}");
            let help = "use small letters, digits, `.`, `_` and `-`, 40 at most".to_owned();
            out.push(Diagnostic::error(&entry.key, fault).label("not a name").help(help));
        } else if RESERVED.contains(&name.as_str()) {
            let fault =
                format!("`{name}` cannot be the name of a {what}: it means somebody already");
            out.push(Diagnostic::error(&entry.key, fault).label("taken"));
        }
    }
}

pub(super) fn teams(
    people: &BTreeMap<String, Person>,
) -> impl FnOnce(&Node, &mut Diagnostics) -> Option<Teams> {
    move |node, out| {
        is_named_well(node, "team", out);
        let member = |node: &Node, out: &mut Diagnostics| {
            let name = text(node, out)?;
            if !people.contains_key(&name) {
                unknown(node, "person", &name, people.keys().map(String::as_str), out);
            }
            Some(CompactString::from(name))
        };
        named(|_, node, out| Some(list(member)(node, out)?.into_iter().collect()))(node, out)
    }
}

/// A name that stands for nobody.
pub(super) fn unknown<'a>(
    node: &Node,
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    out: &mut Diagnostics,
) {
    let fault = format!("there is no {what} called {name:?}");
    let help = did_you_mean(name, known);
    out.push(Diagnostic::error(&node.place, fault).label("not known here").help(help));
}
