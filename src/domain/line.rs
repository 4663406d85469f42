//! Makes a line of some program's log fit to be shown to people.
//!
//! Colours are removed, what could steer a terminal or turn the reading direction becomes visible,
//! what looks like a secret is masked. It refuses to promise the last: it knows a few shapes, and a
//! program that logs secrets has to be mended.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Characters of a line that are shown: a screen full. A stack trace in one line is longer.
const SHOWN_CHARACTERS: usize = 2_000;
/// Characters of a line that are looked at: room for what masking takes away.
const READ_CHARACTERS: usize = 8_000;

/// What looks like a secret, and what is left of it.
const SECRETS: [(&str, &str); 5] = [
    // `password=x`, `"api_key": "x"`, `X-Auth-Token: x`
    (
        r#"(?i)(pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)(["']?\s*[=:]\s*)("[^"]*"?|'[^']*'?|[^\s,;&]+)"#,
        "$1$2***",
    ),
    // `Authorization: Bearer x`
    (r"(?i)\b(bearer|basic)(\s+)[a-z0-9._~+/=-]{8,}", "$1$2***"),
    // `postgres://user:password@host`
    (r"(://[^\s:/@]*:)[^\s@/]+@", "$1***@"),
    // A JSON Web Token: RFC 7519
    (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", "***"),
    // An access key of AWS
    (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", "***"),
];

/// Colours and other orders to a terminal: ECMA-48 control sequences, and titles (OSC).
const ORDERS: &str = r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]";

static MASKS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    SECRETS.iter().filter_map(|(shape, left)| Some((Regex::new(shape).ok()?, *left))).collect()
});

static COLOURS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ORDERS).ok());

/// The line as people may see it.
#[must_use]
pub fn shown(line: &str) -> String {
    let line = cut(line.trim_end_matches(['\r', '\n']), READ_CHARACTERS);
    let mut text: Cow<'_, str> = match &*COLOURS {
        Some(colours) => colours.replace_all(&line, ""),
        None => Cow::Borrowed(&line),
    };
    for (shape, left) in MASKS.iter() {
        if let Cow::Owned(masked) = shape.replace_all(&text, *left) {
            text = Cow::Owned(masked);
        }
    }
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => clean.push_str("    "),
            c if is_unsafe(c) => clean.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => clean.push(c),
        }
    }
    cut(&clean, SHOWN_CHARACTERS)
}

/// The beginning of a text, with a mark where something is missing.
#[must_use]
pub fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Controls, direction marks and separators of lines.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_a_regex() {
        assert_eq!(MASKS.len(), SECRETS.len());
        assert!(COLOURS.is_some());
    }

    #[test]
    fn orders_to_a_terminal_do_not_survive() {
        assert_eq!(shown("\x1b[31;1mred\x1b[0m\t!\r\n"), "red    !");
        assert_eq!(shown("\x1b]0;title\x07a\x1b[2Jb\x07"), "ab\\u0007");
        assert_eq!(shown("\u{202e}txt.exe\0"), "\\u202etxt.exe\\u0000");
    }

    #[test]
    fn what_looks_like_a_secret_is_masked() {
        for (line, masked) in [
            ("login password=hunter2 ok", "login password=*** ok"),
            ("DB_PASSWORD: hunter2", "DB_PASSWORD: ***"),
            (r#"{"api_key":"hunter2","a":1}"#, r#"{"api_key":***,"a":1}"#),
            ("Authorization: Bearer hunter2hunter2", "Authorization: Bearer ***"),
            ("to postgres://app:hunter2@db:5432/x", "to postgres://app:***@db:5432/x"),
            ("key AKIAABCDEFGHIJKLMNOP.", "key ***."),
            ("GET /?access_token=hunter2&a=1", "GET /?access_token=***&a=1"),
            ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.hunter2", "jwt ***"),
            ("\x1b[1mpass\x1b[0mword=hunter2", "password=***"),
        ] {
            assert_eq!(shown(line), masked, "{line}");
        }
        assert_eq!(shown("the tokens ran out at 12:30"), "the tokens ran out at 12:30");
    }

    #[test]
    fn a_long_line_is_cut_with_a_mark() {
        let line = shown(&"ä".repeat(1_000_000));
        assert_eq!((line.chars().count(), line.chars().last()), (SHOWN_CHARACTERS + 1, Some('…')));
    }
}
