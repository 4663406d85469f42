//! `[pagers.<name>]`: what wakes people, each kind with the keys that only it has.

use std::path::PathBuf;

use url::Url;

use super::secrets::{Held, held, required};
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{Fields, Node, one_of, table, text, url};

/// One way to wake people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pager {
    /// A signed POST of JSON.
    Webhook(Webhook),
    /// A push through ntfy.
    Ntfy(Ntfy),
    /// Mail.
    Email(Email),
    /// A text message or a call through Twilio.
    Twilio(Twilio),
    /// PagerDuty, which decides itself who is woken.
    PagerDuty(PagerDuty),
}

/// A program that takes pages as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where pages go.
    pub url: Url,
    /// What pages are signed with, and answers must be.
    pub secret: Option<Held>,
}

/// An ntfy server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ntfy {
    /// Where it is.
    pub url: Url,
    /// The topic of pages that are for nobody in particular.
    pub topic: Option<String>,
    /// An access token.
    pub token: Option<Held>,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Its name or address, and its port.
    pub server: String,
    /// How the connection is kept private.
    pub tls: Tls,
    /// Certificates (PEM) to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// Who we are to it.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Held>,
    /// Whom mails are from.
    pub from: String,
    /// Where pages go that are for nobody in particular.
    pub to: Option<String>,
}

/// How a connection to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// It begins in the clear and must turn to TLS before anything is said.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// An account at Twilio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twilio {
    /// Where the API is.
    pub url: Url,
    /// The account: `AC…`.
    pub account: String,
    /// Its token, which also signs what Twilio sends us.
    pub token: Held,
    /// The number that calls and texts come from.
    pub from: String,
    /// The number that is woken where nobody in particular is meant.
    pub to: Option<String>,
    /// A text or a call.
    pub way: Way,
}

/// How a telephone is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A text message.
    Sms,
    /// A call that reads the page out.
    Voice,
}

/// A service at PagerDuty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagerDuty {
    /// Where events go.
    pub url: Url,
    /// The integration key of the service.
    pub routing_key: Held,
    /// What its webhooks are signed with. None: nothing comes back from there.
    pub webhook_secret: Option<Held>,
}

#[derive(Clone, Copy)]
enum Name {
    Webhook,
    Ntfy,
    Email,
    Twilio,
    PagerDuty,
}

const KINDS: &[(&str, Name)] = &[
    ("webhook", Name::Webhook),
    ("ntfy", Name::Ntfy),
    ("email", Name::Email),
    ("twilio", Name::Twilio),
    ("pagerduty", Name::PagerDuty),
];

const TLS: &[(&str, Tls)] = &[("starttls", Tls::StartTls), ("tls", Tls::Tls), ("none", Tls::None)];

const WAYS: &[(&str, Way)] = &[("sms", Way::Sms), ("voice", Way::Voice)];

/// Where each service is, for those that have one address for everybody.
const NTFY: &str = "https://ntfy.sh";
const TWILIO: &str = "https://api.twilio.com";
const PAGERDUTY: &str = "https://events.pagerduty.com";

pub(super) fn pager(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Pager> {
    table(node, &format!("pagers.{name}"), out, |fields| {
        Some(match fields.required("kind", one_of(KINDS))? {
            Name::Webhook => Pager::Webhook(webhook(fields)?),
            Name::Ntfy => Pager::Ntfy(ntfy(fields)?),
            Name::Email => Pager::Email(email(fields)?),
            Name::Twilio => Pager::Twilio(twilio(fields)?),
            Name::PagerDuty => Pager::PagerDuty(pagerduty(fields)?),
        })
    })
    .flatten()
}

fn webhook(fields: &mut Fields<'_>) -> Option<Webhook> {
    let url = fields.required("url", url);
    let secret = held(fields, "secret", "secret_file");
    Some(Webhook { url: url?, secret })
}

fn ntfy(fields: &mut Fields<'_>) -> Option<Ntfy> {
    let url = or(fields, NTFY);
    let topic = fields.optional("topic", topic);
    let token = held(fields, "token", "token_file");
    Some(Ntfy { url: url?, topic, token })
}

/// A topic's name, as ntfy's server takes it:
/// <https://github.com/binwiederhier/ntfy/blob/main/server/server.go>.
fn topic(node: &Node, out: &mut Diagnostics) -> Option<String> {
    let name = text(node, out)?;
    let is_good = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if !is_good {
        let fault = format!("{name:?} is no topic: 1 to 64 letters, digits, - and _");
        out.push(Diagnostic::error(&node.place, fault).label("not a topic"));
    }
    is_good.then_some(name)
}

fn email(fields: &mut Fields<'_>) -> Option<Email> {
    let server = fields.required("server", server);
    let tls = fields.optional("tls", one_of(TLS)).unwrap_or(Tls::StartTls);
    let ca_file = fields.optional("ca_file", text).map(PathBuf::from);
    let user = fields.optional("user", text);
    let password = held(fields, "password", "password_file");
    let from = fields.required("from", mailbox);
    let to = fields.optional("to", mailbox);
    if user.is_some() != password.is_some() {
        let fault = "`user` and `password` belong together";
        fields.out.push(Diagnostic::error(fields.place(), fault).label("one of them is missing"));
    }
    if user.is_some() && tls == Tls::None {
        let fault = "the password would go over the wire in the clear";
        let help = "set `tls` to \"starttls\" or \"tls\", or leave `user` out".to_owned();
        fields.out.push(Diagnostic::error(fields.place(), fault).label("no TLS").help(help));
    }
    Some(Email { server: server?, tls, ca_file, user, password, from: from?, to })
}

/// `name:port`.
fn server(node: &Node, out: &mut Diagnostics) -> Option<String> {
    let text = text(node, out)?;
    let is_good = text
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !is_good {
        let fault = format!("{text:?} is no server with a port");
        let help = "write it like \"smtp.example.org:587\"".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("no port here").help(help));
    }
    is_good.then_some(text)
}

fn mailbox(node: &Node, out: &mut Diagnostics) -> Option<String> {
    let text = text(node, out)?;
    let is_good = text.contains('@') && !text.chars().any(char::is_control);
    if !is_good {
        let fault = format!("{text:?} is not an e-mail address");
        out.push(Diagnostic::error(&node.place, fault).label("not an address"));
    }
    is_good.then_some(text)
}

fn twilio(fields: &mut Fields<'_>) -> Option<Twilio> {
    let url = or(fields, TWILIO);
    let account = fields.required("account", text);
    let token = required(fields, "token", "token_file");
    let from = fields.required("from", number);
    let to = fields.optional("to", number);
    let way = fields.optional("way", one_of(WAYS)).unwrap_or(Way::Sms);
    Some(Twilio { url: url?, account: account?, token: token?, from: from?, to, way })
}

/// A telephone number as E.164 writes it: <https://www.twilio.com/docs/glossary/what-e164>.
fn number(node: &Node, out: &mut Diagnostics) -> Option<String> {
    let text = text(node, out)?;
    let is_good = text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    });
    if !is_good {
        let fault = format!("{text:?} is no telephone number");
        let help = "write it with its country and nothing between: \"+4915112345678\"".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("not a number").help(help));
    }
    is_good.then_some(text)
}

fn pagerduty(fields: &mut Fields<'_>) -> Option<PagerDuty> {
    let url = or(fields, PAGERDUTY);
    let routing_key = required(fields, "routing_key", "routing_key_file");
    let webhook_secret = held(fields, "webhook_secret", "webhook_secret_file");
    Some(PagerDuty { url: url?, routing_key: routing_key?, webhook_secret })
}

/// The address that is written, or the usual one.
fn or(fields: &mut Fields<'_>, usual: &str) -> Option<Url> {
    match fields.node("url") {
        Some(_) => fields.optional("url", url),
        None => Url::parse(usual).ok(),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Pager};

    fn read(text: &str) -> Result<Pager, String> {
        let text = format!("[pagers.p]\n{text}");
        Config::parse(Some(("w.toml", &text)), [], &[])
            .map(|(mut config, _)| config.pagers.remove("p").unwrap())
            .map_err(|diagnostics| diagnostics.to_string())
    }

    #[test]
    fn each_kind_is_read_with_its_usual_address() {
        let ntfy = read("kind = \"ntfy\"\ntopic = \"oncall\"").unwrap();
        let Pager::Ntfy(ntfy) = ntfy else { panic!("{ntfy:?}") };
        assert_eq!(ntfy.url.as_str(), "https://ntfy.sh/");
        let text = "kind = \"twilio\"\naccount = \"AC1\"\ntoken = \"t\"\nfrom = \"+15005550006\"";
        assert!(matches!(read(text), Ok(Pager::Twilio(_))));
        let text = "kind = \"pagerduty\"\nrouting_key = \"r\"";
        assert!(matches!(read(text), Ok(Pager::PagerDuty(_))));
        let text = "kind = \"email\"\nserver = \"mail:25\"\nfrom = \"warroom@example.org\"";
        assert!(matches!(read(text), Ok(Pager::Email(_))));
    }

    #[test]
    fn what_cannot_work_is_told_with_its_place() {
        let cases = [
            ("kind = \"ntfy\"\ntopic = \"on call\"", "is no topic"),
            ("kind = \"email\"\nserver = \"mail\"\nfrom = \"a@b\"", "no server with a port"),
            ("kind = \"email\"\nserver = \"mail:25\"\nfrom = \"ab\"", "not an e-mail address"),
            (
                "kind = \"email\"\nserver = \"m:25\"\nfrom = \"a@b\"\ntls = \"none\"\nuser = \"u\"\n\
                 password = \"p\"",
                "in the clear",
            ),
            (
                "kind = \"twilio\"\naccount = \"AC1\"\ntoken = \"t\"\nfrom = \"0151 1234\"",
                "no telephone number",
            ),
            ("kind = \"pagerduty\"", "`routing_key` or `routing_key_file` must be given"),
            ("kind = \"webhook\"\nurl = \"http://x\"\ntopic = \"y\"", "topic"),
        ];
        for (text, wanted) in cases {
            let told = read(text).unwrap_err();
            assert!(told.contains(wanted) && told.contains("w.toml:"), "{told}");
        }
    }
}
