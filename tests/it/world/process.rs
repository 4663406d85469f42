//! One real program: started, watched, stopped by its process id.
//!
//! It refuses to leave anything running, and to stop what it did not start.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How much of a log a failing test shows of each of its programs.
const SHOWN_LINES: usize = 60;
/// How long a program that has children of its own may take to end them, before it is killed.
const GENTLE_END: Duration = Duration::from_secs(3);

/// A running program and its log.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    is_gentle: bool,
}

impl Process {
    /// Starts it; what it prints goes to `folder/name.log`, after what is there.
    pub(crate) fn start(name: &str, command: &mut Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        Self { name: name.to_owned(), child, log, is_gentle: false }
    }

    /// Asks it to end before it is killed, because it has children of its own.
    pub(crate) fn ending_gently(mut self) -> Self {
        self.is_gentle = true;
        self
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has printed so far.
    pub(crate) fn log(&self) -> String {
        fs::read(&self.log)
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Fails the test when it has ended although it should run.
    pub(crate) fn must_run(&mut self) {
        if let Some(status) = self.ended() {
            panic!("{} ended with {status}:\n{}", self.name, tail(&self.log()));
        }
    }

    /// Sends a signal by name: `STOP`, `CONT`, `TERM`, `HUP`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(status.success(), "cannot send {name} to {}", self.name);
    }

    /// `kill -9`: it gets no chance to tidy up.
    pub(crate) fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM and gives how it ended; the test fails when it has not after `limit`.
    pub(crate) fn terminate(&mut self, limit: Duration) -> ExitStatus {
        self.signal("TERM");
        self.wait(limit).unwrap_or_else(|| {
            panic!("{} did not end within {limit:?} of SIGTERM:\n{}", self.name, tail(&self.log()))
        })
    }

    fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("----- {}, the end of its log -----\n{}", self.name, tail(&self.log()));
        }
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if self.is_gentle {
            self.signal("TERM");
            self.wait(GENTLE_END);
        }
        // It may have ended by itself in between; either way it is gone afterwards.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A port on the loopback interface that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Whether a program is there. `tests/run` installs all of them and sets `WARROOM_TEST_REAL`; then
/// a missing one fails the test, else it is skipped, and says so.
pub(crate) fn installed(program: &str) -> bool {
    if find(program).is_some() {
        return true;
    }
    let is_required = std::env::var("WARROOM_TEST_REAL").is_ok_and(|value| value == "required");
    assert!(!is_required, "{program} is not installed; tests/run installs it");
    println!("skipped: {program} is not installed; tests/run installs it");
    false
}

/// Where a program lies; Debian keeps some in sbin, which is not on everybody's path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n")
}
