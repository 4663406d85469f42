//! Makes text from outside safe to show, without hiding that it was not.
//!
//! A character that could steer a terminal, reverse the reading direction or hide is replaced by
//! its number (`\u202e`). It refuses to judge meaning: quotes, `<`, `$` and backticks are data and
//! stay; each place that shows them escapes for itself.

use compact_str::CompactString;

use super::limits;
use crate::domain::ids::Fnv;

/// Whether line breaks and tabs belong to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// One line: labels and names.
    One,
    /// Several: annotations and comments.
    Many,
}

/// The text with every unsafe character replaced visibly, cut at [`limits::VALUE_BYTES`].
pub(super) fn clean(text: CompactString, lines: Lines) -> CompactString {
    if text.len() <= limits::VALUE_BYTES && is_plain(&text, lines) {
        return text;
    }
    let kept = limits::prefix(&text, limits::VALUE_BYTES);
    let mut clean = CompactString::with_capacity(kept.len());
    let mut rest = kept.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if lines == Lines::Many && rest.peek() == Some(&'\n') => {}
            '\n' | '\t' if lines == Lines::Many => clean.push(c),
            c if is_unsafe(c) => clean.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => clean.push(c),
        }
    }
    if kept.len() < text.len() {
        let hash = Fnv::default().with(text.as_bytes()).finish();
        clean.push_str(&format!("... (cut: {} bytes, {hash:016x})", text.len()));
    }
    clean
}

/// The quick look that nearly every text passes.
fn is_plain(text: &str, lines: Lines) -> bool {
    let is_ascii =
        text.bytes().all(|b| matches!(b, 0x20..=0x7e) || (lines == Lines::Many && b == b'\n'));
    is_ascii || !text.chars().any(|c| is_unsafe(c) && !(lines == Lines::Many && c == '\n'))
}

/// Controls, direction marks, separators, invisible blanks and the invisible tag alphabet. The
/// joiners U+200C and U+200D stay: Persian and emoji need them.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fault_44_unsafe_characters_are_replaced_visibly() {
        for (text, one, many) in [
            ("a\u{202e}b", "a\\u202eb", "a\\u202eb"),
            ("\u{1b}[31mred", "\\u001b[31mred", "\\u001b[31mred"),
            ("nul\0", "nul\\u0000", "nul\\u0000"),
            ("two\nlines", "two\\u000alines", "two\nlines"),
            ("dos\r\nlines", "dos\\u000d\\u000alines", "dos\nlines"),
            ("ünïcode 🔥 `id` $HOME <b>", "ünïcode 🔥 `id` $HOME <b>", "ünïcode 🔥 `id` $HOME <b>"),
        ] {
            assert_eq!(clean(text.into(), Lines::One), one);
            assert_eq!(clean(text.into(), Lines::Many), many);
        }
    }

    #[test]
    fn fault_43_long_values_are_cut_and_stay_different() {
        let (a, b) = (format!("{}a", "ü".repeat(20_000)), format!("{}b", "ü".repeat(20_000)));
        let (a, b) = (clean(a.into(), Lines::One), clean(b.into(), Lines::One));
        assert!(a.len() < limits::VALUE_BYTES + 64);
        assert!(a.contains("(cut: 40001 bytes, "));
        assert_ne!(a, b);
    }

    proptest! {
        #[test]
        fn clean_text_is_left_alone(text in "\\PC*") {
            let once = clean(text.into(), Lines::One);
            prop_assert_eq!(clean(once.clone(), Lines::One), once);
        }
    }
}
