//! Strings in double quotes, with Go's escapes as far as Alertmanager writes them.

use std::fmt;
use std::ops::Range;

use compact_str::CompactString;

use super::bad::Bad;

/// What a quoted string says.
#[derive(Debug)]
pub(super) struct Quoted {
    /// The text without quotes and escapes.
    pub(super) text: CompactString,
    /// How many bytes it takes in the input, both quotes included.
    pub(super) len: usize,
}

/// Reads the quoted string at the start of `input`, which is its opening quote.
pub(super) fn read(input: &str) -> Result<Quoted, Bad> {
    let mut bytes = Vec::new();
    let mut at = 1;
    loop {
        let piece = piece(input, at)?;
        let next = piece.source.end;
        let Some(content) = piece.content else {
            let text = CompactString::from_utf8(bytes)
                .map_err(|_| Bad::new("the bytes of this string are not UTF-8", 0..next))?;
            return Ok(Quoted { text, len: next });
        };
        bytes.extend_from_slice(content.as_bytes());
        at = next;
    }
}

/// The bytes of the input that make the byte at `offset` of the string's text.
pub(super) fn source(input: &str, offset: usize) -> Range<usize> {
    let (mut at, mut told) = (1, 0);
    while let Ok(Piece { source, content: Some(content) }) = piece(input, at) {
        let len = content.as_bytes().len();
        if offset < told + len {
            return match content {
                Content::Raw(text) => inside(text, offset - told, at),
                Content::Byte(_) | Content::Char(..) => source,
            };
        }
        told += len;
        at = source.end;
    }
    at..at
}

/// The character of `text`, which stands at `start`, that has the byte at `offset`.
fn inside(text: &str, offset: usize, start: usize) -> Range<usize> {
    let mut chars = text.char_indices().map(|(at, c)| at..at + c.len_utf8());
    let found = chars.find(|span| offset < span.end).unwrap_or(offset..offset);
    start + found.start..start + found.end
}

/// Writes a string in quotes so that [`read`] and Alertmanager read it back.
pub(super) fn write(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            plain => write!(f, "{plain}")?,
        }
    }
    f.write_str("\"")
}

/// A run of plain characters or an escape; no content for the closing quote.
struct Piece<'i> {
    source: Range<usize>,
    content: Option<Content<'i>>,
}

enum Content<'i> {
    Raw(&'i str),
    Byte([u8; 1]),
    Char([u8; 4], usize),
}

impl Content<'_> {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Raw(text) => text.as_bytes(),
            Self::Byte(byte) => byte,
            Self::Char(bytes, len) => bytes.get(..*len).unwrap_or_default(),
        }
    }
}

fn piece(input: &str, at: usize) -> Result<Piece<'_>, Bad> {
    let rest = input.get(at..).unwrap_or_default();
    let run = rest.find(['"', '\\', '\n']).unwrap_or(rest.len());
    if run > 0 {
        let content = rest.get(..run).map(Content::Raw);
        return Ok(Piece { source: at..at + run, content });
    }
    if rest.starts_with('"') {
        return Ok(Piece { source: at..at + 1, content: None });
    }
    if rest.starts_with('\\') {
        return escape(rest, at);
    }
    Err(Bad::new("this string is never closed", 0..at).help("add a double quote at its end"))
}

fn escape(rest: &str, at: usize) -> Result<Piece<'_>, Bad> {
    let Some(letter) = rest.chars().nth(1) else {
        return Err(Bad::new("this string is never closed", 0..at + rest.len())
            .help("add a double quote at its end"));
    };
    let one = |c: char| {
        let mut bytes = [0; 4];
        let len = c.encode_utf8(&mut bytes).len();
        Content::Char(bytes, len)
    };
    let (content, len) = match letter {
        '"' | '\\' => (Some(one(letter)), 2),
        'n' => (Some(one('\n')), 2),
        't' => (Some(one('\t')), 2),
        'r' => (Some(one('\r')), 2),
        'x' => (hex(rest, 2).and_then(|n| u8::try_from(n).ok()).map(|b| Content::Byte([b])), 4),
        'u' => (hex(rest, 4).and_then(char::from_u32).map(one), 6),
        'U' => (hex(rest, 8).and_then(char::from_u32).map(one), 10),
        _ => (None, 0),
    };
    if let Some(content) = content {
        return Ok(Piece { source: at..at + len, content: Some(content) });
    }
    Err(no_escape(letter, at))
}

fn no_escape(letter: char, at: usize) -> Bad {
    let bad = Bad::new(format!("`\\{letter}` is not an escape"), at..at + 1 + letter.len_utf8());
    match letter {
        'x' | 'u' | 'U' => bad.help("a character by number is `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`"),
        _ => bad.help(format!("a backslash itself is written twice: `\\\\{letter}`")),
    }
}

/// The number in the `digits` hexadecimal digits after a backslash and a letter.
fn hex(rest: &str, digits: usize) -> Option<u32> {
    let text = rest.get(2..2 + digits)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(text, 16).ok()
}
