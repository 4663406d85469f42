//! `warroom report noise --since 30d`: what many incidents teach, as a table and a picture.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Deserialize;

use super::after::write;
use super::files::Files;
use super::remote::Server;
use crate::domain::chart::{Chart, Look, Theme, cell};
use crate::domain::messages::plain;
use crate::domain::room::Table;
use crate::render;

/// Characters of one cell.
const CELL_CHARS: usize = 300;

/// The arguments of `warroom report`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// Which one: rules that make noise, people who are woken, how long it takes, what runbooks do.
    #[arg(value_parser = ["noise", "people", "mttr", "runs"])]
    kind: String,
    /// How far back.
    #[arg(long, default_value = "30d", value_name = "HOW LONG")]
    since: String,
    /// How the table is written.
    #[arg(long, default_value = "markdown", value_parser = ["markdown", "json", "csv"])]
    format: String,
    /// Write it there; without it, to the terminal.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Draw the picture there, too: .png or .svg.
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Light or dark.
    #[arg(long, default_value = "light", value_parser = ["light", "dark"])]
    theme: String,
    /// Where the server is; without it, where the configuration says that it listens.
    #[arg(long, env = "WARROOM_SERVER", value_name = "URL")]
    server: Option<String>,
}

/// What the server says.
#[derive(Debug, Deserialize)]
struct Report {
    text: String,
    table: Table,
    chart: Chart,
}

/// Asks the server, and writes what it says.
///
/// # Errors
/// When no server answers, or a file cannot be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = arguments.files.config()?;
    let server = Server::of(&config, arguments.server.as_deref())?;
    let request = server.get(&format!("/api/v1/reports/{}", arguments.kind));
    let answer = server.ask(request.query(&[("since", &arguments.since)])).await?;
    let report: Report =
        serde_json::from_str(&answer.text).context("this is no answer of a warroom")?;
    if let Some(path) = &arguments.picture {
        draw(&report.chart, path, &arguments.theme)?;
    }
    let text = match arguments.format.as_str() {
        "json" => answer.text,
        "csv" => csv(&report.table),
        _ => markdown(&report),
    };
    write(arguments.output.as_deref(), &text)?;
    Ok(ExitCode::SUCCESS)
}

fn draw(chart: &Chart, path: &std::path::Path, theme: &str) -> anyhow::Result<()> {
    let theme = if theme == "dark" { Theme::Dark } else { Theme::Light };
    let look = Look { theme, ..Look::default() };
    let bytes = match path.extension().and_then(|it| it.to_str()) {
        Some("png") => render::png(chart, &look)?,
        Some("svg") => render::svg(chart, &look)?.into_bytes(),
        _ => return Err(anyhow!("a picture is a file that ends with .png or .svg")),
    };
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn csv(table: &Table) -> String {
    let line = |cells: &Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        cells.join(",") + "\r\n"
    };
    std::iter::once(&table.columns).chain(&table.rows).map(line).collect()
}

fn markdown(report: &Report) -> String {
    let escape = |text: &String| {
        let text = plain(text, CELL_CHARS).replace('\\', "\\\\").replace('|', "\\|");
        text.replace('<', "&lt;").replace('[', "\\[").replace('`', "\\`").replace('@', "&#64;")
    };
    let line = |cells: &Vec<String>| {
        let cells: Vec<String> = cells.iter().map(escape).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let Table { columns, rows, .. } = &report.table;
    let rule = format!("|{}\n", " --- |".repeat(columns.len()));
    let body: String = rows.iter().map(line).collect();
    let table = if rows.is_empty() { String::new() } else { line(columns) + &rule + &body };
    format!("{}\n\n{table}", report.text)
}
