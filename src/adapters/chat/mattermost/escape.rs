//! Takes every letter of a text its power: Mattermost reads Markdown, mentions, hashtags, channel links,
//! symbols by name and formulas, and no mark of a message turns that off.
//!
//! What its web client (`mattermost/marked: lib/marked.js`) and the `CommonMark` of its apps both undo is
//! escaped by a backslash or as an entity. What the server looks for in the letters as they are sent
//! (`server/channels/app/mention_parser_standard.go`, `server/public/model/post.go`) gets a joiner of no
//! width. A plain address stays as it is: people press it, and it shows where it leads.

use crate::domain::chart::is_invisible;

/// Keeps two letters beside each other and tells them apart.
const JOINER: char = '\u{2060}';
/// A blank that is no indentation: four blanks begin a block of code.
const BLANK: char = '\u{2007}';
/// What addresses begin with that are left as they are.
const SCHEMES: [&str; 2] = ["https://", "http://"];
/// Letters of an address that nothing reads as anything else.
const IN_ADDRESS: &str = "/.-_?=&%:+,#";

/// A text that shows itself, letter by letter.
pub(super) fn escape(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let line: String = line.replace('\t', " ");
        line.chars().filter(|c| !is_invisible(*c)).collect::<String>()
    });
    lines.map(|line| one_line(&line)).collect::<Vec<_>>().join("\n")
}

fn one_line(line: &str) -> String {
    let body = line.trim_start_matches(' ');
    let mut out: String = std::iter::repeat_n(BLANK, line.len() - body.len()).collect();
    let marked = begin(body, &mut out);
    let mut before = None;
    let mut rest = marked;
    while let Some(letter) = rest.chars().next() {
        let taken = match address(before, rest) {
            Some(address) => {
                out.push_str(address);
                address.len()
            }
            None => {
                inert(before, rest, &mut out);
                letter.len_utf8()
            }
        };
        let (head, tail) = rest.split_at(taken);
        before = head.chars().next_back();
        rest = tail;
    }
    out
}

/// What begins a list, a rule or a heading at the beginning of a line; the rest is given back.
fn begin<'a>(line: &'a str, out: &mut String) -> &'a str {
    if let Some(rest) = line.strip_prefix(['-', '+']) {
        out.push('\\');
        out.push_str(line.strip_suffix(rest).unwrap_or_default());
        return rest;
    }
    if line.starts_with('=') {
        out.push(JOINER);
        return line;
    }
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() < line.len() && rest.starts_with(['.', ')']) {
        out.push_str(line.strip_suffix(rest).unwrap_or_default());
        out.push('\\');
        // The mark itself means nothing more behind the backslash.
        let (mark, rest) = rest.split_at(1);
        out.push_str(mark);
        return rest;
    }
    line
}

/// The address at the beginning of this, where it is nothing but one.
fn address(before: Option<char>, rest: &str) -> Option<&str> {
    let begins = SCHEMES.iter().any(|scheme| rest.starts_with(scheme));
    if !begins || before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let word = rest.split(char::is_whitespace).next().unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || IN_ADDRESS.contains(c);
    word.chars().all(is_plain).then_some(word)
}

/// One letter, with what stands before it and after it.
fn inert(before: Option<char>, rest: &str, out: &mut String) {
    let mut letters = rest.chars();
    let (letter, next) = (letters.next().unwrap_or_default(), letters.next());
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match letter {
        '\\' => out.push_str("&#92;"),
        '$' => out.push_str("&#36;"),
        '<' => out.push_str("&lt;"),
        '&' if is_entity(rest) => out.push_str("&amp;"),
        '_' if is_word(before) && is_word(next) => out.push('_'),
        '`' | '*' | '[' | ']' | '|' | '>' | '_' => out.extend(['\\', letter]),
        '#' | '~' => out.extend([letter, JOINER]),
        '@' if !is_word(before) && (is_word(next) || next == Some('_')) => {
            out.extend(['@', JOINER]);
        }
        ':' if is_symbol(rest) => out.extend([':', JOINER]),
        _ => out.push(letter),
    }
}

/// `&lt;`, `&#60;`: what would be undone.
fn is_entity(rest: &str) -> bool {
    let name = rest.trim_start_matches('&').trim_start_matches('#');
    let end = name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    end.len() < name.len() && end.starts_with(';')
}

/// `:fire:`: the name of a symbol.
fn is_symbol(rest: &str) -> bool {
    let name = rest.trim_start_matches(':');
    let end =
        name.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '-'));
    end.len() < name.len() && end.starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_lose_their_power_and_words_stay_whole() {
        let cases = [
            ("disk_full on db-1 at 95.2% (critical)", "disk_full on db-1 at 95.2% (critical)"),
            ("*b* _i_ `c` [x](y) a|b", r"\*b\* \_i\_ \`c\` \[x\](y) a\|b"),
            ("<b> & &lt; a\\b $x$", "&lt;b\\> & &amp;lt; a&#92;b &#36;x&#36;"),
            ("ana@example.org", "ana@example.org"),
            ("12:30:45 http://x:80", "12:\u{2060}30:45 http://x:80"),
            ("https://e.example/a_b?x=1&y=2#z.", "https://e.example/a_b?x=1&y=2#z."),
            ("- a", "\\- a"),
            ("1. a", "1\\. a"),
            ("==", "\u{2060}=="),
        ];
        for (text, escaped) in cases {
            assert_eq!(escape(text), escaped, "{text}");
        }
    }

    #[test]
    fn nobody_is_called_and_no_symbol_is_drawn() {
        let shown = escape("@all x.@here ~town #tag :fire: ~~x~~");
        for power in ["@all", "@here", "~town", "#tag", ":fire", "~~"] {
            assert!(!shown.contains(power), "{power} in {shown}");
        }
        assert_eq!(shown.replace(JOINER, ""), "@all x.@here ~town #tag :fire: ~~x~~");
    }

    #[test]
    fn indented_lines_are_no_code() {
        assert_eq!(escape("    x\n\ty"), "\u{2007}\u{2007}\u{2007}\u{2007}x\n\u{2007}y");
    }
}
