//! Where each stanza of the server goes: to whoever waits for it, or as news to whoever listens.

use tokio_xmpp::Stanza;
use tokio_xmpp::jid::Jid;
use tokio_xmpp::minidom::Element;
use tokio_xmpp::parsers::iq::Iq;
use tokio_xmpp::parsers::message::{Message, MessageType};
use tokio_xmpp::parsers::presence::{Presence, Type};
use tokio_xmpp::parsers::stanza_error::StanzaError;

use super::link::{News, Session, Shared, Told, lock};
use super::xml::{CONFERENCE, MAM, MUC_USER};
use crate::domain::line::cut;

/// Characters of the server's own words.
const WORDS_MAX: usize = 200;

/// Takes one stanza; gives the reply that it must have.
pub(super) fn incoming(shared: &Shared, stanza: Stanza) -> Option<Stanza> {
    match stanza {
        Stanza::Iq(iq) => answer(shared, iq),
        Stanza::Message(message) => {
            said(shared, &message);
            None
        }
        Stanza::Presence(presence) => {
            there(shared, &presence);
            None
        }
    }
}

fn answer(shared: &Shared, iq: Iq) -> Option<Stanza> {
    match iq {
        Iq::Result { id, payload, .. } => shared.tell(&format!("iq/{id}"), Told::Done(payload)),
        Iq::Error { id, error, .. } => shared.tell(&format!("iq/{id}"), refused(&error)),
        // Whoever asks whether we are there hears yes; nothing else is answered by a program.
        Iq::Get { from, id, .. } | Iq::Set { from, id, .. } => {
            return Some(Iq::Result { from: None, to: from, id, payload: None }.into());
        }
    }
    None
}

fn said(shared: &Shared, message: &Message) {
    let payload = |name: &str, ns: &str| message.payloads.iter().find(|it| it.is(name, ns));
    let id = message.id.as_ref().map(|id| id.0.as_str()).unwrap_or_default();
    if let Some(result) = payload("result", MAM) {
        let query = result.attr("queryid").unwrap_or_default();
        if let Some(page) = lock(&shared.pages).get_mut(query) {
            page.push(result.clone());
        }
        return;
    }
    let Some(from) = &message.from else { return };
    let bare = from.to_bare().to_string();
    match message.type_ {
        MessageType::Error => {
            let error = message.payloads.iter().find(|it| it.name() == "error");
            let error = error.and_then(|error| StanzaError::try_from(error.clone()).ok());
            let told = error.as_ref().map_or_else(
                || Told::Refused("undefined-condition".to_owned(), String::new()),
                refused,
            );
            shared.tell(&format!("message/{id}"), told);
        }
        MessageType::Groupchat => {
            let ours = lock(&shared.joined).get(&bare).cloned();
            if ours.is_some() && ours.as_deref() == from.resource().map(|nick| nick.as_str()) {
                shared.tell(&format!("message/{id}"), Told::Done(None));
            }
            shared.news(News::Room(bare));
        }
        _ => {
            let is_ours = matches!(&*shared.session.borrow(), Session::Up(me) if is_same(me, from));
            match payload("x", CONFERENCE).and_then(|x| x.attr("jid")) {
                Some(room) if is_ours => shared.news(News::Opened(room.to_owned())),
                Some(_) => {}
                None => shared.news(News::Direct),
            }
        }
    }
}

fn is_same(one: &Jid, other: &Jid) -> bool {
    one.to_bare() == other.to_bare()
}

fn there(shared: &Shared, presence: &Presence) {
    let Some(from) = &presence.from else { return };
    let bare = from.to_bare().to_string();
    let nick = from.resource().map(|nick| nick.as_str().to_owned()).unwrap_or_default();
    let user = presence.payloads.iter().find(|it| it.is("x", MUC_USER));
    let has_status = |code: &str| {
        let codes = user.into_iter().flat_map(Element::children);
        codes.into_iter().any(|it| it.name() == "status" && it.attr("code") == Some(code))
    };
    match presence.type_ {
        Type::Error => {
            let error = presence.payloads.iter().find(|it| it.name() == "error");
            let error = error.and_then(|error| StanzaError::try_from(error.clone()).ok());
            if let Some(error) = error {
                shared.tell(&format!("join/{bare}"), refused(&error));
            }
        }
        Type::None if has_status("110") => {
            lock(&shared.joined).insert(bare.clone(), nick);
            shared.tell(&format!("join/{bare}"), Told::Done(user.cloned()));
        }
        Type::Unavailable if has_status("110") || is_destroyed(user) => {
            let was = lock(&shared.joined).remove(&bare);
            // 332: the server shuts down. It is no person's doing.
            if was.is_some() && !has_status("332") {
                shared.news(News::Out(bare, is_destroyed(user)));
            }
        }
        _ => {}
    }
}

fn is_destroyed(user: Option<&Element>) -> bool {
    user.is_some_and(|user| user.has_child("destroy", MUC_USER))
}

fn refused(error: &StanzaError) -> Told {
    let element: Element = error.clone().into();
    let condition = element.children().find(|child| child.name() != "text");
    let condition = condition.map(|child| child.name().to_owned()).unwrap_or_default();
    let words = error.texts.values().next().map(|words| cut(words, WORDS_MAX)).unwrap_or_default();
    Told::Refused(condition, words)
}
