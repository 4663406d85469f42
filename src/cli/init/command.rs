//! The command.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::answers::Flags;
use super::set;
use crate::cli::files::eprint_line;
use crate::cli::import;
use crate::engine::clock::{Clock as _, System};

/// The arguments of `warroom init`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The folder to write into; it is made where it is not there.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Ask nothing: what no flag says is as usual.
    #[arg(long, short)]
    yes: bool,
    /// Take routes, receivers and inhibitions from this configuration of Alertmanager.
    #[arg(long, value_name = "FILE")]
    alertmanager: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

/// Writes the files, all or none.
///
/// # Errors
/// When an answer cannot be used, a file is there already, or one cannot be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let theirs = match &arguments.alertmanager {
        None => None,
        Some(file) => {
            let text = import::read(file)?;
            Some(import::alertmanager::read(&text, &file.display().to_string())?)
        }
    };
    let answers = arguments.flags.answers(arguments.yes, theirs.is_some())?;
    let set = set::build(&answers, theirs, System::default().now())?;
    set.write(&arguments.dir)?;
    for (name, _) in &set.files {
        eprint_line(&format!("wrote {}", arguments.dir.join(name).display()));
    }
    import::say_lost(&set.lost);
    next(&arguments.dir);
    Ok(ExitCode::SUCCESS)
}

fn next(dir: &Path) {
    let here =
        if dir == Path::new(".") { String::new() } else { format!("cd {}; ", dir.display()) };
    eprint_line(&format!("next: {here}warroom check . && warroom serve --config warroom.toml"));
}
