//! Makes what people type readable: phones and chat platforms improve it on its way.
//!
//! It refuses to guess what was meant; it only takes back what a keyboard or a platform did.
//! HTML entities are the platform's adapter's business, because people type `&amp;` too.

/// What somebody typed, without what keyboards and platforms did to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The line, without the address.
    pub line: String,
    /// It began with our name or mark: an answer is expected whatever it says.
    pub is_addressed: bool,
}

/// Cleans one message.
#[must_use]
pub fn clean(raw: &str) -> Typed {
    let plain: String = raw.chars().filter_map(plain).collect();
    let plain = dashes(unfenced(&plain));
    let line = unlinked(&plain);
    let (line, is_addressed) = unaddressed(line.trim());
    Typed { line: unfenced(line).trim().to_owned(), is_addressed }
}

/// What a letter was before somebody made it prettier; none: it cannot be seen.
fn plain(letter: char) -> Option<char> {
    match letter {
        // Soft hyphen, zero-width blanks and joiners, direction marks, byte order mark.
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => None,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(' '),
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{ff02}' => Some('"'),
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{b4}' => Some('\''),
        '\u{2010}'..='\u{2013}' | '\u{2212}' => Some('-'),
        '\u{ff5c}' => Some('|'),
        '\n' | '\t' => Some(letter),
        letter if letter.is_control() => Some(' '),
        letter => Some(letter),
    }
}

/// A long dash was two short ones where an option begins, and one anywhere else.
fn dashes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut letters = line.chars().peekable();
    let mut is_start = true;
    while let Some(letter) = letters.next() {
        if matches!(letter, '\u{2014}' | '\u{2015}') {
            let begins = is_start && letters.peek().is_some_and(|next| next.is_alphabetic());
            out.push_str(if begins { "--" } else { "-" });
        } else {
            out.push(letter);
        }
        is_start = letter.is_whitespace();
    }
    out
}

/// Without the fence or the backticks around the whole of it.
fn unfenced(line: &str) -> &str {
    let line = line.trim();
    for fence in ["```", "`"] {
        let inner = line.strip_prefix(fence).and_then(|line| line.strip_suffix(fence));
        if let Some(inner) = inner.filter(|inner| !inner.contains('`')) {
            return inner;
        }
    }
    line
}

/// Links and mentions as they were typed: `<@U1|ana>` was `@ana`, `<http://x|x>` was `x`.
fn unlinked(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, tail)) = rest.split_once('<') {
        out.push_str(before);
        match tail.split_once('>').and_then(|(inner, after)| Some((typed(inner)?, after))) {
            Some((typed, after)) => {
                out.push_str(&typed);
                rest = after;
            }
            None => {
                out.push('<');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

/// What stands for a platform's link; none: it is none.
fn typed(inner: &str) -> Option<String> {
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(label)),
        None => (inner, None),
    };
    let is_link = ["@", "#", "!", "http://", "https://", "mailto:"];
    if target.contains(char::is_whitespace) || !is_link.iter().any(|it| target.starts_with(it)) {
        return None;
    }
    let label = label.filter(|label| !label.is_empty());
    for (mark, sign) in [("@", '@'), ("#", '#'), ("!", '@')] {
        if let Some(id) = target.strip_prefix(mark) {
            let name = label.unwrap_or(id);
            return Some(format!("{sign}{}", name.trim_start_matches(['@', '#'])));
        }
    }
    Some(label.unwrap_or_else(|| target.trim_start_matches("mailto:")).to_owned())
}

/// Without our name or mark at its beginning, and whether one was there.
fn unaddressed(line: &str) -> (&str, bool) {
    let line = unfenced(line).trim();
    for name in ["@warroom", "/warroom", "/wr", "warroom:", "warroom,"] {
        let Some(rest) = strip_start(line, name) else { continue };
        let is_whole = name.ends_with([':', ',']);
        let mark = rest.strip_prefix([':', ',']).unwrap_or(rest);
        if is_whole || mark.len() < rest.len() || rest.is_empty() || rest.starts_with(' ') {
            return (mark.trim_start(), true);
        }
    }
    match line.strip_prefix('!') {
        Some(rest) if rest.starts_with(char::is_alphabetic) => (rest, true),
        _ => (line, false),
    }
}

/// The rest behind a beginning, whose case does not matter.
fn strip_start<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    let (head, rest) = line.split_at_checked(start.len())?;
    head.eq_ignore_ascii_case(start).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_keyboards_and_platforms_do_is_taken_back() {
        for (raw, line) in [
            ("graph q=\u{201c}rate(x[5m])\u{201d} 2h", "graph q=\"rate(x[5m])\" 2h"),
            ("alerts\u{a0}|\u{202f}head\u{200b} 5", "alerts | head 5"),
            ("graph cms \u{2014}theme dark", "graph cms --theme dark"),
            ("silence 2h \u{2014} the disks", "silence 2h - the disks"),
            ("graph cms vs \u{2212}1d", "graph cms vs -1d"),
            ("`ack 12`", "ack 12"),
            ("```\nack 12\n```", "ack 12"),
            ("lead <@U024BE7LH|ana>", "lead @ana"),
            ("lead <@U024BE7LH>", "lead @U024BE7LH"),
            ("status <http://cms.example|cms.example>", "status cms.example"),
            ("note see <https://x.example/a?b=c>", "note see https://x.example/a?b=c"),
            ("note to <!here>", "note to @here"),
            ("query up < 1 > 0", "query up < 1 > 0"),
            ("note a < b", "note a < b"),
        ] {
            assert_eq!(clean(raw), Typed { line: line.to_owned(), is_addressed: false }, "{raw}");
        }
    }

    #[test]
    fn our_name_is_taken_off() {
        for raw in [
            "@warroom ack 12",
            "@warroom: ack 12",
            "@Warroom, ack 12",
            "!ack 12",
            "/wr ack 12",
            "/warroom ack 12",
            "warroom: ack 12",
            "Warroom, ack 12",
            "<@U1|warroom> ack 12",
            "`!ack 12`",
        ] {
            let typed = clean(raw);
            assert_eq!(typed.line, "ack 12", "{raw}");
            assert!(typed.is_addressed, "{raw}");
        }
        for raw in ["warroom is nice", "/wrong turn", "@warroomer hi", "!!", "! no"] {
            assert!(!clean(raw).is_addressed, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_cleaned(raw in any::<String>()) {
            let typed = clean(&raw);
            prop_assert_eq!(typed.line.trim(), typed.line.as_str());
        }
    }
}
