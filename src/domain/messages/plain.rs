//! Texts from outside, made fit to stand in a line of ours. They stay data: nothing is escaped here.

/// Characters that turn the order of their neighbours around or hide: they could make a line say
/// something else than it does, <https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>.
fn misleads(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A text as one line of at most `max` characters, without characters that control or mislead.
#[must_use]
pub fn plain(text: &str, max: usize) -> String {
    let line: String = text.chars().take(max.saturating_mul(2)).filter(|c| !misleads(*c)).collect();
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max && text.chars().nth(max.saturating_mul(2)).is_none() {
        return line;
    }
    let kept: String = line.chars().take(max.saturating_sub(1)).collect();
    format!("{kept}\u{2026}")
}

/// The beginning of a long text, and how much of it is not there.
#[must_use]
pub fn cut(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max).collect();
    format!("{kept}\n({} more characters were left out)", count - max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_becomes_one_short_honest_line() {
        assert_eq!(plain("db1  is\r\nslow\t\0!", 80), "db1 is slow !");
        assert_eq!(plain("<b>@channel</b> *x* `y`", 80), "<b>@channel</b> *x* `y`");
        assert_eq!(plain("safe \u{202e}txt.exe\u{200b}", 80), "safe txt.exe");
        assert_eq!(plain("\u{5d0}\u{5d1} caf\u{e9}", 80), "\u{5d0}\u{5d1} caf\u{e9}");
        let long = plain(&"x".repeat(10_240), 80);
        assert_eq!((long.chars().count(), long.ends_with('\u{2026}')), (80, true));
        assert_eq!(plain(&"x".repeat(80), 80), "x".repeat(80));
        assert_eq!(plain("", 80), "");
    }

    #[test]
    fn a_long_text_says_how_much_is_missing() {
        assert_eq!(cut("short", 80), "short");
        assert_eq!(cut("abcdef", 4), "abcd\n(2 more characters were left out)");
    }
}
