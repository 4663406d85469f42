//! The part of `PromQL` that the shipped graphs and the demo's alert are written in.
//!
//! Selectors, `rate` and `increase`, `sum`, `max`, `min` and `avg` with `by`, `histogram_quantile`,
//! `+ - * /` and comparisons. Anything else is refused with its place: a wrong number is worse than
//! none. Selectors and durations are read by the readers that the rules use.

use chrono::TimeDelta;
use compact_str::CompactString;

use super::store::NAME;
use crate::domain::duration;
use crate::domain::matcher::{Matcher, Matchers, Op};

/// How deep a query may nest.
const DEPTH_MAX: usize = 32;

/// What a query asks for.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    /// A number.
    Number(f64),
    /// The newest samples.
    Select(Matchers),
    /// How much counters grow inside a window, or how fast for each second.
    Growth { of: Matchers, window: TimeDelta, per_second: bool },
    /// Many series made one for each value of `by`.
    Fold { how: Fold, by: Vec<CompactString>, of: Box<Expr> },
    /// A quantile out of the buckets of histograms.
    Quantile { q: f64, of: Box<Expr> },
    /// Two sides with something between.
    Pair { left: Box<Expr>, op: Between, right: Box<Expr> },
}

/// How many series become one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fold {
    Sum,
    Max,
    Min,
    Avg,
}

/// What stands between two sides.
#[derive(Debug, Clone, Copy)]
pub(super) enum Between {
    Plus,
    Minus,
    Times,
    Over,
    Above,
    Below,
}

/// Reads a query.
///
/// # Errors
/// With the place where it cannot be read.
pub(super) fn parse(query: &str) -> Result<Expr, String> {
    let mut cursor = Cursor { rest: query.trim(), depth: 0 };
    let read = cursor.level(0);
    match read {
        Some(expr) if cursor.rest.is_empty() => Ok(expr),
        _ => Err(format!("this small query engine cannot read from here on: {:?}", cursor.rest)),
    }
}

/// The operators, those that bind least first.
const LEVELS: [&[(&str, Between)]; 3] = [
    &[(">", Between::Above), ("<", Between::Below)],
    &[("+", Between::Plus), ("-", Between::Minus)],
    &[("*", Between::Times), ("/", Between::Over)],
];

struct Cursor<'q> {
    rest: &'q str,
    depth: usize,
}

impl<'q> Cursor<'q> {
    fn level(&mut self, level: usize) -> Option<Expr> {
        let Some(operators) = LEVELS.get(level) else { return self.term() };
        let mut left = self.level(level + 1)?;
        while let Some((_, op)) = operators.iter().find(|(sign, _)| self.eat(sign)) {
            let right = Box::new(self.level(level + 1)?);
            left = Expr::Pair { left: Box::new(left), op: *op, right };
        }
        Some(left)
    }

    fn term(&mut self) -> Option<Expr> {
        self.depth += 1;
        let term = if self.depth > DEPTH_MAX { None } else { self.any_term() };
        self.depth -= 1;
        term
    }

    fn any_term(&mut self) -> Option<Expr> {
        if self.eat("(") {
            let inner = self.level(0)?;
            return self.eat(")").then_some(inner);
        }
        if let Some(number) = self.number() {
            return Some(Expr::Number(number));
        }
        let before = self.rest;
        match self.name() {
            "sum" => self.fold(Fold::Sum),
            "max" => self.fold(Fold::Max),
            "min" => self.fold(Fold::Min),
            "avg" => self.fold(Fold::Avg),
            "rate" => self.growth(true),
            "increase" => self.growth(false),
            "histogram_quantile" => self.quantile(),
            _ => {
                self.rest = before;
                self.selector().map(Expr::Select)
            }
        }
    }

    fn fold(&mut self, how: Fold) -> Option<Expr> {
        let mut by = self.by()?;
        let of = self.in_parentheses(|cursor| cursor.level(0))?;
        if by.is_empty() {
            by = self.by()?;
        }
        Some(Expr::Fold { how, by, of: Box::new(of) })
    }

    /// The labels of a `by`; none where there is none.
    fn by(&mut self) -> Option<Vec<CompactString>> {
        if !self.eat("by") {
            return Some(Vec::new());
        }
        self.in_parentheses(|cursor| {
            let mut labels = Vec::new();
            loop {
                labels.push(CompactString::from(cursor.name()));
                if !cursor.eat(",") {
                    return Some(labels);
                }
            }
        })
    }

    fn growth(&mut self, per_second: bool) -> Option<Expr> {
        self.in_parentheses(|cursor| {
            let of = cursor.selector()?;
            let (window, rest) = cursor.rest.strip_prefix('[')?.split_once(']')?;
            cursor.rest = rest.trim_start();
            Some(Expr::Growth { of, window: duration::parse(window.trim()).ok()?, per_second })
        })
    }

    fn quantile(&mut self) -> Option<Expr> {
        self.in_parentheses(|cursor| {
            let q = cursor.number()?;
            let of = cursor.eat(",").then(|| cursor.level(0))??;
            Some(Expr::Quantile { q, of: Box::new(of) })
        })
    }

    /// `name`, `name{…}` or `{…}`.
    fn selector(&mut self) -> Option<Matchers> {
        let name = self.name();
        let mut all = Vec::new();
        if !name.is_empty() {
            all.push(Matcher::new(NAME, Op::Equal, name).ok()?);
        }
        if self.rest.starts_with('{') {
            let end = closing(self.rest)?;
            let (braces, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest.trim_start();
            all.extend(Matchers::parse_or_empty(braces).ok()?.iter().cloned());
        }
        if all.is_empty() { None } else { Matchers::new(all).ok() }
    }

    fn in_parentheses<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let inner = self.eat("(").then(|| read(self))??;
        self.eat(")").then_some(inner)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let rest = self.rest.strip_prefix(sign);
        let is_word = sign.chars().all(char::is_alphabetic);
        let goes_on = rest.is_some_and(|rest| rest.starts_with(is_letter));
        match rest {
            Some(rest) if !(is_word && goes_on) => {
                self.rest = rest.trim_start();
                true
            }
            _ => false,
        }
    }

    fn name(&mut self) -> &'q str {
        let end = self.rest.find(|c| !is_letter(c)).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn number(&mut self) -> Option<f64> {
        self.rest.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
        let is_over = |c: char| !c.is_ascii_digit() && c != '.';
        let end = self.rest.find(is_over).unwrap_or(self.rest.len());
        self.take(end).parse().ok()
    }

    fn take(&mut self, end: usize) -> &'q str {
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        self.rest = rest.trim_start();
        taken
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}

/// Where the braces that the text begins with end; quotes may hold braces.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '}' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}
