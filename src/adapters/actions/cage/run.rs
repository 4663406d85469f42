//! The executor's end of the cage: starts a keeper, reads what the program prints, hears how it ended.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use super::keeper::KEEPER;
use super::output::{DRAIN_MAX, Lines, drain};
use super::spec::{End, Killed, Limits, Spec, Told, User};
use crate::adapters::actions::{Fault, Says};
use crate::domain::run::Assignment;

/// Between asking a program to end and killing it.
const GRACE: Duration = Duration::from_secs(5);
/// How much later than the executor's deadline the keeper's own comes.
const KEEPER_LATER: Duration = Duration::from_secs(30);
/// Bytes of what a keeper tells.
const TOLD_BYTES_MAX: u64 = 16 << 10;

/// How programs are run; one for all runs of an executor.
#[derive(Debug, Clone)]
pub struct Cage {
    /// This binary: the keeper. It is not looked for on a path.
    pub binary: PathBuf,
    /// Where each run gets a folder of its own.
    pub folder: PathBuf,
    /// What each may use.
    pub limits: Limits,
    /// Whom each runs as; none: whoever the executor is.
    pub user: Option<User>,
    /// The whole environment of each, where its step adds nothing.
    pub environment: BTreeMap<String, String>,
}

/// One program that is to run.
#[derive(Debug)]
pub struct Out<'a> {
    /// Its words; the first is the program.
    pub argv: &'a [String],
    /// What its environment has beside the cage's.
    pub environment: BTreeMap<String, String>,
    /// The name of its folder: the run's key.
    pub name: String,
    /// How long it may run.
    pub timeout: Duration,
    /// Whether its output is wanted whole (its first 4 MiB), beside its lines.
    pub keeps_output: bool,
    /// Files that lie in its folder when it begins, by name.
    pub files: BTreeMap<&'static str, Vec<u8>>,
}

impl<'a> Out<'a> {
    /// The program of a step: it takes the step's time, and its output is only said.
    #[must_use]
    pub fn of(assignment: &Assignment, argv: &'a [String]) -> Self {
        Self {
            argv,
            environment: BTreeMap::new(),
            name: assignment.key.to_string(),
            timeout: assignment.timeout.to_std().unwrap_or_default(),
            keeps_output: false,
            files: BTreeMap::new(),
        }
    }
}

/// How a program went that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Took {
    /// What it ended with.
    pub end: End,
    /// Why it was ended; none: it ended by itself.
    pub killed: Option<Killed>,
    /// What it printed, where that was wanted.
    pub output: Vec<u8>,
    /// How many bytes it printed, on both ways.
    pub bytes: u64,
}

impl Took {
    /// Whether it ended by itself, and well.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.killed.is_none() && self.end == End::Code(0)
    }

    /// What a program that did not end well means for its step.
    #[must_use]
    pub fn fault(&self, name: &str) -> Fault {
        match (self.killed, self.end) {
            (Some(Killed::Asked | Killed::Late | Killed::Orphaned), _) => {
                Fault::Unknown(format!("`{name}` was stopped, with everything that it had started"))
            }
            (Some(Killed::Crowd), _) => {
                Fault::Failed(format!("`{name}` made more processes than it may, and was killed"))
            }
            (None, End::Code(code)) => Fault::Failed(format!("`{name}` ended with code {code}")),
            (None, End::Signal(signal)) => {
                Fault::Failed(format!("`{name}` was killed by signal {signal}"))
            }
            (None, End::Unseen) => Fault::Unknown(format!("nobody saw how `{name}` ended")),
        }
    }
}

/// A folder that goes when its run ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, "a run's folder stays");
        }
    }
}

impl Cage {
    /// Runs a program to its end. When this future is dropped, the keeper kills everything.
    ///
    /// # Errors
    /// [`Fault::Refused`], when the program was not started; [`Fault::Unknown`], when its keeper died.
    pub async fn run(
        &self,
        out: Out<'_>,
        says: &dyn Says,
        stop: CancellationToken,
    ) -> Result<Took, Fault> {
        let folder = Folder(self.folder_for(&out.name)?);
        for (name, bytes) in &out.files {
            self.put(&folder.0.join(name), bytes)
                .map_err(|error| refused(&format!("cannot write {name}: {error}")))?;
        }
        let (mut child, socket) = self.start()?;
        let (mut hears, mut orders) = socket.into_split();
        let spec = self.spec(&out, &folder.0)?;
        // The program begins when the keeper has read the last byte.
        orders.write_all(&spec).await.map_err(|_| refused("the keeper has died"))?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(refused("the keeper has no output"));
        };
        let (mut printed, mut complained) = (Lines::default(), Lines::default());
        let keeps = out.keeps_output;
        let reading = async {
            tokio::join!(
                drain(stdout, &mut printed, keeps, |line| says.line(line)),
                drain(stderr, &mut complained, false, |line| says.line(line)),
            )
        };
        let told = async {
            let mut told = Vec::new();
            let mut limited = (&mut hears).take(TOLD_BYTES_MAX);
            limited.read_to_end(&mut told).await.ok();
            told
        };
        let told = tokio::select! {
            told = watch(told, reading) => told,
            never = ask_to_end(&stop, out.timeout, &mut orders) => match never {},
        };
        drop(orders);
        child.wait().await.ok();
        let (output, one) = printed.finish(|line| says.line(line));
        let (_, other) = complained.finish(|line| says.line(line));
        judge(&told, output, one + other)
    }

    /// The folder that a run of this name has while it goes on.
    #[must_use]
    pub fn folder_of(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file that only the program's user may read. What lies there is not followed.
    fn put(&self, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;

        std::fs::remove_file(file).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        let mut open = std::fs::OpenOptions::new();
        let mut written = open.write(true).create_new(true).mode(0o600).open(file)?;
        written.write_all(bytes)?;
        self.user.map_or(Ok(()), |user| {
            std::os::unix::fs::fchown(&written, Some(user.uid), Some(user.gid))
        })
    }

    fn folder_for(&self, name: &str) -> Result<PathBuf, Fault> {
        let folder = self.folder_of(name);
        let made = std::fs::create_dir_all(&folder).and_then(|()| {
            let user = self.user.map(|user| (Some(user.uid), Some(user.gid)));
            user.map_or(Ok(()), |(uid, gid)| std::os::unix::fs::chown(&folder, uid, gid))
        });
        made.map_err(|error| Fault::Refused(format!("cannot make the run's folder: {error}")))?;
        Ok(folder)
    }

    fn start(&self) -> Result<(Child, UnixStream), Fault> {
        let failed = |error: std::io::Error| refused(&format!("cannot start the keeper: {error}"));
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(failed)?;
        ours.set_nonblocking(true).map_err(failed)?;
        let child = Command::new(&self.binary)
            .arg(KEEPER)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        Ok((child, UnixStream::from_std(ours).map_err(failed)?))
    }

    fn spec(&self, out: &Out<'_>, folder: &Path) -> Result<Vec<u8>, Fault> {
        let mut environment = self.environment.clone();
        environment.extend(out.environment.clone());
        let deadline = out.timeout + KEEPER_LATER;
        let spec = Spec {
            argv: out.argv.to_vec(),
            environment,
            folder: folder.to_owned(),
            limits: self.limits.clone(),
            user: self.user,
            deadline_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
            grace_ms: u64::try_from(GRACE.as_millis()).unwrap_or(u64::MAX),
        };
        let mut line = serde_json::to_vec(&spec)
            .map_err(|error| refused(&format!("the program cannot be described: {error}")))?;
        line.push(b'\n');
        Ok(line)
    }
}

/// Reads output until the keeper has told everything, and a moment longer.
async fn watch(
    told: impl Future<Output = Vec<u8>>,
    reading: impl Future<Output = ((), ())>,
) -> Vec<u8> {
    let (mut told, mut reading) = (std::pin::pin!(told), std::pin::pin!(reading));
    tokio::select! {
        told = &mut told => {
            tokio::time::timeout(DRAIN_MAX, reading).await.ok();
            told
        }
        _ = &mut reading => told.await,
    }
}

/// Tells the keeper to end the program when somebody asks for it or its time is over.
async fn ask_to_end(
    stop: &CancellationToken,
    timeout: Duration,
    orders: &mut tokio::net::unix::OwnedWriteHalf,
) -> std::convert::Infallible {
    tokio::time::timeout(timeout, stop.cancelled()).await.ok();
    orders.write_all(b"stop\n").await.ok();
    std::future::pending().await
}

fn judge(told: &[u8], output: Vec<u8>, bytes: u64) -> Result<Took, Fault> {
    let mut lines = told.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    match lines.next().map(serde_json::from_slice) {
        Some(Ok(Told::NotStarted(why))) => Err(Fault::Refused(why)),
        Some(Ok(Told::Over { left: left @ 1.., .. })) => {
            Err(Fault::Unknown(format!("{left} of its processes could not be killed")))
        }
        Some(Ok(Told::Over { end, killed, .. })) => Ok(Took { end, killed, output, bytes }),
        Some(Err(_)) | None => {
            Err(Fault::Unknown("the keeper died: nobody knows how far it came".to_owned()))
        }
    }
}

fn refused(why: &str) -> Fault {
    Fault::Refused(why.to_owned())
}
