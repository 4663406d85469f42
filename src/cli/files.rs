//! The files and flags that most commands share: configuration, rules, and what is wrong in them.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use clap::Args;

use crate::config::{Config, Flag, Loaded};
use crate::domain::dashboard::Library;
use crate::domain::diagnostic::Diagnostics;
use crate::engine::Book;
use crate::wiring;

/// What a folder's configuration is called.
const CONFIG: &str = "warroom.toml";

/// Where the configuration comes from: flags over environment over file over defaults.
#[derive(Debug, Clone, Default, Args)]
pub struct Files {
    /// The configuration file; without it, everything has its default.
    #[arg(long, env = "WARROOM_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// The durable store: `file:FOLDER`, `redis://…`, `redis+sentinel://…`, `redis+cluster://…`.
    #[arg(long, value_name = "URL")]
    pub brain: Option<String>,
    /// The folder with the rules.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<String>,
    /// The folder with the runbooks.
    #[arg(skip)]
    pub(super) runbooks: Option<String>,
    /// The folder with the dashboards.
    #[arg(skip)]
    pub(super) dashboards: Option<String>,
}

impl Files {
    /// The configuration of all layers.
    ///
    /// # Errors
    /// Everything that is wrong in it, as people should read it.
    pub fn config(&self) -> anyhow::Result<Config> {
        let (config, warnings) =
            self.load().map_err(|wrong| anyhow!("the configuration cannot be used:\n{wrong}"))?;
        if !warnings.is_empty() {
            eprint_diagnostics(&warnings);
        }
        Ok(config)
    }

    /// These files, or what lies in a folder where a flag does not say otherwise.
    pub(super) fn inside(&self, dir: Option<&Path>) -> Self {
        let mut files = self.clone();
        let inside = |name: &str| dir.map(|dir| dir.join(name));
        if files.config.is_none() {
            files.config = inside(CONFIG).filter(|file| file.is_file());
        }
        let folder = |name: &str| inside(name).as_deref().and_then(Path::to_str).map(str::to_owned);
        files.rules = files.rules.or_else(|| folder("rules"));
        files.runbooks = files.runbooks.or_else(|| folder("runbooks"));
        files.dashboards = files.dashboards.or_else(|| folder("dashboards"));
        files
    }

    /// The configuration of all layers, with what is wrong as it was found.
    pub(super) fn load(&self) -> Result<Loaded, Diagnostics> {
        Config::load(self.config.as_deref(), std::env::vars(), &self.flags())
    }

    /// The built-in configuration with the flags: what is looked at where the file is broken.
    pub(super) fn defaults(&self) -> anyhow::Result<Config> {
        let loaded = Config::load(None, [], &self.flags());
        Ok(loaded.map_err(|wrong| anyhow!("the flags cannot be used:\n{wrong}"))?.0)
    }

    /// Where people, teams and grants are read again while the program runs; none without a file.
    #[must_use]
    pub fn layers(&self) -> Option<wiring::Layers> {
        self.config.clone().map(|file| wiring::Layers::new(file, self.flags()))
    }

    fn flags(&self) -> Vec<Flag> {
        let flags = [
            ("--listen", "server.listen", &self.listen),
            ("--brain", "brain.url", &self.brain),
            ("--rules", "rules.dir", &self.rules),
            ("DIR", "runbooks.dir", &self.runbooks),
            ("DIR", "dashboards.dir", &self.dashboards),
        ];
        flags
            .into_iter()
            .filter_map(|(name, key, value)| Some(Flag { name, key, value: value.clone()? }))
            .collect()
    }
}

/// The rules of a configuration.
///
/// # Errors
/// When the folder cannot be read, or everything that is wrong in its files.
pub fn book(config: &Config) -> anyhow::Result<Book> {
    let texts = wiring::read_rules(&config.rules_dir)?;
    match wiring::read_book(&texts) {
        Err(wrong) => bail!("the rules cannot be used:\n{wrong}"),
        Ok((book, warnings)) => {
            if !warnings.is_empty() {
                eprint_diagnostics(&warnings);
            }
            Ok(book)
        }
    }
}

/// The dashboards of a configuration.
///
/// # Errors
/// When the folder cannot be read, or everything that is wrong in its files.
pub fn library(config: &Config) -> anyhow::Result<Library> {
    Ok(wiring::library(config)?.0)
}

#[expect(clippy::print_stderr, reason = "a command tells the person who called it")]
pub(super) fn eprint_diagnostics(diagnostics: &Diagnostics) {
    eprintln!("{diagnostics}");
}

#[expect(clippy::print_stderr, reason = "a command tells the person who called it")]
pub(super) fn eprint_line(line: &str) {
    eprintln!("{line}");
}
