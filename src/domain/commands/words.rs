//! Splits a line into words.
//!
//! Blanks separate, quotes hold together, and `key=value` is one word with a key. A backslash inside
//! double quotes keeps the next character; outside quotes it is a character like any other, because
//! people paste regular expressions.

use std::fmt;

/// One word of a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// What stands before the `=`, where there is one: letters, digits, `_`, `-` and `.`.
    pub key: Option<String>,
    /// The word without its quotes; the value where there is a key.
    pub text: String,
    /// Quotes stood around the text: it is never a keyword.
    pub is_quoted: bool,
}

/// A quote was opened and never closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the quote {0} is not closed")]
pub struct Unclosed(pub char);

/// Splits a line.
///
/// # Errors
/// When a quote is not closed.
pub fn words(line: &str) -> Result<Vec<Word>, Unclosed> {
    let mut letters = line.chars().peekable();
    let mut found = Vec::new();
    while let Some(letter) = letters.peek() {
        if letter.is_whitespace() {
            letters.next();
        } else {
            found.push(word(&mut letters)?);
        }
    }
    Ok(found)
}

fn word(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Word, Unclosed> {
    let mut word = Word::default();
    while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace()) {
        match letter {
            '"' | '\'' => {
                quoted(letters, letter, &mut word.text)?;
                word.is_quoted = true;
            }
            '=' if word.key.is_none() && !word.is_quoted && is_key(&word.text) => {
                word.key = Some(std::mem::take(&mut word.text));
            }
            letter => word.text.push(letter),
        }
    }
    Ok(word)
}

fn quoted(
    letters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    quote: char,
    text: &mut String,
) -> Result<(), Unclosed> {
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quote == '"' => text.extend(letters.next()),
            letter if letter == quote => return Ok(()),
            letter => text.push(letter),
        }
    }
    Err(Unclosed(quote))
}

fn is_key(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    text.starts_with(char::is_alphabetic) && text.chars().all(is_letter)
}

/// Writes the word so that [`words`] reads it back.
impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "{key}=")?;
        }
        let is_plain = |letter: char| !letter.is_whitespace() && !matches!(letter, '"' | '\'');
        let could_be_keyed = self.key.is_none() && self.text.contains('=');
        if !self.is_quoted
            && !self.text.is_empty()
            && self.text.chars().all(is_plain)
            && !could_be_keyed
        {
            return f.write_str(&self.text);
        }
        write!(f, "\"{}\"", self.text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &str) -> Vec<String> {
        words(line).unwrap().iter().map(|word| format!("{:?}={}", word.key, word.text)).collect()
    }

    #[test]
    fn a_query_in_quotes_is_one_word_with_a_key() {
        assert_eq!(
            seen(r#"graph q="rate(x{a=\"b\"}[5m])" 2h"#),
            ["None=graph", r#"Some("q")=rate(x{a="b"}[5m])"#, "None=2h"]
        );
    }

    #[test]
    fn an_open_quote_is_an_error_and_not_a_guess() {
        assert_eq!(words("note \"half"), Err(Unclosed('"')));
    }

    #[test]
    fn a_printed_word_is_read_back_as_itself() {
        for line in [r#"a="b c" 'd"e' f\w+ "" x==y "k=v""#, "service=~\"a|b\" 1=2 ="] {
            let first = words(line).unwrap();
            let printed: Vec<String> = first.iter().map(ToString::to_string).collect();
            let again = words(&printed.join(" ")).unwrap();
            let plain = |all: &[Word]| -> Vec<_> {
                all.iter().map(|word| (word.key.clone(), word.text.clone())).collect()
            };
            assert_eq!(plain(&again), plain(&first), "{line}");
        }
    }
}
