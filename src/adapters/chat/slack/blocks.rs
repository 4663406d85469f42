//! A post as Slack's blocks.
//!
//! Texts go into `rich_text` elements, which Slack shows letter by letter: nothing in them mentions,
//! links or formats. Only our own links are Slack's markup. The fallback for notifications is plain
//! text with `& < >` escaped, as <https://docs.slack.dev/messaging/formatting-message-text> asks.

use serde_json::{Value, json};
use url::Url;

use crate::domain::messages;
use crate::domain::room::{Button, Card, Link, Post, Style, Table};

/// Characters of a text that are shown: all blocks of a message together fail near 13,200
/// (slackapi/bolt-js#2509), and card, table and buttons need some.
pub(super) const TEXT_MAX: usize = 10_000;
/// Characters of one element; sections end at 3,000.
const ELEMENT_MAX: usize = 3_000;
/// Characters of a table that are shown: a phone shows fewer.
const TABLE_MAX: usize = 2_500;
/// Characters of a fact of a card.
const FACT_MAX: usize = 300;
/// Characters on a button: <https://docs.slack.dev/reference/block-kit/block-elements/button-element>.
const LABEL_MAX: usize = 75;
/// Elements in one block of actions:
/// <https://docs.slack.dev/reference/block-kit/blocks/actions-block>.
const BUTTONS_MAX: usize = 25;
/// Characters of the fallback: it is read in notifications.
const FALLBACK_MAX: usize = 3_000;

/// What the action ids of our buttons begin with; the choice's number follows.
pub(super) const CHOICE: &str = "choice-";

/// The blocks of a message, and its fallback.
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) blocks: Vec<Value>,
}

/// A post as blocks. `alt`: its picture is not shown, so that its words are.
pub(super) fn render(
    post: &Post,
    by: Option<&str>,
    has_picture: bool,
    base: Option<&Url>,
) -> Rendered {
    let mut blocks = Vec::new();
    if let Some(by) = by {
        blocks.push(rich(&[bold(&messages::plain(by, FACT_MAX))]));
    }
    match &post.card {
        Some(card) => card_blocks(card, base, &mut blocks),
        None => blocks.extend(texts(&post.text)),
    }
    blocks.extend(post.table.as_ref().map(table));
    if let Some(picture) = post.picture.as_ref().filter(|_| !has_picture) {
        blocks.extend(texts(&format!("[{}]", picture.alt)));
    }
    blocks.extend(actions(&post.buttons));
    if blocks.is_empty() {
        blocks.push(rich(&[text("(nothing)")]));
    }
    let who = by.map(|by| format!("{by}: ")).unwrap_or_default();
    let fallback = messages::cut(&format!("{who}{}", post.text), FALLBACK_MAX);
    let text = if fallback.trim().is_empty() { "(nothing)".to_owned() } else { escaped(&fallback) };
    Rendered { text, blocks }
}

/// `& < >` are all that Slack reads in a text.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What Slack made of `& < >`.
pub(super) fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn bold(text: &str) -> Value {
    json!({ "type": "text", "text": text, "style": { "bold": true } })
}

fn rich(elements: &[Value]) -> Value {
    let section = json!({ "type": "rich_text_section", "elements": elements });
    json!({ "type": "rich_text", "elements": [section] })
}

/// A text in pieces that Slack takes; what is too much is left out, and says so.
fn texts(whole: &str) -> Vec<Value> {
    let kept = if whole.chars().count() > TEXT_MAX {
        // The word about what is missing is a line of its own.
        messages::cut(whole, TEXT_MAX - 100)
    } else {
        whole.to_owned()
    };
    let letters: Vec<char> = kept.chars().collect();
    let pieces = letters.chunks(ELEMENT_MAX).map(|piece| piece.iter().collect::<String>());
    pieces.map(|piece| rich(&[text(&piece)])).collect()
}

fn card_blocks(card: &Card, base: Option<&Url>, blocks: &mut Vec<Value>) {
    let Card { number, title, severity, state, symbol, facts, links } = card;
    let head = format!("{symbol} INC-{number} {severity}: {}\n", messages::plain(title, FACT_MAX));
    let mut elements = vec![bold(&head), text(&messages::plain(state, FACT_MAX))];
    for fact in facts {
        elements.push(bold(&format!("\n{}: ", messages::plain(&fact.name, FACT_MAX))));
        elements.push(text(&messages::plain(&fact.value, FACT_MAX)));
    }
    blocks.push(rich(&elements));
    let links: Vec<String> = links.iter().filter_map(|link| anchor(link, base)).collect();
    if !links.is_empty() {
        let text =
            json!({ "type": "mrkdwn", "text": messages::cut(&links.join("  "), ELEMENT_MAX) });
        blocks.push(json!({ "type": "context", "elements": [text] }));
    }
}

/// A link of ours; none where it leads nowhere that Slack can show.
fn anchor(Link { text, url }: &Link, base: Option<&Url>) -> Option<String> {
    let url = match base {
        Some(base) => base.join(url).ok()?,
        None => Url::parse(url).ok()?,
    };
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let address = url.as_str().replace('|', "%7C").replace('>', "%3E").replace('<', "%3C");
    let words: String = text.chars().filter(|c| !"*_~`|".contains(*c) && !c.is_control()).collect();
    Some(format!("<{address}|{}>", escaped(&words)))
}

/// Rows and columns in letters of one width.
fn table(table: &Table) -> Value {
    let Table { columns, rows, more } = table;
    let all = || std::iter::once(columns).chain(rows);
    let width = |at: usize| {
        let cells = all().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.max().unwrap_or_default().min(40)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| format!("{:width$}", messages::plain(cell, 40)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines: Vec<String> = all().map(line).collect();
    if *more > 0 {
        lines.push(format!("({more} more)"));
    }
    let shown = messages::cut(&lines.join("\n"), TABLE_MAX);
    let fixed = json!({ "type": "rich_text_preformatted", "elements": [text(&shown)] });
    json!({ "type": "rich_text", "elements": [fixed] })
}

fn actions(buttons: &[Button]) -> Option<Value> {
    let element = |(place, button): (usize, &Button)| {
        let label = messages::plain(&button.label, LABEL_MAX);
        let label = if label.trim().is_empty() { format!("{}", place + 1) } else { label };
        let mut element = json!({
            "type": "button",
            "action_id": format!("{CHOICE}{place}"),
            "text": { "type": "plain_text", "text": label, "emoji": false },
        });
        match button.style {
            Style::Normal => {}
            Style::Primary => element["style"] = "primary".into(),
            Style::Danger => element["style"] = "danger".into(),
        }
        element
    };
    let elements: Vec<Value> = buttons.iter().take(BUTTONS_MAX).enumerate().map(element).collect();
    (!elements.is_empty()).then(|| json!({ "type": "actions", "elements": elements }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_stays_inside_what_blocks_may_hold() {
        let post = Post::text("&<>x ".repeat(20_000));
        let Rendered { text, blocks } = render(&post, Some("ana"), false, None);
        let shown: usize = blocks.iter().map(|block| block.to_string().len()).sum();
        assert!(shown < 13_200 && blocks.len() <= 50, "{shown}");
        assert!(text.contains("left out") && !text.contains('<'));
    }

    #[test]
    fn a_link_cannot_be_broken_out_of() {
        let link = |text: &str, url: &str| Link { text: text.to_owned(), url: url.to_owned() };
        let base = Url::parse("https://warroom.example").unwrap();
        let made = anchor(&link("a|b> <!here> *x*", "https://e.example/?q=|>"), None).unwrap();
        assert_eq!(made, "<https://e.example/?q=%7C%3E|ab&gt; &lt;!here&gt; x>");
        assert_eq!(anchor(&link("x", "javascript:alert(1)"), None), None);
        assert_eq!(anchor(&link("x", "/i/1"), None), None);
        let here = anchor(&link("x", "/i/1"), Some(&base)).unwrap();
        assert_eq!(here, "<https://warroom.example/i/1|x>");
    }
}
