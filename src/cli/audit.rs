//! `warroom audit`: checks the chain of the audit log, and writes it out.
//!
//! It believes nobody: a running server gives the bytes, and the hashes are computed here.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use compact_str::CompactString;

use super::files::Files;
use super::remote::Server;
use crate::domain::chart::cell;
use crate::domain::duration;
use crate::domain::trail::{Chain, Checkpoint, Fault, HEADINGS, Link, row};
use crate::engine::clock;

/// Records that are asked for at once: as many as the server gives.
const PAGE: usize = 500;
/// The header that says where the next page begins.
const NEXT: &str = "x-warroom-next";

/// What to do with the audit log.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Follow the chain and name the first broken link. Exit code 1: there is one.
    Verify(Verify),
    /// Write the records out: JSON lines as they are stored, or a table for spreadsheets.
    Export(Export),
}

/// The arguments of `warroom audit verify`.
#[derive(Debug, Clone, Args)]
pub struct Verify {
    #[command(flatten)]
    files: Files,
    /// An export in JSON lines; without it the running server is asked.
    file: Option<PathBuf>,
    /// Checkpoints that went outside, a line of JSON each: what they saw must still be there.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Where the server is; without it, where the configuration says that it listens.
    #[arg(long, env = "WARROOM_SERVER", value_name = "URL")]
    server: Option<String>,
}

/// The arguments of `warroom audit export`.
#[derive(Debug, Clone, Args)]
pub struct Export {
    #[command(flatten)]
    files: Files,
    /// From when on: a time such as 2026-11-01T00:00:00Z, or how long ago: 30d. Without it, all.
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// `jsonl` can be checked later; `csv` is for spreadsheets.
    #[arg(long, default_value = "jsonl", value_parser = ["jsonl", "csv"])]
    format: String,
    /// Write it there; without it, to the terminal.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the server is; without it, where the configuration says that it listens.
    #[arg(long, env = "WARROOM_SERVER", value_name = "URL")]
    server: Option<String>,
}

/// Does it.
///
/// # Errors
/// When a file cannot be read or written, or no server answers.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Verify(arguments) => verify(arguments).await,
        Command::Export(arguments) => export(arguments).await,
    }
}

async fn verify(arguments: Verify) -> anyhow::Result<ExitCode> {
    let marks = arguments.checkpoint.as_deref().map(checkpoints).transpose()?.unwrap_or_default();
    let mut seen = Seen { wanted: marks.iter().map(|it| it.seq).collect(), ..Seen::default() };
    let followed = match &arguments.file {
        Some(path) => from_file(path, &mut seen)?,
        None => {
            let config = arguments.files.config()?;
            let server = Server::of(&config, arguments.server.as_deref())?;
            from_server(&server, &mut seen).await?
        }
    };
    if let Err(fault) = followed {
        return Ok(say(ExitCode::FAILURE, &format!("The chain is broken: {fault}.")));
    }
    let Seen { chain, hashes, .. } = &seen;
    for mark in &marks {
        let hash = hashes.get(&mark.seq).map(CompactString::as_str);
        if let Err(why) = mark.check(chain, hash) {
            return Ok(say(ExitCode::FAILURE, &format!("The chain is broken: {why}.")));
        }
    }
    Ok(say(ExitCode::SUCCESS, &told(chain, marks.len())))
}

/// A chain that is whole, in words.
fn told(chain: &Chain, marks: usize) -> String {
    let Chain { first, last, hash } = chain;
    if chain.count() == 0 {
        return "There is no record yet.".to_owned();
    }
    let checked = match marks {
        0 => "without a checkpoint, an end that was cut off would not be missed",
        1 => "it holds what its checkpoint saw",
        _ => "it holds what all its checkpoints saw",
    };
    let count = chain.count();
    format!(
        "The chain is whole: {count} records, {first} to {last}; {checked}.\nThe last hash: {hash}"
    )
}

/// What was followed so far.
#[derive(Debug, Default)]
struct Seen {
    chain: Chain,
    /// The records that checkpoints name.
    wanted: std::collections::BTreeSet<u64>,
    hashes: BTreeMap<u64, CompactString>,
}

impl Seen {
    fn follow(&mut self, line: &[u8]) -> Result<(), Fault> {
        let link = self.chain.follow(line)?;
        if self.wanted.contains(&link.seq) {
            self.hashes.insert(link.seq, self.chain.hash.clone());
        }
        Ok(())
    }
}

fn from_file(path: &Path, seen: &mut Seen) -> anyhow::Result<Result<(), Fault>> {
    let place = || format!("cannot read {}", path.display());
    let mut file = BufReader::new(File::open(path).with_context(place)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line).with_context(place)? == 0 {
            return Ok(Ok(()));
        }
        if let Err(fault) = seen.follow(line.strip_suffix(b"\n").unwrap_or(&line)) {
            return Ok(Err(fault));
        }
    }
}

async fn from_server(server: &Server, seen: &mut Seen) -> anyhow::Result<Result<(), Fault>> {
    let mut pages = Pages::of(server, "from=1".to_owned());
    while let Some(page) = pages.next().await? {
        for line in page.lines() {
            if let Err(fault) = seen.follow(line.as_bytes()) {
                return Ok(Err(fault));
            }
        }
    }
    Ok(Ok(()))
}

/// The log of a running server, page by page.
struct Pages<'a> {
    server: &'a Server,
    /// Where the next page begins, as the query says it.
    place: String,
}

impl<'a> Pages<'a> {
    fn of(server: &'a Server, place: String) -> Self {
        Self { server, place }
    }

    /// The next page; none: that was all.
    async fn next(&mut self) -> anyhow::Result<Option<String>> {
        let path = format!("/api/v1/audit?{}&max={PAGE}", self.place);
        let answer = self.server.ask(self.server.get(&path)).await?;
        let next = answer.headers.get(NEXT).and_then(|it| it.to_str().ok());
        self.place = format!("from={}", next.context("this is no answer of a warroom")?);
        Ok(Some(answer.text).filter(|text| !text.is_empty()))
    }
}

async fn export(arguments: Export) -> anyhow::Result<ExitCode> {
    let config = arguments.files.config()?;
    let server = Server::of(&config, arguments.server.as_deref())?;
    let place = match &arguments.since {
        Some(text) => {
            let since = since(text, clock::wall())?.to_rfc3339_opts(SecondsFormat::Millis, true);
            format!("since={since}")
        }
        None => "from=1".to_owned(),
    };
    let mut out: Box<dyn Write> = match &arguments.output {
        Some(path) => {
            let file =
                File::create(path).with_context(|| format!("cannot write {}", path.display()));
            Box::new(BufWriter::new(file?))
        }
        None => Box::new(io::stdout().lock()),
    };
    let is_table = arguments.format == "csv";
    if is_table {
        writeln!(out, "{}\r", HEADINGS.join(",")).context("cannot write")?;
    }
    let mut pages = Pages::of(&server, place);
    while let Some(page) = pages.next().await? {
        for line in page.lines() {
            let line = if is_table { table(line)? } else { line.to_owned() };
            writeln!(out, "{line}").context("cannot write")?;
        }
    }
    out.flush().context("cannot write")?;
    Ok(ExitCode::SUCCESS)
}

/// A record as a line of a table.
fn table(line: &str) -> anyhow::Result<String> {
    let link: Link = serde_json::from_str(line).context("a record cannot be read")?;
    Ok(row(&link).map(|text| cell(&text)).join(",") + "\r")
}

/// A time, or how long ago.
pub(super) fn since(text: &str, now: DateTime<Utc>) -> anyhow::Result<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let length = duration::parse(text).map_err(|bad| {
        anyhow!(
            "cannot read --since {text:?}: {bad}; it is a time such as 2026-11-01T00:00:00Z, or 30d"
        )
    })?;
    now.checked_sub_signed(length).with_context(|| format!("--since {text:?} is too long ago"))
}

/// Checkpoints, a line each.
fn checkpoints(path: &Path) -> anyhow::Result<Vec<Checkpoint>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the checkpoints in {}", path.display()))?;
    let read = |(at, line): (usize, &str)| {
        serde_json::from_str(line)
            .with_context(|| format!("{}:{}: this is no checkpoint", path.display(), at + 1))
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let marks: Vec<Checkpoint> = lines.map(read).collect::<anyhow::Result<_>>()?;
    if marks.is_empty() {
        bail!("there is no checkpoint in {}", path.display());
    }
    Ok(marks)
}

#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
fn say(code: ExitCode, text: &str) -> ExitCode {
    println!("{text}");
    code
}
