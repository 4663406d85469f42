//! What a post is as the content of an event: plain words, and the same words as escaped HTML.
//!
//! It refuses markup from outside: whatever came in a text is escaped, and `m.mentions` is empty, so
//! that a homeserver of today wakes nobody for a name in a text:
//! <https://spec.matrix.org/v1.11/client-server-api/#user-and-room-mentions>.

use serde_json::{Value, json};

use crate::adapters::chat::platform::Saying;
use crate::adapters::chat::words::{cut_bytes, plain, rows, visible};
use crate::domain::line::cut;
use crate::domain::room::{Button, Card};

/// Characters of one message: an event has at most 65,536 bytes, and holds its text twice, as it is
/// and as HTML: <https://spec.matrix.org/v1.11/client-server-api/#size-limits>. What takes more
/// bytes all the same is cut by them.
pub(super) const TEXT_MAX: usize = 16_000;
/// Bytes of a content: an event has 65,536, and ids, hashes and signatures take some of them.
const CONTENT_MAX: usize = 56 * 1024;
/// Bytes of what a client without edits shows of one.
const FALLBACK_MAX: usize = 1_000;
/// Our key in a content: a retry finds what it said, whatever the homeserver forgot.
pub(super) const KEY: &str = "org.warroom.key";
/// The symbols of choices: the digits on keys.
pub(super) const CHOICES_MAX: usize = 9;

/// A picture that is at the homeserver.
#[derive(Debug, Clone)]
pub(super) struct Media {
    /// `mxc://server/id`.
    pub(super) uri: String,
    /// Its size in bytes.
    pub(super) bytes: usize,
    /// Its width and height.
    pub(super) size: Option<(u32, u32)>,
}

/// The symbol of a choice, from 0.
pub(super) fn symbol(choice: usize) -> String {
    format!("{}\u{fe0f}\u{20e3}", choice + 1)
}

/// The choice that a symbol or a bare number means.
pub(super) fn choice(symbol: &str) -> Option<usize> {
    let bare = symbol.trim().trim_end_matches(['\u{fe0f}', '\u{20e3}']);
    let number: usize = bare.parse().ok().filter(|_| bare.len() == 1)?;
    number.checked_sub(1)
}

/// The content of a message.
pub(super) fn content(saying: &Saying<'_>, media: Option<&Media>) -> Value {
    let mut limit = CONTENT_MAX;
    loop {
        let content = sized(saying, media, limit);
        let size = content.to_string().len();
        if size <= CONTENT_MAX || limit < FALLBACK_MAX {
            return content;
        }
        // Escapes make a text longer than its bytes; twice is enough for nearly everything.
        limit /= 2;
    }
}

fn sized(saying: &Saying<'_>, media: Option<&Media>, limit: usize) -> Value {
    let is_shown = media.is_some();
    let whole = plain(saying.post, saying.by, is_shown);
    let text = cut_bytes(&cut(&whole, TEXT_MAX), limit);
    let is_cut = text.len() != whole.len();
    let body = text + &legend(&saying.post.buttons);
    let mut message = json!({
        "msgtype": "m.text",
        "body": body,
        "m.mentions": {},
        KEY: saying.key,
    });
    // A text that had to be cut goes without markup: its end would be cut in a tag.
    if !is_cut {
        set(&mut message, "format", json!("org.matrix.custom.html"));
        set(&mut message, "formatted_body", json!(html(saying, is_shown)));
    }
    if let Some(media) = media {
        picture(&mut message, media, saying);
    }
    match (saying.edits, saying.below) {
        (Some(id), _) => edit(&message, id),
        (None, Some(root)) => below(message, root),
        (None, None) => message,
    }
}

/// With a `filename`, the body is what is said about the picture:
/// <https://spec.matrix.org/v1.11/client-server-api/#media-captions>.
fn picture(message: &mut Value, media: &Media, saying: &Saying<'_>) {
    let alt = saying.post.picture.as_ref().map(|picture| visible(&picture.alt));
    let mut info = json!({"mimetype": "image/png", "size": media.bytes});
    if let Some((width, height)) = media.size {
        set(&mut info, "w", json!(width));
        set(&mut info, "h", json!(height));
    }
    set(message, "msgtype", json!("m.image"));
    set(message, "url", json!(media.uri));
    set(message, "filename", json!("graph.png"));
    set(message, "info", info);
    let Some(alt) = alt.filter(|alt| !alt.is_empty()) else { return };
    for (key, text) in
        [("body", format!("\n\n{alt}")), ("formatted_body", lines(&format!("\n\n{alt}")))]
    {
        let old = message.get(key).and_then(Value::as_str).map(|old| format!("{old}{text}"));
        if let Some(new) = old {
            set(message, key, json!(new));
        }
    }
}

fn edit(message: &Value, id: &str) -> Value {
    let words = message.get("body").and_then(Value::as_str).unwrap_or_default();
    json!({
        "msgtype": message.get("msgtype"),
        "body": format!("* {}", cut_bytes(words, FALLBACK_MAX)),
        "url": message.get("url"),
        "m.mentions": {},
        KEY: message.get(KEY),
        "m.relates_to": {"rel_type": "m.replace", "event_id": id},
        "m.new_content": message,
    })
}

fn below(mut message: Value, root: &str) -> Value {
    let relation = json!({
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": true,
        "m.in_reply_to": {"event_id": root},
    });
    set(&mut message, "m.relates_to", relation);
    message
}

fn legend(buttons: &[Button]) -> String {
    let lines = buttons.iter().take(CHOICES_MAX).enumerate();
    let lines: Vec<String> =
        lines.map(|(at, button)| format!("{} {}", symbol(at), visible(&button.label))).collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!("\n\n{}", lines.join("\n")),
    }
}

fn html(saying: &Saying<'_>, is_shown: bool) -> String {
    let post = saying.post;
    let mut html = String::new();
    if let Some(by) = saying.by {
        html.push_str(&format!("<strong>{}</strong>: ", lines(by)));
    }
    match &post.card {
        Some(card) => html.push_str(&card_html(card)),
        None => html.push_str(&lines(&post.text)),
    }
    if let Some(table) = &post.table {
        html.push_str(&format!("<pre><code>{}</code></pre>", escaped(&rows(table))));
    }
    if let Some(picture) = post.picture.as_ref().filter(|_| !is_shown) {
        html.push_str(&format!("<br><br>{}", lines(&picture.alt)));
    }
    html.push_str(&lines(&legend(&post.buttons)));
    html
}

fn card_html(card: &Card) -> String {
    let mut html = format!(
        "<strong>{} #{} {}</strong> ({})<br>{}",
        lines(&card.symbol),
        card.number,
        lines(&card.title),
        lines(&card.severity),
        lines(&card.state),
    );
    for fact in &card.facts {
        html.push_str(&format!(
            "<br><strong>{}</strong>: {}",
            lines(&fact.name),
            lines(&fact.value)
        ));
    }
    for link in card.links.iter().filter(|link| is_web(&link.url)) {
        html.push_str(&format!("<br><a href=\"{}\">{}</a>", escaped(&link.url), lines(&link.text)));
    }
    html
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn lines(text: &str) -> String {
    escaped(text).replace('\n', "<br>")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::room::Post;

    fn saying<'a>(post: &'a Post) -> Saying<'a> {
        let (edits, below, picture, by) = (None, None, None, None);
        Saying { key: "k1", is_retry: false, post, by, picture, edits, below, pin: false }
    }

    #[test]
    fn a_hostile_text_is_data_and_wakes_nobody() {
        let post = Post::text("<b>x</b> & @room\n<a href='https://matrix.to/#/@a:b'>y</a>");
        let content = content(&saying(&post), None);
        let html = content["formatted_body"].as_str().unwrap();
        assert!(!html.replace("<br>", "").contains(['<', '>']), "{html}");
        assert_eq!(content["m.mentions"], json!({}));
        assert!(!content.to_string().contains("@room"));
    }

    #[test]
    fn the_longest_text_fits_into_an_event_also_as_an_edit() {
        for text in ["x".repeat(40_000), "\u{1f525}".repeat(40_000), "\"<&".repeat(14_000)] {
            let post = Post::text(text);
            let edit = Saying { edits: Some("$1"), ..saying(&post) };
            for saying in [saying(&post), edit] {
                let size = content(&saying, None).to_string().len();
                assert!((10_000..=CONTENT_MAX).contains(&size), "{size}");
            }
        }
    }

    #[test]
    fn a_symbol_or_a_number_is_a_choice() {
        assert_eq!(choice(&symbol(0)), Some(0));
        assert_eq!([choice("3"), choice("3\u{20e3}"), choice("9")], [Some(2), Some(2), Some(8)]);
        for no in ["0", "10", "+1", "", "a", "\u{1f44d}"] {
            assert_eq!(choice(no), None, "{no}");
        }
    }
}
