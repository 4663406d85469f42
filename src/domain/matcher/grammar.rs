//! The grammar of matchers, after Alertmanager's `matcher/parse`.
//!
//! Every parser looks at what comes next and then commits, so that the first mistake is the one
//! that is reported, with exactly its bytes.

use std::ops::Range;

use compact_str::CompactString;
use winnow::combinator::{opt, peek};
use winnow::error::ParserError;
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location, Stream};
use winnow::token::{any, rest, take, take_while};

use super::all::MAX_MATCHERS;
use super::bad::Bad;
use super::one::{Matcher, Op};
use super::quoted;

type Input<'i> = LocatingSlice<&'i str>;

impl ParserError<Input<'_>> for Bad {
    type Inner = Self;

    fn from_input(input: &Input<'_>) -> Self {
        let at = input.current_token_start();
        Self::new("this cannot be read", at..at)
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

/// Whether a character may stand in a word without quotes, as in Alertmanager's `isReserved`.
pub(super) fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !"{}!=~,\\\"'`".contains(c)
}

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<Vec<Matcher>, Bad> {
    braced.parse(LocatingSlice::new(text)).map_err(winnow::error::ParseError::into_inner)
}

fn braced(input: &mut Input<'_>) -> Result<Vec<Matcher>, Bad> {
    space.parse_next(input)?;
    let open = input.current_token_start();
    let brace = opt('{').parse_next(input)?;
    let matchers = list(input)?;
    match (brace, opt('}').parse_next(input)?) {
        (Some(_), None) => {
            return Err(
                Bad::new("this brace is never closed", open..open + 1).help("add `}` at the end")
            );
        }
        (None, Some(_)) => {
            let at = input.previous_token_end();
            return Err(Bad::new("this brace was never opened", at - 1..at)
                .help("leave it out, or begin with `{`"));
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    space.parse_next(input)?;
    let (span, left) = span_of(input, rest)?;
    if left.is_empty() { Ok(matchers) } else { Err(Bad::new("there is text after the end", span)) }
}

fn list(input: &mut Input<'_>) -> Result<Vec<Matcher>, Bad> {
    let mut matchers = Vec::new();
    loop {
        space.parse_next(input)?;
        if at_end(input) {
            return Ok(matchers);
        }
        let start = input.current_token_start();
        let matcher = matcher(input)?;
        if matchers.len() == MAX_MATCHERS {
            let span = start..input.previous_token_end();
            return Err(Bad::new(format!("there are more than {MAX_MATCHERS} matchers"), span));
        }
        matchers.push(matcher);
        space.parse_next(input)?;
        if !at_end(input) {
            comma(input)?;
        }
    }
}

fn comma(input: &mut Input<'_>) -> Result<(), Bad> {
    if opt(',').parse_next(input)?.is_some() {
        return Ok(());
    }
    let span = next_token(input)?;
    Err(Bad::new("a comma is missing before this", span)
        .help("matchers are separated by commas, and a value with spaces is quoted"))
}

fn matcher(input: &mut Input<'_>) -> Result<Matcher, Bad> {
    let name = word(input, "a label name")?;
    space.parse_next(input)?;
    let op = operator(input, &name.text)?;
    space.parse_next(input)?;
    let value = word(input, "a value")?;
    if name.text.is_empty() {
        return Err(Bad::new("a label name must not be empty", name.span));
    }
    Matcher::new(name.text, op, value.text.clone()).map_err(|bad| value.place(bad))
}

/// A name or a value, quoted or not.
struct Word<'i> {
    text: CompactString,
    span: Range<usize>,
    raw: &'i str,
}

impl Word<'_> {
    /// Puts a mistake in this word's text where the word stands in the input.
    fn place(&self, mut bad: Bad) -> Bad {
        if self.raw.starts_with('"') {
            let start = quoted::source(self.raw, bad.span.start).start;
            let last = bad.span.end.saturating_sub(1).max(bad.span.start);
            let end = quoted::source(self.raw, last).end;
            bad.span = start..if bad.span.is_empty() { start } else { end };
        }
        bad.shifted(self.span.start)
    }
}

fn word<'i>(input: &mut Input<'i>, what: &str) -> Result<Word<'i>, Bad> {
    let start = input.current_token_start();
    let (text, raw) = match opt(peek(any)).parse_next(input)? {
        Some('"') => {
            let all = peek(rest).parse_next(input)?;
            let found = quoted::read(all).map_err(|bad| bad.shifted(start))?;
            (
                found.text,
                take(all.get(..found.len).map_or(0, |raw| raw.chars().count()))
                    .parse_next(input)?,
            )
        }
        Some(c) if is_bare(c) => {
            let raw = take_while(1.., is_bare).parse_next(input)?;
            (raw.into(), raw)
        }
        other => return Err(no_word(input, what, other)),
    };
    Ok(Word { text, span: start..start + raw.len(), raw })
}

fn no_word(input: &mut Input<'_>, what: &str, found: Option<char>) -> Bad {
    let at = input.current_token_start();
    let Some(c) = found.filter(|c| !",{}".contains(*c)) else {
        let end = at + found.map_or(0, char::len_utf8);
        let bad = Bad::new(format!("{what} is missing here"), at..end);
        return if what == "a value" { bad.help("the empty value is written \"\"") } else { bad };
    };
    let bad = Bad::new(format!("{what} cannot begin with `{c}`"), at..at + c.len_utf8());
    match c {
        '\'' | '`' => bad.help("strings are written in double quotes"),
        _ => bad.help("put it in double quotes"),
    }
}

fn operator(input: &mut Input<'_>, name: &str) -> Result<Op, Bad> {
    let (span, text) = span_of(input, take_while(0.., |c| "=!~".contains(c)))?;
    if let Some(op) = Op::ALL.into_iter().find(|op| op.text() == text) {
        return Ok(op);
    }
    if text.is_empty() {
        let span = next_token(input)?;
        return Err(Bad::new(format!("an operator is missing after `{name}`"), span)
            .help("write one of =, !=, =~ and !~"));
    }
    let meant = match text {
        "!" | "=!" | "!==" | "!!" => Op::NotEqual,
        "~!" | "!=~" => Op::NotMatch,
        _ if text.starts_with("!~") => Op::NotMatch,
        _ if text.contains('~') => Op::Match,
        _ => Op::Equal,
    };
    Err(Bad::new(format!("`{text}` is not an operator"), span)
        .help(format!("did you mean `{}`?", meant.text())))
}

fn space(input: &mut Input<'_>) -> Result<(), Bad> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

/// Whether the list ends here: with a closing brace or with the text.
fn at_end(input: &Input<'_>) -> bool {
    input.starts_with('}') || input.eof_offset() == 0
}

/// The bytes of the next word or character; empty at the end of the text.
fn next_token(input: &mut Input<'_>) -> Result<Range<usize>, Bad> {
    let (span, text) = span_of(input, take_while(0.., is_bare))?;
    if !text.is_empty() {
        return Ok(span);
    }
    let (span, _) = span_of(input, opt(any))?;
    Ok(span)
}

fn span_of<'i, O>(
    input: &mut Input<'i>,
    mut parser: impl Parser<Input<'i>, O, Bad>,
) -> Result<(Range<usize>, O), Bad> {
    let start = input.current_token_start();
    let found = parser.parse_next(input)?;
    Ok((start..input.current_token_start(), found))
}
