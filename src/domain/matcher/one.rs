//! One matcher: a label, an operator and a value.

use std::fmt;

use compact_str::CompactString;
use regex::{Regex, RegexBuilder};

use super::all::MAX_TEXT;
use super::bad::Bad;
use super::{grammar, quoted};

/// The most memory one compiled regex may take, in bytes. A Unicode class takes some 20 KiB, so
/// this is room for dozens; the `regex` crate's own limit of 10 MiB is too much for 100,000 rules.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// How deep groups may nest in a regex. People write three levels, attackers write thousands.
const MAX_REGEX_DEPTH: u32 = 64;

/// The characters that mean something in a regex.
const REGEX_META: &[char] =
    &['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'];

/// How the value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// `=`: the label is the value.
    Equal,
    /// `!=`: the label is not the value.
    NotEqual,
    /// `=~`: the whole label matches the regex.
    Match,
    /// `!~`: the whole label does not match the regex.
    NotMatch,
}

impl Op {
    /// Every operator, in the order in which messages list them.
    pub const ALL: [Self; 4] = [Self::Equal, Self::NotEqual, Self::Match, Self::NotMatch];

    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Match => "=~",
            Self::NotMatch => "!~",
        }
    }

    /// Whether the value is a regex.
    #[must_use]
    pub fn is_regex(self) -> bool {
        matches!(self, Self::Match | Self::NotMatch)
    }

    /// Whether the label must be like the value, as opposed to unlike it.
    #[must_use]
    pub fn is_positive(self) -> bool {
        matches!(self, Self::Equal | Self::Match)
    }
}

/// What a value is compared with. Most "regexes" are lists of words, which need no regex.
#[derive(Debug, Clone)]
enum Test {
    /// The value itself, which is read where it lies: with 100,000 rules each step aside is a miss
    /// of the processor's cache.
    Value,
    /// Any of these words, sorted.
    Words(Box<[CompactString]>),
    /// The regex, anchored on both sides.
    Regex(Regex),
}

/// One condition on one label.
#[derive(Debug, Clone)]
pub struct Matcher {
    name: CompactString,
    op: Op,
    value: CompactString,
    test: Test,
}

impl Matcher {
    /// Compiles a matcher. The spans of a mistake are bytes of `value`.
    ///
    /// # Errors
    /// When the name is empty, a part is too long, or the regex does not compile.
    pub fn new(
        name: impl Into<CompactString>,
        op: Op,
        value: impl Into<CompactString>,
    ) -> Result<Self, Bad> {
        let (name, value) = (name.into(), value.into());
        if name.is_empty() {
            return Err(Bad::new("a label name must not be empty", 0..0));
        }
        if name.len() > MAX_TEXT || value.len() > MAX_TEXT {
            return Err(Bad::new(
                format!("a matcher may not be longer than {MAX_TEXT} bytes"),
                0..value.len(),
            ));
        }
        let test = match op {
            Op::Equal | Op::NotEqual => Test::Value,
            Op::Match | Op::NotMatch => compile(&value)?,
        };
        Ok(Self { name, op, value, test })
    }

    /// The label that is looked at.
    #[must_use]
    pub fn name(&self) -> &CompactString {
        &self.name
    }

    /// How it is compared.
    #[must_use]
    pub fn op(&self) -> Op {
        self.op
    }

    /// The value or regex as written, without quotes and anchors.
    #[must_use]
    pub fn value(&self) -> &CompactString {
        &self.value
    }

    /// Whether a label with this value passes; a missing label has the empty value.
    #[must_use]
    pub fn matches_value(&self, value: &str) -> bool {
        let alike = match &self.test {
            Test::Value => self.value == value,
            Test::Words(words) => words.iter().any(|word| word == value),
            Test::Regex(regex) => regex.is_match(value),
        };
        alike == self.op.is_positive()
    }

    /// The only values that pass, sorted, where they can be listed: for indexes. An empty word
    /// among them means that the label may be missing.
    #[must_use]
    pub fn only_values(&self) -> Option<&[CompactString]> {
        match &self.test {
            Test::Value if self.op.is_positive() => Some(std::slice::from_ref(&self.value)),
            Test::Words(words) if self.op.is_positive() => Some(words),
            Test::Value | Test::Words(_) | Test::Regex(_) => None,
        }
    }
}

/// Two matchers are the same when they are written the same.
impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl Eq for Matcher {}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.chars().all(grammar::is_bare) {
            f.write_str(&self.name)?;
        } else {
            quoted::write(f, &self.name)?;
        }
        f.write_str(self.op.text())?;
        quoted::write(f, &self.value)
    }
}

fn compile(value: &str) -> Result<Test, Bad> {
    // Without a look at the value alone, `a)|(b` would slip out of its anchors.
    check_syntax(value)?;
    if !value.contains(|c| c != '|' && REGEX_META.contains(&c)) {
        let mut words: Vec<CompactString> = value.split('|').map(CompactString::from).collect();
        words.sort_unstable();
        words.dedup();
        return Ok(Test::Words(words.into()));
    }
    RegexBuilder::new(&format!("^(?:{value})$"))
        .size_limit(MAX_REGEX_BYTES)
        .nest_limit(MAX_REGEX_DEPTH + 1)
        .build()
        .map(Test::Regex)
        .map_err(|error| too_large(&error, value))
}

fn check_syntax(value: &str) -> Result<(), Bad> {
    let mut parser = regex_syntax::ParserBuilder::new().nest_limit(MAX_REGEX_DEPTH).build();
    let Err(error) = parser.parse(value) else {
        return Ok(());
    };
    let (kind, span) = if let regex_syntax::Error::Parse(error) = &error {
        (error.kind().to_string(), error.span().start.offset..error.span().end.offset)
    } else if let regex_syntax::Error::Translate(error) = &error {
        (error.kind().to_string(), error.span().start.offset..error.span().end.offset)
    } else {
        (error.to_string(), 0..value.len())
    };
    Err(Bad::new(format!("this regex does not compile: {kind}"), span))
}

fn too_large(error: &regex::Error, value: &str) -> Bad {
    let whole = 0..value.len();
    if matches!(error, regex::Error::CompiledTooBig(_)) {
        return Bad::new("this regex is too large once compiled", whole)
            .help("repeat fewer times, or name a smaller class than \\w, such as [a-z0-9]");
    }
    Bad::new("this regex cannot stand between anchors", whole)
        .help("leave out comments and the flag x")
}
