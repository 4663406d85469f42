//! A post in plain words, for platforms that show no more, and as what stands beside markup.
//!
//! Every text is data: what hides or turns letters around is taken out here, and nothing else is
//! changed. Escaping is the business of the platform that has markup.

use crate::domain::chart::is_invisible;
use crate::domain::room::{Post, Table};

/// Whoever says so in Matrix' or XMPP's clients wakes a whole room.
const ROOM_MENTION: &str = "@room";

/// A text without characters that hide, control or turn others around, and without a mention of
/// the whole room: a joiner of no width keeps its letters readable.
#[must_use]
pub fn visible(text: &str) -> String {
    let kept: String =
        text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_invisible(*c)).collect();
    let mut out = String::with_capacity(kept.len());
    let mut rest = kept.as_str();
    while let Some(at) = rest.find('@') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        out.push('@');
        let begins = tail.get(..ROOM_MENTION.len());
        if begins.is_some_and(|word| word.eq_ignore_ascii_case(ROOM_MENTION)) {
            out.push('\u{2060}');
        }
        rest = tail.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The text of a post with everything in it that words can carry: who said it, its table, and what
/// its picture shows where the picture itself is not there.
#[must_use]
pub fn plain(post: &Post, by: Option<&str>, is_shown: bool) -> String {
    let mut text = by.map_or_else(String::new, |by| format!("{}: ", visible(by)));
    text.push_str(&visible(&post.text));
    if let Some(table) = &post.table {
        text.push_str("\n\n");
        text.push_str(&rows(table));
    }
    if let Some(picture) = post.picture.as_ref().filter(|_| !is_shown) {
        text.push_str("\n\n");
        text.push_str(&visible(&picture.alt));
    }
    text
}

/// A table in columns of one width.
#[must_use]
pub fn rows(table: &Table) -> String {
    let lines = || std::iter::once(&table.columns).chain(&table.rows);
    let width = |column: usize| {
        let cells = lines().filter_map(|line| line.get(column));
        cells.map(|cell| visible(cell).chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let mut text: Vec<String> = lines().map(|line| padded(line, &widths)).collect();
    if table.more > 0 {
        text.push(format!("and {} more", table.more));
    }
    text.join("\n")
}

fn padded(line: &[String], widths: &[usize]) -> String {
    let cells = line.iter().zip(widths).map(|(cell, width)| {
        let cell = visible(cell).replace('\n', " ");
        format!("{cell:<width$}")
    });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// The beginning of a text that takes at most so many bytes, with a mark where something is missing.
#[must_use]
pub fn cut_bytes(text: &str, bytes: usize) -> String {
    const MARK: &str = "\u{2026}";
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut end = bytes.saturating_sub(MARK.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{MARK}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_neither_wakes_a_room_nor_turns_letters_around() {
        let shown = visible("safe\u{202e}txt @room @ROOMs <b>@all</b>\0");
        assert_eq!(shown, "safetxt @\u{2060}room @\u{2060}ROOMs <b>@all</b>");
        assert_eq!(visible("a@b \u{e4}@\u{e4} @"), "a@b \u{e4}@\u{e4} @");
    }

    #[test]
    fn a_table_and_a_missing_picture_are_words() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        let table =
            Table { columns: row("who", "n"), rows: vec![row("ana\u{202e}", "1")], more: 2 };
        let post = Post { table: Some(table), ..Post::text("two") };
        assert_eq!(plain(&post, Some("ben"), false), "ben: two\n\nwho  n\nana  1\nand 2 more");
    }

    #[test]
    fn a_cut_never_splits_a_letter() {
        assert_eq!(cut_bytes("\u{e4}\u{e4}\u{e4}\u{e4}", 7), "\u{e4}\u{e4}\u{2026}");
        assert_eq!(cut_bytes("abc", 3), "abc");
    }
}
