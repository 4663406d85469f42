//! Log lines from a configured program: `journalctl`, `kubectl logs`, a script.
//!
//! The program and its arguments are configured; what people type fills places inside single
//! arguments, after a check that it is a name. It refuses to use a shell, to hand its environment
//! on, to wait past the deadline, and to leave anything of the program's process group running.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::BoxFuture;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command as Program};
use tokio::time::timeout;

use super::{LINES_MAX, Line, Logs, Wanted, places};
use crate::adapters::failure::Failure;
use crate::domain::line;
use crate::domain::line::cut;

/// How much a program may print: a thousand lines of a kilobyte.
const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// How much of a program's complaint is shown: its end says why.
const COMPLAINT_BYTES: usize = 2 << 10;
/// Characters of a complaint in a room.
const COMPLAINT_CHARACTERS: usize = 500;
/// How much is read at once.
const CHUNK: usize = 16 << 10;

/// How a program is called.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program and its arguments, with places.
    pub argv: Vec<String>,
    /// The whole environment that it gets.
    pub environment: Vec<(String, String)>,
    /// How long it may run.
    pub timeout: Duration,
}

/// One program that prints log lines.
#[derive(Debug)]
pub struct Command {
    options: Options,
}

impl Command {
    /// Gets ready to run it.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    async fn newest(&self, wanted: Wanted) -> Result<Vec<Line>, Failure> {
        let values = places::values(&wanted)?;
        let argv = self
            .options
            .argv
            .iter()
            .map(|argument| places::fill(argument, &values, str::to_owned))
            .collect::<Result<Vec<_>, _>>()?;
        let output = self.run(&argv).await?;
        let output = String::from_utf8_lossy(&output);
        let most = wanted.most.min(LINES_MAX);
        let is_wanted =
            |text: &&str| wanted.containing.as_ref().is_none_or(|part| text.contains(part));
        let mut lines: Vec<Line> = output
            .lines()
            .rev()
            .filter(is_wanted)
            .take(most)
            .map(|text| Line { at: None, text: line::shown(text) })
            .collect();
        lines.reverse();
        Ok(lines)
    }

    async fn run(&self, argv: &[String]) -> Result<Vec<u8>, Failure> {
        let (mut child, name) = self.start(argv)?;
        let group = Group::of(&child);
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(broken(format!("`{name}` has no output to read")));
        };
        let work = async {
            let (output, complaint) = tokio::try_join!(all(stdout), end(stderr))?;
            let status = child.wait().await.map_err(|_| Trouble::Lost)?;
            if status.success() { Ok(output) } else { Err(Trouble::Ended(status, complaint)) }
        };
        let done = timeout(self.options.timeout, work).await;
        // Also after a good end: what the program left behind in its group has no purpose any more.
        drop(group);
        match done {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(Trouble::TooMuch)) => Err(broken(format!(
                "`{name}` prints more than {} MiB: let it print the newest lines only, with \
                 {{lines}} among its arguments",
                OUTPUT_BYTES_MAX >> 20
            ))),
            Ok(Err(Trouble::Lost)) => Err(broken(format!("`{name}` cannot be read"))),
            Ok(Err(Trouble::Ended(status, complaint))) => {
                let why = format!("`{name}` ended with {status}: {complaint}");
                Err(Failure::Refused { why: why.trim_end_matches([':', ' ']).to_owned() })
            }
            Err(_) => {
                let seconds = self.options.timeout.as_secs();
                Err(Failure::Unknown {
                    why: format!("`{name}` did not end within {seconds} s, and was stopped"),
                })
            }
        }
    }

    fn start<'a>(&self, argv: &'a [String]) -> Result<(Child, &'a str), Failure> {
        let [program, arguments @ ..] = argv else {
            return Err(broken("no program is configured".to_owned()));
        };
        let name = Path::new(program).file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or(program);
        let child = Program::new(program)
            .args(arguments)
            .env_clear()
            .envs(self.options.environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| broken(format!("cannot start `{name}`: {}", error.kind())))?;
        Ok((child, name))
    }

    /// Whether the program is there. It is not run: that may cost, or change something.
    fn look(&self) -> Result<String, Failure> {
        let program = self.options.argv.first().map_or("", String::as_str);
        let path = self.options.environment.iter().find(|(name, _)| name == "PATH");
        let path = path.map_or("", |(_, value)| value.as_str());
        let is_there = if program.contains('/') {
            Path::new(program).is_file()
        } else {
            std::env::split_paths(path).any(|folder| folder.join(program).is_file())
        };
        if is_there {
            Ok(format!("the program {program} is there"))
        } else {
            Err(broken(format!("there is no program {program}")))
        }
    }
}

impl Logs for Command {
    fn lines(&self, wanted: Wanted) -> BoxFuture<'_, Result<Vec<Line>, Failure>> {
        Box::pin(self.newest(wanted))
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(std::future::ready(self.look()))
    }
}

enum Trouble {
    TooMuch,
    Lost,
    Ended(std::process::ExitStatus, String),
}

fn broken(why: String) -> Failure {
    Failure::Broken { why }
}

/// Everything that a program prints; reading stops at the limit.
async fn all(mut from: impl AsyncRead + Unpin) -> Result<Vec<u8>, Trouble> {
    let (mut output, mut chunk) = (Vec::new(), vec![0; CHUNK]);
    loop {
        let count = from.read(&mut chunk).await.map_err(|_| Trouble::Lost)?;
        if count == 0 {
            return Ok(output);
        }
        if output.len() + count > OUTPUT_BYTES_MAX {
            return Err(Trouble::TooMuch);
        }
        output.extend(chunk.iter().take(count));
    }
}

/// The end of what a program complains about, fit to be shown.
async fn end(mut from: impl AsyncRead + Unpin) -> Result<String, Trouble> {
    let (mut kept, mut chunk) = (Vec::new(), vec![0; CHUNK]);
    loop {
        let count = from.read(&mut chunk).await.map_err(|_| Trouble::Lost)?;
        if count == 0 {
            break;
        }
        kept.extend(chunk.iter().take(count));
        let old = kept.len().saturating_sub(COMPLAINT_BYTES);
        kept.drain(..old);
    }
    let text = String::from_utf8_lossy(&kept);
    let lines: Vec<String> = text.lines().map(line::shown).collect();
    Ok(cut(lines.join(" / ").trim(), COMPLAINT_CHARACTERS))
}

/// A process group that ends when this is dropped, also when nobody waits for the lines any more.
struct Group(Option<Pid>);

impl Group {
    /// The group that the child leads.
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A group that is gone is what is wanted.
        if let Some(Err(error)) = self.0.map(|id| kill_process_group(id, Signal::KILL)) {
            tracing::debug!(%error, "the process group has already ended");
        }
    }
}
