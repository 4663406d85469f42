//! What is said: once for a key as far as archives tell, edited in place, with choices to type.
//!
//! A server shows the same message twice when it is sent twice, so a retry looks into the archive
//! before it speaks. The id of a message is made of its key. XMPP has no buttons: each choice has a
//! short word of its own, made of the message's id, so that a choice never means another message
//! than the one that it was read in.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::platform::Xmpp;
use super::xml::{CLIENT, CORRECT, SID, STYLING, esc};
use crate::adapters::chat::platform::{Saying, Sent};
use crate::adapters::chat::words::{plain, visible};
use crate::adapters::failure::Failure;
use crate::domain::line::cut;
use crate::domain::room::Button;

/// Characters of one message: servers cut stanzas at 64 KiB and up, and a letter takes four bytes.
pub(super) const TEXT_MAX: usize = 10_000;
/// Choices of one message: each is a digit.
const CHOICES_MAX: usize = 9;
/// Letters of a choice's word, without those that look or sound like others.
const LETTERS: &[u8] = b"bcdfghkmprtvwxz";

impl Xmpp {
    pub(super) async fn say_in(&self, room: &str, saying: Saying<'_>) -> Result<Sent, Failure> {
        self.must_be_in(room).await?;
        self.say_to(room, "groupchat", saying).await
    }

    pub(super) async fn say_to(
        &self,
        to: &str,
        kind: &str,
        saying: Saying<'_>,
    ) -> Result<Sent, Failure> {
        let id = message_id(saying.key);
        let shown = saying.edits.unwrap_or(&id);
        let archive = if kind == "groupchat" { to } else { "" };
        let is_said = saying.is_retry
            && self.newest(archive).await?.iter().any(|kept| kept.message_id() == id);
        let picture = match saying.picture {
            Some(png) if saying.edits.is_none() => self.upload(png, saying.is_retry).await?,
            _ => None,
        };
        if !is_said {
            let text = plain(saying.post, saying.by, picture.is_some());
            let body = cut(&text, TEXT_MAX) + &legend(shown, &saying.post.buttons);
            let extra =
                saying.edits.map(|id| format!("<replace xmlns='{CORRECT}' id='{}'/>", esc(id)));
            self.send_message((to, kind), &id, &body, &extra.unwrap_or_default()).await?;
        }
        if let Some(url) = picture {
            self.show_picture((to, kind), &id, &url, saying.post).await?;
        }
        Ok(Sent { id: shown.into() })
    }

    /// Sends a message; in a room, its own echo says that it arrived.
    pub(super) async fn send_message(
        &self,
        (to, kind): (&str, &str),
        id: &str,
        body: &str,
        extra: &str,
    ) -> Result<(), Failure> {
        let xml = format!(
            "<message xmlns='{CLIENT}' type='{kind}' id='{id}' to='{}'><body>{}</body>\
             <origin-id xmlns='{SID}' id='{id}'/><unstyled xmlns='{STYLING}'/>{extra}</message>",
            esc(to),
            esc(&unspoken(body))
        );
        if kind != "groupchat" {
            return self.link.send(&xml).await;
        }
        let told = self.link.send_and_wait(&format!("message/{id}"), &xml).await?;
        told.done("cannot say it in the room")?;
        Ok(())
    }
}

/// A text that clients do not show as something we do: <https://xmpp.org/extensions/xep-0245.html>.
fn unspoken(body: &str) -> Cow<'_, str> {
    match body.starts_with("/me ") {
        true => format!("\u{2060}{body}").into(),
        false => body.into(),
    }
}

/// The id of a message, the same for the same key.
pub(super) fn message_id(key: &str) -> String {
    let id: String = hex::encode(Sha256::digest(key)).chars().take(24).collect();
    format!("wr{id}")
}

/// What a message's choices begin with.
pub(super) fn code(id: &str) -> String {
    let hash = Sha256::digest(id);
    let letter = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied();
    hash.iter().take(2).filter_map(letter).map(char::from).collect()
}

/// The code and the choice of a word, where it is one.
pub(super) fn picked(word: &str) -> Option<(String, usize)> {
    let word = word.trim().to_ascii_lowercase();
    let (code, digit) = word.split_at_checked(2)?;
    let number: usize = digit.parse().ok().filter(|_| digit.len() == 1)?;
    let is_code = code.bytes().all(|byte| LETTERS.contains(&byte));
    Some((code.to_owned(), number.checked_sub(1)?)).filter(|_| is_code)
}

fn legend(id: &str, buttons: &[Button]) -> String {
    if buttons.is_empty() {
        return String::new();
    }
    let code = code(id);
    let lines = buttons.iter().take(CHOICES_MAX).enumerate();
    let lines = lines.map(|(at, button)| format!("{code}{}  {}", at + 1, visible(&button.label)));
    format!("\n\nType one of these:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_belongs_to_its_message() {
        let id = message_id("12.1");
        assert_eq!(picked(&format!(" {}2 ", code(&id).to_uppercase())), Some((code(&id), 1)));
        for no in ["", "2", "bc", "bc0", "bc12", "ae1", "ack", "\u{e4}1"] {
            assert_eq!(picked(no), None, "{no}");
        }
    }
}
