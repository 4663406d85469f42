//! `warroom totp @ana`: gives somebody a second factor.
//!
//! What their authenticator needs is printed once, when it is made; it refuses to print one that is
//! there already.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::files::Files;
use crate::config::Held;
use crate::domain::access::{SEED_BYTES, Seed};
use crate::domain::secret::Secret;
use crate::engine::clock::unguessable;

/// The arguments of `warroom totp`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// Whose second factor it is to be: `@ana`.
    person: String,
}

/// Makes a seed, keeps it in the file that the configuration names, and prints its address.
///
/// # Errors
/// When there is no such person, no file is named for them, or it is there already.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let name = arguments.person.trim_start_matches('@');
    let config = arguments.files.config()?;
    let Some(person) = config.people.get(name) else {
        anyhow::bail!("there is nobody called {name:?}: add [people.{name}] to the configuration");
    };
    let path = match &person.totp {
        Some(Held::File(path)) => path,
        Some(Held::Value(_)) => anyhow::bail!(
            "the second factor of {name} is in the configuration or the environment already, \
             nothing was changed"
        ),
        None => anyhow::bail!(
            "no place is named for the second factor of {name}: add `totp_file = \"FILE\"` to \
             [people.{name}], and call this again; nothing was changed"
        ),
    };
    let seed = Seed::written(&random()?);
    keep(path, &seed)?;
    println!("{}", Seed::read(&seed)?.uri(name).reveal());
    println!("Scan this into the authenticator of {name}; it is not shown again.");
    println!("Kept in {}. To make another, remove that file first.", path.display());
    Ok(ExitCode::SUCCESS)
}

fn random() -> anyhow::Result<[u8; SEED_BYTES]> {
    let bytes = unguessable().context("this machine has no randomness")?;
    let (seed, _) = bytes.split_first_chunk().context("there is too little randomness")?;
    Ok(*seed)
}

/// Writes a new file that nobody else can read.
fn keep(path: &Path, seed: &Secret) -> anyhow::Result<()> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| match path.exists() {
        true => format!("{} is there already, nothing was changed", path.display()),
        false => format!("cannot make {}", path.display()),
    })?;
    let kept = writeln!(file, "{}", seed.reveal()).and_then(|()| file.sync_all());
    kept.with_context(|| format!("cannot write {}", path.display()))
}
