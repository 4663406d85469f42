//! The chat platforms that show rooms: `[chat.<name>]`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use super::secrets::{Held, held, required};
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{Fields, Node, Value, boolean, list, named, one_of, table, text, url};
use crate::domain::room::is_room_name;

/// `[chat.<name>]`: one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Its name, which rules and people use.
    pub name: String,
    /// What it is, with what only this kind can be told.
    pub kind: ChatKind,
    /// Named rooms of ours that it shows, with their names there.
    pub rooms: BTreeMap<String, String>,
}

/// What a platform is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatKind {
    /// An account on a homeserver of Matrix.
    Matrix(MatrixChat),
    /// A bot in a team of Mattermost.
    Mattermost(MattermostChat),
    /// A workspace of Slack.
    Slack(SlackChat),
    /// An account on an XMPP server.
    Xmpp(XmppChat),
}

/// An account on a homeserver of Matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixChat {
    /// Where the client-server API begins.
    pub homeserver: Url,
    /// The account's access token; of an application service, its `as_token`.
    pub token: Held,
    /// The device that the token belongs to. None: nobody is told when it becomes another one.
    pub device: Option<String>,
    /// Servers, beside the account's own, whose people belong to the team.
    pub team_servers: Vec<String>,
    /// The authorities that sign the homeserver's certificate. None: the system's.
    pub ca_file: Option<PathBuf>,
    /// What makes it an application service. None: an account like everybody's, which asks.
    pub service: Option<MatrixService>,
}

/// An application service, to which a homeserver pushes what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixService {
    /// Its name at the homeserver.
    pub id: String,
    /// By what the homeserver proves that it is itself.
    pub hs_token: Held,
    /// The local part of our user there.
    pub sender: String,
    /// Where the homeserver reaches us. None: where people do.
    pub url: Option<Url>,
}

/// A bot in a team of Mattermost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MattermostChat {
    /// Where the server is.
    pub url: Url,
    /// The bot's access token.
    pub token: Held,
    /// The team, as it stands in addresses.
    pub team: String,
    /// Whether rooms are for those who were invited only.
    pub is_private: bool,
    /// Where the server reaches us. None: where people do.
    pub callback: Option<Url>,
    /// The authorities that sign the server's certificate. None: the system's.
    pub ca_file: Option<PathBuf>,
}

/// A workspace of Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlackChat {
    /// Where the Web API begins. None: at slack.com.
    pub api: Option<Url>,
    /// The bot's token.
    pub token: Held,
    /// The app's token, for Socket Mode.
    pub app_token: Option<Held>,
    /// What Slack's requests to us are signed with.
    pub signing_secret: Option<Held>,
    /// Whether rooms are for those who were invited only.
    pub is_private: bool,
}

/// An account on an XMPP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmppChat {
    /// Our address, `warroom@example.org`.
    pub jid: String,
    /// Its password.
    pub password: Held,
    /// `host:port` of the server. None: as its DNS says.
    pub address: Option<String>,
    /// Where rooms are. None: the server is asked.
    pub service: Option<String>,
    /// Domains beside our own whose people are no guests.
    pub team_domains: Vec<String>,
    /// Certificates to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
}

#[derive(Clone, Copy)]
enum Name {
    Matrix,
    Mattermost,
    Slack,
    Xmpp,
}

const KINDS: &[(&str, Name)] = &[
    ("matrix", Name::Matrix),
    ("mattermost", Name::Mattermost),
    ("slack", Name::Slack),
    ("xmpp", Name::Xmpp),
];

/// What an application service and its user are called where nothing else is said.
const SERVICE: &str = "warroom";

/// Every platform, in the order of the file: the first one shows what no rule sends elsewhere.
pub(super) fn chats(node: &Node, out: &mut Diagnostics) -> Option<Vec<Chat>> {
    let read = named(chat)(node, out)?;
    let place = |name: &str| match &node.value {
        Value::Table(table) => table.0.get(name).map_or(0, |entry| entry.key.span.start),
        _ => 0,
    };
    let mut chats: Vec<Chat> = read.into_values().collect();
    chats.sort_by_key(|chat| place(&chat.name));
    Some(chats)
}

fn chat(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Chat> {
    table(node, &format!("chat.{name}"), out, |fields| {
        let kind = fields.required("kind", one_of(KINDS));
        let rooms = fields.optional("rooms", rooms).unwrap_or_default();
        let kind = match kind? {
            Name::Matrix => matrix(fields).map(ChatKind::Matrix),
            Name::Mattermost => mattermost(fields).map(ChatKind::Mattermost),
            Name::Slack => slack(fields).map(ChatKind::Slack),
            Name::Xmpp => xmpp(fields).map(ChatKind::Xmpp),
        };
        Some(Chat { name: name.to_owned(), kind: kind?, rooms })
    })
    .flatten()
}

fn matrix(fields: &mut Fields<'_>) -> Option<MatrixChat> {
    let homeserver = fields.required("url", url);
    let token = required(fields, "token", "token_file");
    let device = fields.optional("device", text);
    let team_servers = fields.optional("team_servers", list(text)).unwrap_or_default();
    let ca_file = fields.optional("ca_file", text).map(PathBuf::from);
    let service = match fields.optional("service", |node, out| Some(service(node, out))) {
        None => None,
        // What is wrong in it was reported: without it, the account would be another one.
        Some(service) => Some(service?),
    };
    let (homeserver, token) = (homeserver?, token?);
    Some(MatrixChat { homeserver, token, device, team_servers, ca_file, service })
}

fn service(node: &Node, out: &mut Diagnostics) -> Option<MatrixService> {
    table(node, "service", out, |fields| {
        let id = fields.optional("id", text).unwrap_or_else(|| SERVICE.to_owned());
        let hs_token = required(fields, "hs_token", "hs_token_file");
        let sender = fields.optional("sender", text).unwrap_or_else(|| SERVICE.to_owned());
        let url = fields.optional("url", url);
        Some(MatrixService { id, hs_token: hs_token?, sender, url })
    })
    .flatten()
}

fn mattermost(fields: &mut Fields<'_>) -> Option<MattermostChat> {
    let url = fields.required("url", self::url);
    let token = required(fields, "token", "token_file");
    let team = fields.required("team", text);
    let is_private = fields.optional("private", boolean).unwrap_or(false);
    let callback = fields.optional("callback", self::url);
    let ca_file = fields.optional("ca_file", text).map(PathBuf::from);
    Some(MattermostChat { url: url?, token: token?, team: team?, is_private, callback, ca_file })
}

fn slack(fields: &mut Fields<'_>) -> Option<SlackChat> {
    let api = fields.optional("api", url);
    let token = required(fields, "token", "token_file");
    let app_token = held(fields, "app_token", "app_token_file");
    let signing_secret = held(fields, "signing_secret", "signing_secret_file");
    let is_private = fields.optional("private", boolean).unwrap_or(false);
    if app_token.is_none() && signing_secret.is_none() {
        let fault = "neither `app_token` nor `signing_secret` is given: nobody would be heard";
        let help =
            "Socket Mode needs an app token, requests from Slack a signing secret".to_owned();
        fields
            .out
            .push(Diagnostic::warning(fields.place(), fault).label("it only speaks").help(help));
    }
    Some(SlackChat { api, token: token?, app_token, signing_secret, is_private })
}

fn xmpp(fields: &mut Fields<'_>) -> Option<XmppChat> {
    let jid = fields.required("jid", text);
    let password = required(fields, "password", "password_file");
    let address = fields.optional("address", text);
    let service = fields.optional("service", text);
    let team_domains = fields.optional("team_domains", list(text)).unwrap_or_default();
    let ca_file = fields.optional("ca_file", text).map(PathBuf::from);
    Some(XmppChat { jid: jid?, password: password?, address, service, team_domains, ca_file })
}

/// Names of rooms of ours, without the `#`, and what they are called there.
fn rooms(node: &Node, out: &mut Diagnostics) -> Option<BTreeMap<String, String>> {
    named(|name, node, out| {
        if !is_room_name(name) {
            let fault = format!("{name:?} cannot be the name of a room");
            out.push(Diagnostic::error(&node.place, fault).label("write it without the `#`"));
        }
        text(node, out)
    })(node, out)
}
