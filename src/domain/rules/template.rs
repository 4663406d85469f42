//! Templates in rules: a title, a room's name, a command with an alert's labels in it.
//!
//! The source comes from a rule file and is trusted; what it prints is not. A label's value is
//! never read as template source, and every value is made harmless for the spot where it lands.
//! A misspelt name is an error when the rule is read; a label that an alert lacks prints nothing.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::group::ALL;
use super::spot::Spot;
use crate::domain::diagnostic::did_you_mean;
use crate::domain::matcher::Bad;

/// Steps of one rendering: a long title takes some 100.
const FUEL: u64 = 20_000;
/// Bytes of one rendering; what is longer is broken off with an error.
const OUTPUT_MAX: usize = 16 * 1024;
/// The names that every template may use.
const NAMES: [&str; 7] = ["labels", "annotations", "group", "number", "severity", "rule", "source"];

/// A text with `{{ … }}` in it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: Box<str>,
    spot: Spot,
}

impl Template {
    /// Checks a template. `group_by` are the names that `group.` may be followed by.
    ///
    /// # Errors
    /// Everything that is wrong with it; spans are bytes of the text.
    pub fn parse(text: &str, spot: Spot, group_by: &[&str]) -> Result<Self, Vec<Bad>> {
        let faults = if text.contains('{') { faults(text, group_by) } else { Vec::new() };
        if faults.is_empty() { Ok(Self { text: text.into(), spot }) } else { Err(faults) }
    }

    /// The text as its author wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.text
    }

    /// Renders it for the names of `scope`.
    ///
    /// # Errors
    /// When it takes too long, prints too much, or works on a value that is not there.
    pub fn render(&self, scope: &Value) -> Result<String, String> {
        if !self.text.contains('{') {
            return Ok(self.spot.finish(&self.text));
        }
        let printed = print(&self.text, self.spot, scope).map_err(|error| plain(&error))?;
        Ok(self.spot.finish(&printed))
    }
}

fn print(text: &str, spot: Spot, scope: &Value) -> Result<String, Error> {
    let environment: &Environment<'_> = match spot {
        Spot::Line => &LINE,
        Spot::Room => &ROOM,
        Spot::Word => &WORD,
        Spot::Argument => &ARGUMENT,
    };
    let template = environment.template_from_str(text)?;
    let mut output = Bounded(Vec::new());
    template.render_captured_to(scope.clone(), &mut output)?;
    Ok(String::from_utf8_lossy(&output.0).into_owned())
}

static LINE: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Spot::Line));
static ROOM: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Spot::Room));
static WORD: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Spot::Word));
static ARGUMENT: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Spot::Argument));

fn environment(spot: Spot) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    // Misspelt names are found by `faults`; what is undefined after that is a label that this
    // alert lacks, which must not cost the incident its title.
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(move |out, _, value| {
        if value.is_undefined() || value.is_none() {
            return Ok(());
        }
        out.write_str(&spot.clean(&value.to_string())).map_err(Error::from)
    });
    environment
}

/// Output with an end.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_MAX {
            return Err(io::Error::other("the text is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn faults(text: &str, group_by: &[&str]) -> Vec<Bad> {
    let template = match LINE.template_from_str(text) {
        Ok(template) => template,
        Err(error) => return vec![Bad::new(plain(&error), error.range().unwrap_or(0..text.len()))],
    };
    let mut names: Vec<String> = template.undeclared_variables(true).into_iter().collect();
    names.sort_unstable();
    let mut faults: Vec<Bad> =
        names.iter().filter_map(|name| unknown(text, name, group_by)).collect();
    if faults.is_empty() {
        faults.extend(unknown_tool(text));
    }
    faults
}

/// What is wrong with a name such as `labels.service`.
fn unknown(text: &str, name: &str, group_by: &[&str]) -> Option<Bad> {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let (message, help) = if !NAMES.contains(&first) {
        let help = did_you_mean(first, NAMES).unwrap_or_else(|| known(&NAMES));
        (format!("`{first}` is not known in templates"), help)
    } else if first == "group" && !rest.is_empty() && !group_by.contains(&ALL) {
        if group_by.contains(&rest) {
            return None;
        }
        let help = did_you_mean(rest, group_by.iter().copied());
        (
            format!("`{rest}` is not in this rule's `group_by`"),
            help.unwrap_or_else(|| known(group_by)),
        )
    } else {
        return None;
    };
    let word = if NAMES.contains(&first) { name } else { first };
    Some(Bad::new(message, find_word(text, word)).help(help))
}

fn known(names: &[&str]) -> String {
    format!("known here: {}", names.join(", "))
}

/// Filters and functions are only looked up when a template runs, so it runs once with nothing in it.
fn unknown_tool(text: &str) -> Option<Bad> {
    let error = print(text, Spot::Line, &scope_for_a_trial()).err()?;
    let is_unknown = matches!(
        error.kind(),
        ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod
    );
    is_unknown.then(|| Bad::new(plain(&error), error.range().unwrap_or(0..text.len())))
}

fn scope_for_a_trial() -> Value {
    let empty = || Value::from(std::collections::BTreeMap::<String, Value>::new());
    let nested = NAMES.iter().map(|name| match *name {
        "labels" | "annotations" | "group" => (*name, empty()),
        "number" => (*name, Value::from(1)),
        _ => (*name, Value::from("")),
    });
    Value::from(nested.collect::<std::collections::BTreeMap<_, _>>())
}

/// The first place of a name that is not a part of a longer one.
fn find_word(text: &str, name: &str) -> Range<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.match_indices(name)
        .map(|(start, found)| start..start + found.len())
        .find(|span| {
            let before = text.get(..span.start).and_then(|before| before.chars().next_back());
            let after = text.get(span.end..).and_then(|after| after.chars().next());
            !before.is_some_and(is_part) && !after.is_some_and(|c| is_part(c) && c != '.')
        })
        .unwrap_or(0..text.len())
}

fn plain(error: &Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn scope(labels: &[(&str, &str)]) -> Value {
        let labels: BTreeMap<String, String> =
            labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Value::from(BTreeMap::from([("labels", Value::from(labels)), ("number", Value::from(7))]))
    }

    fn render(text: &str, spot: Spot, labels: &[(&str, &str)]) -> String {
        Template::parse(text, spot, &[]).unwrap().render(&scope(labels)).unwrap()
    }

    #[test]
    fn fault_58_a_label_value_is_never_template_source() {
        let planted = [("service", "{{7*7}}{% for x in labels %}x{% endfor %}")];
        let title = render("{{ labels.service }} is slow", Spot::Line, &planted);
        assert_eq!(title, "{{7*7}}{% for x in labels %}x{% endfor %} is slow");
        let room =
            render("inc-{{ number }}-{{ labels.service }}", Spot::Room, &[("service", "{{7*7}}")]);
        assert_eq!(room, "inc-7-7-7");
    }

    #[test]
    fn values_are_made_harmless_for_their_spot() {
        let hostile = [("service", "a b\n\"@channel\" --force")];
        for (spot, wanted) in [
            (Spot::Line, "x a b \"@channel\" --force"),
            (Spot::Room, "x-a-b-channel-force"),
            (Spot::Word, "x a-b---channel----force"),
            (Spot::Argument, "x \"a b \\\"@channel\\\" --force\""),
        ] {
            assert_eq!(render("x {{ labels.service }}", spot, &hostile), wanted, "{spot:?}");
        }
        assert_eq!(render("x {{ labels.s }}", Spot::Argument, &[("s", "-v")]), "x \"-v\"");
        assert_eq!(
            render("graph {{ labels.s }} 1h", Spot::Argument, &[("s", "a.b:c")]),
            "graph a.b:c 1h"
        );
        assert_eq!(render(&"long ".repeat(60), Spot::Room, &[]).len(), 79);
    }

    #[test]
    fn a_missing_label_prints_nothing() {
        assert_eq!(render("[{{ labels.gone }}]", Spot::Line, &[]), "[]");
        assert_eq!(render("{{ labels.gone | default('none') }}", Spot::Line, &[]), "none");
        assert_eq!(render("{% if labels.gone %}x{% else %}y{% endif %}", Spot::Line, &[]), "y");
    }

    #[test]
    fn a_misspelt_name_is_found_before_any_alert_comes() {
        let fault = |text: &str| Template::parse(text, Spot::Line, &["service"]).unwrap_err();
        let found = fault("{{ label.service }} and {{ sevrity }}");
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].span.clone(), found[0].help.as_deref()),
            (3..8, Some("did you mean `labels`?"))
        );
        assert_eq!(found[1].help.as_deref(), Some("did you mean `severity`?"));
        assert_eq!(fault("{{ group.servce }}")[0].help.as_deref(), Some("did you mean `service`?"));
        assert_eq!(fault("{{ labels.x | uper }}").len(), 1);
        assert_eq!(fault("{{ labels.x ")[0].span.start, 10);
        assert_eq!(fault("{{ range(9) }}").len(), 1);
    }

    #[test]
    fn a_template_that_runs_wild_is_stopped() {
        let labels: Vec<(String, String)> =
            (0..60).map(|n| (format!("l{n:02}"), "x".repeat(1000))).collect();
        let labels: Vec<(&str, &str)> =
            labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for text in [
            "{% for a in labels %}{{ labels.l01 }}{% endfor %}",
            "{% for a in labels %}{% for b in labels %}{% for c in labels %}{% endfor %}{% endfor %}{% endfor %}",
        ] {
            let template = Template::parse(text, Spot::Line, &[]).unwrap();
            assert!(template.render(&scope(&labels)).is_err(), "{text}");
        }
    }
}
