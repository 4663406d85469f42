//! Templates in dashboards: a title or a query with arguments in it.
//!
//! The source comes from a dashboard file and is trusted; what it prints is not. What the template
//! prints is marked, so that each value is escaped for its place after the whole text is known. A
//! value is never read as template source.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use compact_str::CompactString;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use super::graph::{Value, Values};
use super::quote::{Join, Piece};
use crate::domain::diagnostic::did_you_mean;
use crate::domain::matcher::Bad;

/// Steps of one rendering: a long query takes some 100.
const FUEL: u64 = 20_000;
/// Bytes of one rendering.
const OUTPUT_MAX: usize = 64 * 1024;
/// Stand around what a template prints. Private letters: no metric has them.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
/// What every template may use besides the arguments: see [`super::Plan`].
pub(super) const KNOWN: [&str; 3] = ["step", "rate", "range"];

/// A text with `{{ … }}` in it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Box<str>);

impl Template {
    /// Checks a template. `args` are the names that it may use.
    ///
    /// # Errors
    /// Everything that is wrong with it; spans are bytes of the text.
    pub(super) fn parse(text: &str, args: &[&str]) -> Result<Self, Vec<Bad>> {
        if text.contains([OPEN, CLOSE]) {
            let why = "the letters U+E000 and U+E001 cannot be used here";
            return Err(vec![Bad::new(why, 0..text.len())]);
        }
        let faults = if text.contains('{') { faults(text, args) } else { Vec::new() };
        if faults.is_empty() { Ok(Self(text.into())) } else { Err(faults) }
    }

    pub(super) fn names(&self) -> Vec<CompactString> {
        let Ok(template) = ENVIRONMENT.template_from_str(&self.0) else { return Vec::new() };
        let mut names: Vec<CompactString> =
            template.undeclared_variables(false).into_iter().map(CompactString::from).collect();
        names.sort_unstable();
        names
    }

    /// The author's words and the values between them.
    pub(super) fn pieces(&self, values: &Values) -> Result<Vec<Piece>, String> {
        let scope: BTreeMap<&str, String> =
            values.iter().map(|(name, value)| (name.as_str(), text_of(value))).collect();
        let printed = print(&self.0, &scope).map_err(|error| plain(&error))?;
        if printed.len() > OUTPUT_MAX {
            return Err(format!("the text becomes longer than {OUTPUT_MAX} bytes"));
        }
        Ok(split(&printed))
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Data(values) => values.first().cloned().unwrap_or_default(),
        Value::Author(text) => text.clone(),
    }
}

fn print(text: &str, scope: &BTreeMap<&str, String>) -> Result<String, Error> {
    ENVIRONMENT.template_from_str(text)?.render(scope)
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(|out, _, value| {
        let text = if value.is_undefined() || value.is_none() {
            String::new()
        } else {
            value.to_string().replace([OPEN, CLOSE], "\u{fffd}")
        };
        write!(out, "{OPEN}{text}{CLOSE}").map_err(Error::from)
    });
    environment
});

/// Cuts a printed text at the marks.
fn split(printed: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = printed;
    while let Some((text, marked)) = rest.split_once(OPEN) {
        let (value, after) = marked.split_once(CLOSE).unwrap_or((marked, ""));
        pieces.push(Piece::Text(text.to_owned()));
        pieces.push(Piece::Value { values: vec![value.to_owned()], join: Join::Place });
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

fn faults(text: &str, args: &[&str]) -> Vec<Bad> {
    let template = match ENVIRONMENT.template_from_str(text) {
        Ok(template) => template,
        Err(error) => return vec![Bad::new(plain(&error), error.range().unwrap_or(0..text.len()))],
    };
    let mut names: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    names.sort_unstable();
    let is_known = |name: &str| args.contains(&name) || KNOWN.contains(&name);
    let mut faults: Vec<Bad> =
        names.iter().filter(|name| !is_known(name)).map(|name| unknown(text, name, args)).collect();
    if faults.is_empty() {
        faults.extend(unknown_tool(text, args));
    }
    faults
}

fn unknown(text: &str, name: &str, args: &[&str]) -> Bad {
    let known: Vec<&str> = args.iter().copied().chain(KNOWN).collect();
    let help = did_you_mean(name, known.iter().copied())
        .unwrap_or_else(|| format!("add it to `args`, or take one of: {}", known.join(", ")));
    let start = text.find(name).unwrap_or(0);
    Bad::new(format!("`{name}` is no argument of this graph"), start..start + name.len()).help(help)
}

/// Filters and functions are only looked up when a template runs, so it runs once.
fn unknown_tool(text: &str, args: &[&str]) -> Option<Bad> {
    let scope = args.iter().chain(&KNOWN).map(|name| (*name, "x".to_owned())).collect();
    let error = print(text, &scope).err()?;
    let is_unknown = matches!(
        error.kind(),
        ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod
    );
    is_unknown.then(|| Bad::new(plain(&error), error.range().unwrap_or(0..text.len())))
}

fn plain(error: &Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}
