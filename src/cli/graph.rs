//! `warroom graph`: a graph from the command line, with no server and no brain.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use super::files::{self, Files};
use crate::domain::chart::{Look, Theme};
use crate::domain::commands::{Word, words};
use crate::domain::dashboard::{Context, Request};
use crate::engine::clock;
use crate::engine::graphs::{Charted, Format, Graphs};
use crate::wiring;

/// The arguments of `warroom graph`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// What is typed behind `graph` in a room: `latency cms 1h`, `latency cms 6h vs 1d`,
    /// `q='rate(x[5m])' 2h`.
    #[arg(required = true, value_name = "WORD")]
    words: Vec<String>,
    /// Write a picture (.png, .svg) or the numbers (.csv) there; without it the terminal shows them.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Light or dark.
    #[arg(long, value_parser = ["light", "dark"])]
    theme: Option<String>,
    /// CSS pixels across.
    #[arg(long)]
    width: Option<u32>,
    /// CSS pixels down.
    #[arg(long)]
    height: Option<u32>,
    /// Picture pixels for one CSS pixel.
    #[arg(long, default_value_t = 2.0)]
    scale: f32,
    #[command(flatten)]
    files: Files,
}

/// Draws one graph. Exit code 1: there is none, and why.
///
/// # Errors
/// When the configuration or the dashboards cannot be used, or there is no graph.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = arguments.files.config()?;
    let library = files::library(&config)?;
    let graphs = Graphs::new(wiring::metric_sources(&config)?, Arc::new(clock::System::default()));
    graphs.set(wiring::graph_options(&config));
    graphs.reload(library);
    if !graphs.has_sources() {
        bail!(
            "no metrics source is configured: add [metrics.NAME] to the configuration and name it with --config"
        );
    }
    let typed: Vec<Word> = arguments.words.iter().map(|text| word(text)).collect();
    let request = Request::parse(&typed).map_err(|bad| anyhow!("{bad}"))?;
    let charted = graphs.chart(&request, &Context::default()).await;
    let Charted { chart, text, wish } = charted.map_err(|miss| anyhow!("{miss}"))?;
    let Some(output) = &arguments.output else {
        println!("{text}\n{}", chart.command);
        return Ok(ExitCode::SUCCESS);
    };
    let format = format_of(output)?;
    let usual = Look::default();
    let theme = arguments.theme.as_deref().map(|theme| match theme {
        "dark" => Theme::Dark,
        _ => Theme::Light,
    });
    let look = Look {
        theme: theme.or(wish.theme).unwrap_or(usual.theme),
        width: arguments.width.or(wish.width).unwrap_or(usual.width),
        height: arguments.height.or(wish.height).unwrap_or(usual.height),
        scale: arguments.scale,
    };
    let painted = graphs.paint(chart, look, format).await.map_err(|miss| anyhow!("{miss}"))?;
    std::fs::write(output, painted.bytes)
        .with_context(|| format!("cannot write {}", output.display()))?;
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

/// One argument of the shell as one word: the shell has taken the quotes away.
fn word(text: &str) -> Word {
    let is_whole = |words: &[Word]| matches!(words, [word] if !word.is_quoted);
    if let Some((key, value)) = text.split_once('=')
        && let Ok(found) = words(&format!("{key}=x"))
        && let [Word { key: Some(key), .. }] = found.as_slice()
    {
        return Word { key: Some(key.clone()), text: value.to_owned(), is_quoted: true };
    }
    let is_quoted = !words(text).is_ok_and(|words| is_whole(&words));
    Word { key: None, text: text.to_owned(), is_quoted }
}

fn format_of(path: &Path) -> anyhow::Result<Format> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    extension
        .to_ascii_lowercase()
        .parse()
        .map_err(|known| anyhow!("cannot tell from {} what to write: {known}", path.display()))
}
