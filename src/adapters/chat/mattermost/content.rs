//! A post of ours as Mattermost takes it: Markdown that shows every text as it is, and buttons.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use url::Url;

use super::escape::escape;
use super::options::Options;
use crate::adapters::chat::platform::Saying;
use crate::adapters::chat::words::rows;
use crate::domain::messages;
use crate::domain::room::{Button, Card, Link, Style, Table};
use crate::domain::secret::Secret;

/// Characters of a text that are shown; what escaping adds has room behind it.
pub(super) const TEXT_MAX: usize = 10_000;
/// Characters of a message: `PostMessageMaxRunesV2` in `server/public/model/post.go`.
const MESSAGE_MAX: usize = 16_383;
/// Characters of a table, and of a fact: a phone shows fewer.
const TABLE_MAX: usize = 2_500;
const FACT_MAX: usize = 300;
/// Characters on a button.
const LABEL_MAX: usize = 75;
/// Choices of one message, and the names of their symbols.
pub(super) const SYMBOLS: [&str; 10] =
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten"];
/// The name of our property of a post.
pub(super) const OURS: &str = "warroom";
/// What the proofs of buttons are about, so that they prove nothing else.
const PURPOSE: &[u8] = b"warroom: a button of mattermost";

/// The message of a saying.
pub(super) fn message(options: &Options, saying: &Saying<'_>) -> String {
    let post = saying.post;
    let mut most = TEXT_MAX;
    loop {
        let mut parts = Vec::new();
        match &post.card {
            Some(card) => parts.push(self::card(card, options.external_url.as_ref())),
            None if post.text.is_empty() => {}
            None => parts.push(escape(&messages::cut(&post.text, most))),
        }
        parts.extend(post.table.as_ref().map(table));
        let hidden = post.picture.as_ref().filter(|_| saying.picture.is_none());
        parts.extend(hidden.map(|picture| escape(&messages::cut(&picture.alt, most))));
        if options.callback.is_none() {
            parts.extend(symbols(&post.buttons));
        }
        let by = saying.by.map(|by| format!("{}: ", escape(&messages::plain(by, FACT_MAX))));
        let whole = format!("{}{}", by.unwrap_or_default(), parts.join("\n\n"));
        match whole.chars().count() {
            // A message of nothing but blanks is none.
            _ if whole.trim().is_empty() => return "(nothing)".to_owned(),
            length if length <= MESSAGE_MAX => return whole,
            // A text of nothing but marks: what escaping adds takes from what is shown.
            _ if most > 500 => most /= 2,
            _ => return whole.chars().take(MESSAGE_MAX).collect(),
        }
    }
}

/// The properties of a saying: its key, how much it offers, its buttons.
pub(super) fn props(options: &Options, room: &str, saying: &Saying<'_>) -> Value {
    let buttons = &saying.post.buttons;
    let choices = buttons.len().min(SYMBOLS.len());
    let mut props = json!({ OURS: { "key": saying.key, "choices": choices } });
    let Some(callback) = options.callback.as_ref().filter(|_| choices > 0) else { return props };
    let action = |(choice, button): (usize, &Button)| {
        let proof = proof(&options.token, room, saying.key, choice);
        let context = json!({ "room": room, "key": saying.key, "choice": choice, "proof": proof });
        json!({
            // The server takes letters and digits only.
            "id": format!("choice{choice}"),
            "type": "button",
            "name": label(choice, button),
            "style": match button.style {
                Style::Normal => "default",
                Style::Primary => "primary",
                Style::Danger => "danger",
            },
            "integration": { "url": callback, "context": context },
        })
    };
    let actions: Vec<Value> = buttons.iter().take(choices).enumerate().map(action).collect();
    let fallback: Vec<&str> = buttons.iter().map(|button| button.label.as_str()).collect();
    let fallback = messages::plain(&fallback.join(", "), FACT_MAX);
    if let Some(props) = props.as_object_mut() {
        let attachment = json!({ "fallback": escape(&fallback), "text": "", "actions": actions });
        props.insert("attachments".to_owned(), json!([attachment]));
    }
    props
}

/// What only the server and we know of a button: clients are never shown what is behind one.
fn proof(token: &Secret, room: &str, key: &str, choice: usize) -> String {
    // HMAC takes keys of any length: this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.reveal().as_bytes()) else {
        return String::new();
    };
    for part in [PURPOSE, room.as_bytes(), key.as_bytes(), choice.to_string().as_bytes()] {
        mac.update(part);
        mac.update(b"\n");
    }
    hex::encode(mac.finalize().into_bytes())
}

/// Whether we gave this button away ourselves.
pub(super) fn is_proven(
    token: &Secret,
    (room, key): (&str, &str),
    choice: usize,
    given: &str,
) -> bool {
    let ours = proof(token, room, key, choice);
    !ours.is_empty() && bool::from(ours.as_bytes().ct_eq(given.as_bytes()))
}

fn label(choice: usize, button: &Button) -> String {
    let label = escape(&messages::plain(&button.label, LABEL_MAX));
    if label.trim().is_empty() { (choice + 1).to_string() } else { label }
}

/// What can be picked by a reaction; nothing where nothing can.
fn symbols(buttons: &[Button]) -> Option<String> {
    let named = buttons.iter().zip(SYMBOLS).enumerate();
    let lines: Vec<String> =
        named.map(|(at, (button, name))| format!(":{name}: {}", label(at, button))).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn card(card: &Card, base: Option<&Url>) -> String {
    let Card { number, title, severity, state, symbol, facts, links } = card;
    let short = |text: &str| escape(&messages::plain(text, FACT_MAX));
    let mut lines = vec![
        format!("**{symbol} INC-{number} {}: {}**", short(severity), short(title)),
        short(state),
    ];
    lines.extend(facts.iter().map(|it| format!("**{}:** {}", short(&it.name), short(&it.value))));
    let links: Vec<String> = links.iter().filter_map(|link| anchor(link, base)).collect();
    if !links.is_empty() {
        lines.push(links.join(" \u{b7} "));
    }
    lines.join("\n")
}

/// A link of ours; none where it leads nowhere that Mattermost can show.
fn anchor(Link { text, url }: &Link, base: Option<&Url>) -> Option<String> {
    let url = match base {
        Some(base) => base.join(url).ok()?,
        None => Url::parse(url).ok()?,
    };
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let safe = |c: char| match c {
        '(' => "%28".to_owned(),
        ')' => "%29".to_owned(),
        '<' => "%3C".to_owned(),
        '>' => "%3E".to_owned(),
        '\\' => "%5C".to_owned(),
        c => c.to_string(),
    };
    let address: String = url.as_str().chars().map(safe).collect();
    Some(format!("[{}]({address})", escape(&messages::plain(text, LABEL_MAX))))
}

/// Rows and columns in letters of one width: between fences nothing is read as anything.
fn table(table: &Table) -> String {
    let shown = messages::cut(&rows(table), TABLE_MAX);
    let mut fence = "```".to_owned();
    while shown.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}\n{shown}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::chat::platform::Saying;
    use crate::domain::room::Post;

    fn options(callback: Option<&str>) -> Options {
        let callback = callback.map(|url| url.parse().unwrap());
        let url = "https://mm.example".parse().unwrap();
        Options { callback, ..Options::new(url, Secret::new("tok"), "sre") }
    }

    fn saying(post: &Post) -> Saying<'_> {
        let (by, picture, edits, below) = (None, None, None, None);
        Saying { key: "k", is_retry: false, post, by, picture, edits, below, pin: false }
    }

    #[test]
    fn a_message_of_marks_alone_still_fits() {
        let post = Post::text("&amp;$\\*".repeat(20_000));
        let whole = message(&options(None), &saying(&post));
        assert!(whole.chars().count() <= MESSAGE_MAX && whole.contains("left out"));
    }

    #[test]
    fn a_button_proves_its_room_message_and_place() {
        let button = |label: &str| Button {
            label: label.to_owned(),
            command: "ack 1".to_owned(),
            style: Style::Primary,
        };
        let post = Post { buttons: vec![button("Ack"), button("*x*")], ..Post::text("Firing") };
        let props = props(&options(Some("https://w.example/hooks/chat/mm")), "r", &saying(&post));
        let actions = &props["attachments"][0]["actions"];
        assert_eq!(actions[1]["name"], "\\*x\\*");
        let proof = actions[1]["integration"]["context"]["proof"].as_str().unwrap();
        let token = Secret::new("tok");
        assert!(is_proven(&token, ("r", "k"), 1, proof));
        let forged = [
            is_proven(&token, ("r", "k"), 0, proof),
            is_proven(&token, ("other", "k"), 1, proof),
            is_proven(&token, ("r", "other"), 1, proof),
            is_proven(&Secret::new("other"), ("r", "k"), 1, proof),
            is_proven(&token, ("r", "k"), 1, ""),
        ];
        assert_eq!(forged, [false; 5]);
        assert!(!props.to_string().contains("tok\""), "the token is nowhere in it");
    }

    #[test]
    fn a_link_cannot_be_broken_out_of_and_a_table_cannot_end_its_fence() {
        let link = |text: &str, url: &str| Link { text: text.to_owned(), url: url.to_owned() };
        let made = anchor(&link("a](x) *b*", "https://e.example/?q=)("), None).unwrap();
        assert_eq!(made, "[a\\](x) \\*b\\*](https://e.example/?q=%29%28)");
        assert_eq!(anchor(&link("x", "javascript:alert(1)"), None), None);
        assert_eq!(anchor(&link("x", "/i/1"), None), None);
        let cells = vec!["```".to_owned()];
        let shown = self::table(&Table { columns: cells.clone(), rows: vec![cells], more: 0 });
        assert!(shown.starts_with("````\n") && shown.ends_with("\n````"), "{shown}");
    }
}
