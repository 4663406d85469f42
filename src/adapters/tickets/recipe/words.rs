//! Texts of alerts, made harmless for trackers that read meaning into them.

use serde::Deserialize;
use serde_json::{Value, json};

/// What a tracker reads into a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Markup {
    /// Nothing.
    #[default]
    Plain,
    /// Markdown, mentions, and lines that begin with a slash and are commands.
    Markdown,
    /// The wiki marks of Jira and Redmine.
    Wiki,
}

/// What stands before a ticket's marker. A text that holds it already could pass for ours.
pub(super) const MARKER: &str = "warroom-key: ";
/// Takes no room and keeps two letters from meaning something together.
const APART: char = '\u{200b}';

/// A text in which nothing means anything, and which holds no marker.
pub(super) fn harmless(text: &str, markup: Markup) -> String {
    let text = text.replace("warroom-key", &format!("warroom{APART}-key"));
    let text: String =
        text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let marks: &[char] = match markup {
        Markup::Plain => return text,
        Markup::Markdown => &['@', '#', '!', '['],
        Markup::Wiki => &['@', '#', '!', '[', '{'],
    };
    let mut out = String::with_capacity(text.len() + 16);
    let mut is_begin = true;
    for c in text.chars() {
        match c {
            '/' if is_begin => out.extend([APART, '/']),
            '<' if markup == Markup::Markdown => out.push_str("&lt;"),
            c if marks.contains(&c) => out.extend([c, APART]),
            c => out.push(c),
        }
        is_begin = c == '\n' || (is_begin && c.is_whitespace());
    }
    out
}

/// The line that carries a marker.
pub(super) fn line(marker: &str, markup: Markup) -> String {
    match markup {
        Markup::Markdown => format!("<!-- {MARKER}{marker} -->"),
        Markup::Plain | Markup::Wiki => format!("{MARKER}{marker}"),
    }
}

/// A text as Jira Cloud takes it, a paragraph a line
/// (<https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/>).
pub(super) fn adf(text: &str) -> Value {
    let paragraph = |line: &str| match line.trim_end() {
        "" => json!({"type": "paragraph", "content": []}),
        line => json!({"type": "paragraph", "content": [{"type": "text", "text": line}]}),
    };
    let content: Vec<Value> = text.lines().map(paragraph).collect();
    json!({"type": "doc", "version": 1, "content": content})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_mention_nobody_and_command_nothing() {
        let evil = "@all see #1\n/close\n  /assign @eve\n<script>![x](y)\u{7}";
        let text = harmless(evil, Markup::Markdown);
        for bad in ["@all", "#1", "\n/close", "  /assign", "<script>", "![x]"] {
            assert!(!text.contains(bad), "{bad} in {text}");
        }
        assert_eq!(harmless("a/b @x", Markup::Plain), "a/b @x");
    }

    #[test]
    fn a_text_cannot_carry_a_marker() {
        for markup in [Markup::Plain, Markup::Markdown, Markup::Wiki] {
            let evil = format!("x {}", line("1.2.3", markup));
            assert!(!harmless(&evil, markup).contains(&line("1.2.3", markup)), "{markup:?}");
        }
    }
}
