//! One file of Grafana: a dashboard, and the panels in it.

use std::sync::Arc;

use serde_json::Value as Json;

use super::names::Foreign;
use super::panel;
use super::variable::{short, text, variables};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place, Source};

/// Panels of one dashboard: more are a mistake, or an attack.
const PANELS_MAX: usize = 1000;

/// The panels of a dashboard as graphs that have no names yet.
pub(in crate::domain::dashboard) fn read(
    name: &str,
    text_of_file: &str,
    out: &mut Diagnostics,
) -> Vec<Foreign> {
    let source = Source::new(name, text_of_file);
    let board: Json = match serde_json::from_str(text_of_file) {
        Ok(board) => board,
        Err(error) => {
            let place = at_line(&source, text_of_file, error.line(), error.column());
            let fault = format!("this is no JSON: {error}");
            out.push(Diagnostic::error(&place, fault).label("not readable"));
            return Vec::new();
        }
    };
    // Grafana's API wraps what its page exports.
    let board = board.get("dashboard").unwrap_or(&board);
    let panels = panels(board);
    if panels.is_empty() {
        let place = Place { source, span: 0..0 };
        let (fault, help) = if board.pointer("/spec/elements").is_some()
            || board.get("elements").is_some()
        {
            ("this dashboard is in Grafana's second schema", "export it as classic JSON")
        } else {
            ("this is no dashboard of Grafana, or one without panels", "export one: Share, Export")
        };
        out.push(Diagnostic::error(&place, fault).help(help.to_owned()));
        return Vec::new();
    }
    graphs(board, &panels, (&source, text_of_file), out)
}

fn graphs(
    board: &Json,
    panels: &[&Json],
    (source, file): (&Arc<Source>, &str),
    out: &mut Diagnostics,
) -> Vec<Foreign> {
    let variables = variables(board);
    let mut found = Vec::new();
    for (index, panel) in panels.iter().enumerate() {
        let title = text(panel, "title");
        let Some(mut graph) = panel::graph(panel, &variables, &source.name) else { continue };
        let place = place_of(source, file, title);
        graph.at.line = place.line();
        if let Some(why) = &graph.unsupported {
            let shown = if title.is_empty() {
                "without a title".to_owned()
            } else {
                format!("`{}`", short(title))
            };
            let fault = format!("panel {shown} cannot be drawn here: {why}");
            out.push(Diagnostic::warning(&place, fault).label("not offered as a graph"));
        }
        found.push(Foreign {
            board: (text(board, "uid").to_owned(), text(board, "title").to_owned()),
            title: title.to_owned(),
            id: panel.get("id").and_then(Json::as_u64).unwrap_or_default(),
            index: index + 1,
            graph,
        });
    }
    found
}

/// All panels in the order in which they are seen: those of rows after their row.
fn panels(board: &Json) -> Vec<&Json> {
    let mut found = Vec::new();
    let rows = board.get("rows").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    for holder in std::iter::once(board).chain(rows) {
        for panel in holder.get("panels").and_then(Json::as_array).into_iter().flatten() {
            found.push(panel);
            found.extend(panel.get("panels").and_then(Json::as_array).into_iter().flatten());
        }
    }
    found.truncate(PANELS_MAX);
    found
}

/// Where a title stands in the file, as far as a search can tell.
fn place_of(source: &Arc<Source>, text: &str, title: &str) -> Place {
    let written = serde_json::to_string(title).unwrap_or_default();
    let forms = [format!("\"title\": {written}"), format!("\"title\":{written}")];
    let found = forms.iter().find_map(|form| Some((text.find(form)?, form.len())));
    let span = found.map_or(0..0, |(start, length)| start..start + length);
    Place { source: Arc::clone(source), span }
}

fn at_line(source: &Arc<Source>, text: &str, line: usize, column: usize) -> Place {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let start = (before + column.saturating_sub(1)).min(text.len());
    Place { source: Arc::clone(source), span: start..start }
}
