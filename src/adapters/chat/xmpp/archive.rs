//! Reading an archive, of a room or our own: <https://xmpp.org/extensions/xep-0313.html>.

use chrono::{DateTime, Utc};
use tokio_xmpp::minidom::Element;

use super::link::lock;
use super::platform::Xmpp;
use super::xml::{CLIENT, DELAY, FORWARD, MAM, RSM, SID, esc, form};
use crate::adapters::failure::Failure;

/// Messages of one page.
pub(super) const PAGE: usize = 100;

/// One message of an archive.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// The archive's id, the same however often it is read.
    pub(super) id: String,
    /// When the server took it.
    pub(super) at: DateTime<Utc>,
    /// The message as it was sent.
    pub(super) message: Element,
}

impl Kept {
    /// The id that its sender gave it.
    pub(super) fn message_id(&self) -> &str {
        let origin = self.message.get_child("origin-id", SID).and_then(|it| it.attr("id"));
        self.message.attr("id").or(origin).unwrap_or_default()
    }

    /// Its words.
    pub(super) fn body(&self) -> String {
        self.message.get_child("body", CLIENT).map(Element::text).unwrap_or_default()
    }
}

/// From where an archive is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum From<'a> {
    /// After this message, the oldest first.
    After(&'a str),
    /// Since this time, the oldest first.
    Since(DateTime<Utc>),
    /// The newest ones, the oldest of them first.
    Newest,
}

/// A page of an archive.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) messages: Vec<Kept>,
    /// Whether nothing comes after it.
    pub(super) is_last: bool,
}

/// Why a page cannot be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The archive does not know the place.
    Forgotten,
    /// Anything else.
    Failed(Failure),
}

impl Xmpp {
    /// Reads a page of a room's archive; of our own, where the room is empty.
    pub(super) async fn page(&self, room: &str, from: From<'_>) -> Result<Page, Unread> {
        let query = self.link.id();
        let (since, place) = match from {
            From::After(id) => (None, format!("<after>{}</after>", esc(id))),
            From::Since(at) => (Some(at.to_rfc3339()), String::new()),
            From::Newest => (None, "<before/>".to_owned()),
        };
        let form = since.map(|since| form(MAM, &[("start", &since)])).unwrap_or_default();
        let payload = format!(
            "<query xmlns='{MAM}' queryid='{query}'>{form}<set xmlns='{RSM}'><max>{PAGE}</max>{place}\
             </set></query>"
        );
        lock(&self.link.shared.pages).insert(query.clone(), Vec::new());
        let asked = self.link.ask("set", room, &payload).await;
        let results = lock(&self.link.shared.pages).remove(&query).unwrap_or_default();
        let answer = asked.map_err(Unread::Failed)?;
        if matches!(&answer, super::link::Asked::Refused(why, _) if why == "item-not-found")
            && matches!(from, From::After(_))
        {
            return Err(Unread::Forgotten);
        }
        let fin = answer.done("cannot read the archive").map_err(Unread::Failed)?;
        let is_last = fin.is_none_or(|fin| fin.attr("complete") == Some("true"));
        let messages = results.iter().filter_map(kept).collect();
        Ok(Page { messages, is_last })
    }

    /// The newest messages of an archive.
    pub(super) async fn newest(&self, room: &str) -> Result<Vec<Kept>, Failure> {
        match self.page(room, From::Newest).await {
            Ok(page) => Ok(page.messages),
            Err(Unread::Failed(failure)) => Err(failure),
            Err(Unread::Forgotten) => Ok(Vec::new()),
        }
    }
}

fn kept(result: &Element) -> Option<Kept> {
    let forwarded = result.get_child("forwarded", FORWARD)?;
    let stamp = forwarded.get_child("delay", DELAY)?.attr("stamp")?;
    let message = forwarded.get_child("message", CLIENT)?.clone();
    let at = DateTime::parse_from_rfc3339(stamp).ok()?.to_utc();
    Some(Kept { id: result.attr("id")?.to_owned(), at, message })
}
