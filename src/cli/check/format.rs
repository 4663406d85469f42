//! Findings for programs.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::domain::diagnostic::{Diagnostic, Diagnostics, Level};

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people: the place, the line, the likely meaning.
    #[default]
    Text,
    /// One JSON object with all findings.
    Json,
    /// SARIF 2.1.0, for code scanners.
    Sarif,
    /// Annotations of GitHub's workflows.
    Github,
}

/// How many findings there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// What forbids the use of a file.
    pub(super) errors: usize,
    /// What a file can be used with.
    pub(super) warnings: usize,
}

impl Counts {
    pub(super) fn of(found: &Diagnostics) -> Self {
        let errors = found.iter().filter(|one| one.level == Level::Error).count();
        Self { errors, warnings: found.iter().count() - errors }
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
    }
}

/// First and last line and column, from 1; the end is the first column behind.
fn region(one: &Diagnostic) -> [u32; 4] {
    let (line, column) = one.place.source.position(one.place.span.start);
    let (end_line, end_column) = one.place.source.position(one.place.span.end);
    [line, column, end_line, end_column]
}

/// Everything but the place, in one text.
fn whole(one: &Diagnostic) -> String {
    let label = Some(&one.label).filter(|label| !label.is_empty());
    let parts = [Some(&one.message), label, one.help.as_ref()];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("; ")
}

pub(super) fn json(found: &Diagnostics) -> String {
    let finding = |one: &Diagnostic| {
        let [line, column, end_line, end_column] = region(one);
        json!({
            "level": word(one.level),
            "file": one.place.source.name,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
            "message": one.message,
            "label": one.label,
            "help": one.help,
        })
    };
    let Counts { errors, warnings } = Counts::of(found);
    let findings: Vec<Value> = found.iter().map(finding).collect();
    format!("{:#}", json!({ "errors": errors, "warnings": warnings, "findings": findings }))
}

/// <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
pub(super) fn sarif(found: &Diagnostics) -> String {
    let result = |one: &Diagnostic| {
        let [line, column, end_line, end_column] = region(one);
        json!({
            "ruleId": word(one.level),
            "level": word(one.level),
            "message": { "text": whole(one) },
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": { "uri": one.place.source.name },
                    "region": {
                        "startLine": line,
                        "startColumn": column,
                        "endLine": end_line,
                        "endColumn": end_column,
                    },
                },
            }],
        })
    };
    let results: Vec<Value> = found.iter().map(result).collect();
    let rules = [
        json!({ "id": "error", "shortDescription": { "text": "The file cannot be used" } }),
        json!({ "id": "warning", "shortDescription": { "text": "Probably not what was meant" } }),
    ];
    let driver = json!({ "name": "warroom", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    format!(
        "{:#}",
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{ "tool": { "driver": driver }, "results": results }],
        })
    )
}

/// <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>
pub(super) fn github(found: &Diagnostics) -> String {
    let line = |one: &Diagnostic| {
        let [line, column, end_line, end_column] = region(one);
        let columns = if line == end_line {
            format!(",col={column},endColumn={end_column}")
        } else {
            String::new()
        };
        let file = property(&one.place.source.name);
        let text = data(&whole(one));
        let level = word(one.level);
        format!("::{level} file={file},line={line},endLine={end_line}{columns}::{text}\n")
    };
    found.iter().map(line).collect()
}

/// What a message of a workflow command may not hold as it is.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnostic::{Place, Source};

    fn found() -> Diagnostics {
        let source = Source::new("rules/a,b.toml", "one = 1\ntwo = 100%\n");
        let mut found = Diagnostics::default();
        let place = Place { source, span: 14..18 };
        let fault = Diagnostic::error(&place, "100% is\nno number").label("here");
        found.push(fault.help("write 1".to_owned()));
        found
    }

    #[test]
    fn every_format_names_file_line_and_column() {
        let read: Value = serde_json::from_str(&json(&found())).unwrap();
        assert_eq!(read["errors"], 1);
        assert_eq!(read["findings"][0]["line"], 2);
        assert_eq!(read["findings"][0]["column"], 7);
        let read: Value = serde_json::from_str(&sarif(&found())).unwrap();
        let place = &read["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "rules/a,b.toml");
        assert_eq!(place["region"]["startLine"], 2);
        assert_eq!(place["region"]["endColumn"], 11);
    }

    #[test]
    fn an_annotation_is_one_line_whatever_the_message_holds() {
        assert_eq!(
            github(&found()),
            "::error file=rules/a%2Cb.toml,line=2,endLine=2,col=7,endColumn=11\
             ::100%25 is%0Ano number; here; write 1\n"
        );
    }
}
