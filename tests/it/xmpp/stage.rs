//! A Prosody with an account for us, a person beside it, and somebody who may look everywhere.

use std::sync::Arc;

use compact_str::CompactString;
use serde_json::Value;
use warroom::adapters::chat::platform::Platform;
use warroom::adapters::chat::xmpp::{Options, Xmpp};
use warroom::domain::secret::Secret;

use crate::contract::platform::{Seen, Stage};
use crate::world::prosody::{NAME, PASSWORD, Person, Prosody};

/// A Prosody, our account, a person and a warden.
pub(crate) struct Lab {
    pub(crate) prosody: Arc<Prosody>,
    pub(crate) ana: Person,
    pub(crate) warden: Person,
    pub(crate) jid: String,
    xmpp: Arc<Xmpp>,
}

/// Nothing where Prosody or slixmpp is not installed.
pub(crate) async fn start() -> Option<Lab> {
    Some(Lab::at(Prosody::shared().await?).await)
}

/// The platform for an account of a server.
#[expect(clippy::disallowed_methods, reason = "pictures go to the loopback interface")]
pub(crate) fn xmpp(prosody: &Prosody, jid: &str, address: &str) -> Xmpp {
    let mut options = Options::new(jid, Secret::new(PASSWORD));
    options.address = Some(address.to_owned());
    options.trusted = Some(prosody.certificate());
    Xmpp::new(options, reqwest::Client::new()).unwrap()
}

impl Lab {
    pub(crate) async fn at(prosody: Arc<Prosody>) -> Self {
        let jid = prosody.sign_up("warroom");
        let (ana, warden) = (prosody.person("ana").await, prosody.warden().await);
        let xmpp = Arc::new(xmpp(&prosody, &jid, &prosody.address()));
        Self { prosody, ana, warden, jid, xmpp }
    }

    pub(crate) fn xmpp(&self) -> Arc<Xmpp> {
        self.xmpp.clone()
    }

    /// Whoever comes into a room of ours has been made a member by us.
    pub(crate) async fn enter(&self, room: &str) {
        self.xmpp.invite(room, &[self.ana.jid.as_str().into()]).await.unwrap();
        self.ana.enter(room, "ana").await;
    }
}

impl Stage for Lab {
    fn platform(&self) -> Arc<dyn Platform> {
        self.xmpp.clone()
    }

    fn at(&self, address: &str) -> Arc<dyn Platform> {
        Arc::new(xmpp(&self.prosody, &self.jid, address))
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned()]
    }

    fn person(&self) -> CompactString {
        self.ana.jid.as_str().into()
    }

    async fn rooms(&self) -> Vec<String> {
        self.prosody.rooms()
    }

    async fn seen(&self, room: &str) -> Vec<Seen> {
        let mut shown: Vec<Seen> = Vec::new();
        for message in self.warden.archive(room).await {
            let seen = look(&message);
            let meant = match (&message["replaces"], &message["url"]) {
                (Value::String(replaced), _) => replaced.clone(),
                // A picture follows its post under the same id.
                (_, Value::String(_)) => seen.id.trim_end_matches("-p").to_owned(),
                _ => seen.id.clone(),
            };
            let known = shown.iter().position(|known| known.id == meant);
            match known.map(|at| &mut shown[at]) {
                Some(known) if message["url"].is_string() => known.alts.extend(seen.alts),
                Some(known) if message["replaces"].is_string() => {
                    known.text = seen.text;
                    known.mentions |= seen.mentions;
                    known.formats |= seen.formats;
                }
                _ => shown.push(seen),
            }
        }
        shown
    }

    async fn members(&self, room: &str) -> Vec<String> {
        let mut members = Vec::new();
        for affiliation in ["owner", "admin", "member"] {
            let xml = format!(
                "<query xmlns='http://jabber.org/protocol/muc#admin'><item \
                 affiliation='{affiliation}'/></query>"
            );
            let answer = self.warden.iq("get", room, &xml).await;
            let xml = answer["done"].as_str().unwrap_or_default();
            let jids = xml.split("jid=\"").skip(1);
            members.extend(jids.map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
        members
    }

    async fn occupy(&self, name: &str) {
        let room = format!("{name}@conference.{NAME}");
        self.ana.enter(&room, "ana").await;
    }

    async fn types(&self, room: &str, text: &str) {
        self.enter(room).await;
        self.ana.types(room, text).await;
    }

    async fn picks(&self, room: &str, message: &str, choice: usize) {
        let shown = self.seen(room).await;
        let post = shown.iter().find(|seen| seen.id == message).unwrap();
        let legend = post.text.split("Type one of these:\n").nth(1).unwrap();
        let word = legend.lines().nth(choice).unwrap().split(' ').next().unwrap().to_owned();
        self.types(room, &word).await;
    }

    async fn delete(&self, room: &str) {
        self.warden.destroy(room).await;
    }
}

/// What a client makes of a message: words, unless it is told to style them.
fn look(message: &Value) -> Seen {
    let text = message["body"].as_str().unwrap().to_owned();
    let has = |tag: &str| message["tags"].as_array().unwrap().iter().any(|it| it == tag);
    let formats = has("{http://jabber.org/protocol/xhtml-im}html")
        || !has("{urn:xmpp:styling:0}unstyled")
        || text.starts_with("/me ");
    Seen {
        id: message["id"].as_str().unwrap_or_default().to_owned(),
        mentions: has("{urn:xmpp:reference:0}reference") || text.contains("@room"),
        // What has no width is not on the screen.
        text: text.replace('\u{2060}', ""),
        formats,
        alts: message["words"].as_str().map(ToOwned::to_owned).into_iter().collect(),
        choices: 0,
        is_pinned: false,
    }
}
