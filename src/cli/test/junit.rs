//! Results as JUnit's XML, which build servers read.
//!
//! <https://github.com/testmoapp/junitxml>

use std::fmt::Write as _;

use super::run::Outcome;

/// The whole file.
pub(super) fn xml(outcomes: &[Outcome]) -> String {
    let failures = outcomes.iter().filter(|outcome| !outcome.is_good()).count();
    let seconds: f64 = outcomes.iter().map(|outcome| outcome.took.as_secs_f64()).sum();
    let head = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"{seconds:.6}\"",
        outcomes.len()
    );
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"warroom\" {head}>\n<testsuite name=\"rules\" {head}>\n"
    );
    for outcome in outcomes {
        // Writing into a string cannot fail.
        write!(
            xml,
            "<testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6}\"",
            escaped(&outcome.name),
            escaped(&outcome.file),
            escaped(&outcome.file),
            outcome.line,
            outcome.took.as_secs_f64()
        )
        .ok();
        match outcome.diff() {
            None => xml.push_str("/>\n"),
            Some(diff) => {
                let diff = escaped(&diff);
                writeln!(xml, "><failure message=\"what happened is not what was wanted\">{diff}</failure></testcase>").ok();
            }
        }
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

/// A text for XML 1.0, which knows no other control characters than these.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
