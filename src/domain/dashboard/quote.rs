//! Puts values into a query, each escaped for the place where it lands.
//!
//! It knows of a query language only how `PromQL` and Graphite quote: a value inside quotes is escaped
//! for them, and for a pattern where the quotes stand behind `=~` or `!~`. Outside quotes no
//! escaping helps: there a value must be a plain name, a number or a duration, or match the pattern
//! that the author gave its argument.

use std::sync::LazyLock;

use regex::Regex;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// The author's own words.
    Text(String),
    /// The value of an argument.
    Value {
        /// One or several.
        values: Vec<String>,
        /// How several become one text.
        join: Join,
    },
    /// The author's own value, which may be a pattern: only its quotes are escaped.
    Author(String),
}

/// How several values become one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// As the place wants it: `(a|b)` in a pattern.
    Place,
    /// `(a|b)`, escaped for a pattern wherever it stands.
    Pattern,
    /// `a|b`, not escaped for a pattern.
    Pipe,
    /// `a,b`.
    Comma,
}

/// What may stand outside quotes: a name, a number, a duration.
static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9]+(?:\.[0-9]+)?|(?:[0-9]+(?:ms|[smhdwy]))+)$")
        .ok()
});

/// Bytes of one query: what is longer was made by a mistake, and sources refuse it.
const QUERY_BYTES_MAX: usize = 64 * 1024;

/// The query. `vouched` are values that matched the pattern of their argument.
pub(super) fn assemble(pieces: &[Piece], vouched: &[String]) -> Result<String, String> {
    let mut scan = Scan::default();
    let mut query = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                scan.read(text);
                query.push_str(text);
            }
            Piece::Author(text) => query.push_str(&scan.author(text)?),
            Piece::Value { values, join } => {
                let text = scan.value(values, *join, vouched)?;
                // Inside quotes it was escaped, and ends nothing.
                if scan.place == Place::Outside {
                    scan.read(&text);
                }
                query.push_str(&text);
            }
        }
        if query.len() > QUERY_BYTES_MAX {
            return Err(format!("the query becomes longer than {QUERY_BYTES_MAX} bytes"));
        }
    }
    Ok(query)
}

/// One line for people: values as they are, without what would break the line.
pub(super) fn told(pieces: &[Piece]) -> String {
    let mut line = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => line.push_str(text),
            Piece::Author(_) => line.push_str("all"),
            Piece::Value { values, .. } => line.push_str(&values.join(", ")),
        }
    }
    let is_gap = |c: char| c.is_whitespace() || c.is_control();
    line.split(is_gap).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Where in a query we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Outside,
    Comment,
    /// Inside these quotes; `is_pattern`: they stand behind `=~` or `!~`.
    Quoted {
        by: char,
        is_pattern: bool,
    },
}

#[derive(Default)]
struct Scan {
    place: Place,
    /// A backslash was read, and what it escapes was not.
    is_escaping: bool,
    /// The last letters outside quotes that are no blanks.
    last: (char, char),
}

impl Scan {
    fn read(&mut self, text: &str) {
        for letter in text.chars() {
            self.step(letter);
        }
    }

    fn step(&mut self, letter: char) {
        match self.place {
            Place::Comment => {
                if letter == '\n' {
                    self.place = Place::Outside;
                }
            }
            Place::Quoted { .. } if self.is_escaping => self.is_escaping = false,
            Place::Quoted { by, .. } if letter == by => self.place = Place::Outside,
            Place::Quoted { by, .. } => self.is_escaping = letter == '\\' && by != '`',
            Place::Outside => match letter {
                '"' | '\'' | '`' => {
                    let is_pattern = matches!(self.last, ('=' | '!', '~'));
                    self.place = Place::Quoted { by: letter, is_pattern };
                }
                '#' => self.place = Place::Comment,
                letter if letter.is_whitespace() => {}
                letter => self.last = (self.last.1, letter),
            },
        }
    }

    fn value(&self, values: &[String], join: Join, vouched: &[String]) -> Result<String, String> {
        if self.is_escaping {
            return Err("an argument stands behind a backslash".to_owned());
        }
        match self.place {
            Place::Comment => Ok(String::new()),
            Place::Outside => match values {
                [value] if is_plain(value) || vouched.contains(value) => Ok(value.clone()),
                _ => Err(format!(
                    "{} cannot stand outside quotes: only a name, a number or a duration can",
                    shown(values)
                )),
            },
            Place::Quoted { by, is_pattern } => {
                let is_pattern = match join {
                    Join::Place => is_pattern,
                    Join::Pattern => true,
                    Join::Pipe | Join::Comma => false,
                };
                if values.len() > 1 && join == Join::Place && !is_pattern {
                    return Err(format!(
                        "{} are several values where one is needed",
                        shown(values)
                    ));
                }
                escape(&joined(values, join, is_pattern), by)
            }
        }
    }

    fn author(&mut self, text: &str) -> Result<String, String> {
        if let Place::Quoted { by, .. } = self.place {
            return escape(text, by);
        }
        self.read(text);
        Ok(text.to_owned())
    }
}

fn joined(values: &[String], join: Join, is_pattern: bool) -> String {
    let one = |value: &String| if is_pattern { no_pattern(value) } else { value.clone() };
    let all: Vec<String> = values.iter().map(one).collect();
    match (all.as_slice(), join) {
        ([], _) => String::new(),
        ([one], _) => one.clone(),
        (_, Join::Comma) => all.join(","),
        (_, Join::Pipe) => all.join("|"),
        (_, Join::Place | Join::Pattern) => format!("({})", all.join("|")),
    }
}

/// Escapes what means something in a pattern of Go's, which is Prometheus'.
fn no_pattern(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        if r"\.+*?()|[]{}^$".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

fn is_plain(value: &str) -> bool {
    PLAIN.as_ref().is_some_and(|plain| plain.is_match(value))
}

/// For people: the first of the values, short.
fn shown(values: &[String]) -> String {
    const LETTERS_MAX: usize = 40;
    let first = values.first().map_or("", String::as_str);
    let short: String = first.chars().take(LETTERS_MAX).collect();
    let dots = if first.chars().nth(LETTERS_MAX).is_some() { "…" } else { "" };
    format!("{short:?}{dots}")
}

/// Escapes for quotes as Go's strings have them, which are those of `PromQL`.
fn escape(text: &str, by: char) -> Result<String, String> {
    if by == '`' {
        return if text.contains('`') {
            Err("a value with a backtick cannot stand between backticks".to_owned())
        } else {
            Ok(text.to_owned())
        };
    }
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            letter if letter == by => escaped.extend(['\\', by]),
            letter if letter.is_control() => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => escaped.push(letter),
        }
    }
    Ok(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn built(before: &str, value: &str, after: &str) -> Result<String, String> {
        let value = Piece::Value { values: vec![value.to_owned()], join: Join::Place };
        assemble(&[Piece::Text(before.to_owned()), value, Piece::Text(after.to_owned())], &[])
    }

    #[test]
    fn a_value_is_escaped_for_its_quotes() {
        let hostile = "a\"} or up{b='c\\\n`";
        assert_eq!(
            built("up{a=\"", hostile, "\"}").unwrap(),
            "up{a=\"a\\\"} or up{b='c\\\\\\n`\"}"
        );
        assert_eq!(built("up{a='", hostile, "'}").unwrap(), "up{a='a\"} or up{b=\\'c\\\\\\n`'}");
        assert!(built("up{a=`", hostile, "`}").is_err());
        assert_eq!(built("up{a=`", "x\\y", "`}").unwrap(), "up{a=`x\\y`}");
    }

    #[test]
    fn a_value_is_no_pattern_where_a_pattern_stands() {
        assert_eq!(built("up{a=~ \"", ".*|x", "\"}").unwrap(), "up{a=~ \"\\\\.\\\\*\\\\|x\"}");
        assert_eq!(built("up{a!~'", "a.b", ":.*'}").unwrap(), "up{a!~'a\\\\.b:.*'}");
        assert_eq!(built("up{a=\"", ".*", "\"}").unwrap(), "up{a=\".*\"}");
    }

    #[test]
    fn outside_quotes_only_plain_words_may_stand() {
        assert_eq!(built("rate(x[", "5m", "])").unwrap(), "rate(x[5m])");
        assert_eq!(built("", "http_requests:rate5m", "{}").unwrap(), "http_requests:rate5m{}");
        for bad in ["a b", "1)or vector(1", "", "x}", "#", "5 m", "-1", "a\nb"] {
            assert!(built("rate(x[", bad, "])").is_err(), "{bad}");
        }
        assert!(built("up{a=\"x\\", "n", "\"}").is_err());
    }

    #[test]
    fn a_comment_hides_quotes_and_values() {
        assert_eq!(built("up # it's \n{a=\"", "\"", "\"}").unwrap(), "up # it's \n{a=\"\\\"\"}");
        assert_eq!(built("up # ", "x\n or up", "").unwrap(), "up # ");
    }

    #[test]
    fn several_values_are_alternatives() {
        let values = Piece::Value { values: vec!["a.b".into(), "c".into()], join: Join::Place };
        let pattern = assemble(&[Piece::Text("up{a=~\"".into()), values.clone()], &[]).unwrap();
        assert_eq!(pattern, "up{a=~\"(a\\\\.b|c)");
        assert!(assemble(&[Piece::Text("up{a=\"".into()), values], &[]).is_err());
    }

    proptest! {
        /// Whatever the value: read as Go reads it, the string between the quotes is the value.
        #[test]
        fn no_value_leaves_its_quotes(value in any::<String>(), by in "[\"']") {
            let query = built(&format!("up{{a={by}"), &value, &by).unwrap();
            let inner = query.strip_prefix(&format!("up{{a={by}"));
            let inner = inner.and_then(|rest| rest.strip_suffix(&by)).unwrap();
            prop_assert_eq!(unquoted(inner, by.chars().next().unwrap()), Some(value));
        }
    }

    /// The text of a string, or none when it ends early.
    fn unquoted(inner: &str, by: char) -> Option<String> {
        let (mut text, mut letters) = (String::new(), inner.chars());
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next()? {
                    'n' => text.push('\n'),
                    'u' => {
                        let code: String = letters.by_ref().take(4).collect();
                        text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                    }
                    escaped => text.push(escaped),
                },
                letter if letter == by => return None,
                letter => text.push(letter),
            }
        }
        Some(text)
    }
}
