//! The keeper: starts the program, adopts whatever comes from it, and ends when all of it has.
//!
//! It is a process of its own with one thread, and is entered before anything else of the program
//! runs. Its input is a socket: one line with what to do comes in, lines with what happened go out.
//! `stop` in between asks it to end the program; the end of the socket means that the executor died.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, pidfd_open, set_child_subreaper, wait,
};

use super::cgroup::Group;
use super::spec::{End, Killed, Spec, Told};
use super::{inner, tree};

/// The word on the command line that makes this binary a keeper.
pub(super) const KEEPER: &str = "cage-keeper";
const INNER: &str = "cage-inner";
/// How often the keeper looks when nothing happens: as late as a crowd is seen.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long SIGKILL may take: a process that waits for a broken disk does not end at all.
const KILL_MAX: Duration = Duration::from_secs(10);
/// Bytes of what the keeper is told: an argument list has at most 128 KiB a word.
const SPEC_BYTES_MAX: usize = 4 << 20;

/// Becomes a keeper or a program when the command line says so; else there is nothing to do. It must
/// be called before threads are started.
#[must_use]
pub fn enter() -> Option<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [KEEPER] => Some(keep()),
        [INNER, limits, ..] => {
            Some(inner::become_program(limits, arguments.get(2..).unwrap_or_default()))
        }
        _ => None,
    }
}

/// The socket to the executor, which is our input; programs do not inherit this copy.
pub(super) fn socket() -> io::Result<UnixStream> {
    Ok(UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Tells the executor; where it is gone, nobody needs to know.
pub(super) fn tell(socket: &mut UnixStream, told: &Told) {
    if let Ok(mut line) = serde_json::to_vec(told) {
        line.push(b'\n');
        socket.write_all(&line).ok();
    }
}

fn keep() -> ExitCode {
    let Ok(mut socket) = socket() else { return ExitCode::FAILURE };
    let told = read(&mut socket)
        .and_then(|spec| start(&spec).map(|watched| watched.watch(&spec, &mut socket)))
        .unwrap_or_else(Told::NotStarted);
    tell(&mut socket, &told);
    ExitCode::SUCCESS
}

/// One line, byte by byte: what comes after it is an order to stop.
fn read(socket: &mut UnixStream) -> Result<Spec, String> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while line.len() < SPEC_BYTES_MAX {
        socket
            .read_exact(&mut byte)
            .map_err(|error| format!("the keeper was told nothing: {error}"))?;
        match byte {
            [b'\n'] => break,
            [other] => line.push(other),
        }
    }
    serde_json::from_slice(&line).map_err(|error| format!("the keeper was told nonsense: {error}"))
}

fn start(spec: &Spec) -> Result<Watched, String> {
    set_child_subreaper(Some(getpid()))
        .map_err(|error| format!("orphans cannot be adopted: {error}"))?;
    let group = Group::enter(&spec.limits);
    let limits = serde_json::to_string(&spec.limits)
        .map_err(|error| format!("the limits cannot be written: {error}"))?;
    #[expect(clippy::disallowed_methods, reason = "adapters::actions::exec ends here")]
    let mut command = Command::new("/proc/self/exe");
    command.arg(INNER).arg(limits).args(&spec.argv).env_clear().envs(&spec.environment);
    command.current_dir(&spec.folder).stdin(Stdio::inherit()).process_group(0);
    if let Some(user) = spec.user {
        command.uid(user.uid).gid(user.gid);
    }
    let child = command.spawn().map_err(|error| format!("cannot start a process: {error}"))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| "the process has no number".to_owned())?;
    // Without it the end is seen at the next look.
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).ok();
    Ok(Watched { pid, pidfd, group, end: None })
}

/// A program that runs.
struct Watched {
    pid: Pid,
    pidfd: Option<OwnedFd>,
    group: Group,
    end: Option<End>,
}

impl Watched {
    #[expect(clippy::disallowed_methods, reason = "a keeper has no clock but the machine's")]
    fn watch(mut self, spec: &Spec, socket: &mut UnixStream) -> Told {
        let begun = Instant::now();
        let deadline = Duration::from_millis(spec.deadline_ms);
        let grace = Duration::from_millis(spec.grace_ms);
        let mut killed: Option<(Killed, Instant)> = None;
        while self.end.is_none() {
            let order = self.pause(socket);
            self.bury();
            let is_late = begun.elapsed() >= deadline;
            let reason = order.or(is_late.then_some(Killed::Late)).or_else(|| self.crowd(spec));
            match (reason, killed) {
                (Some(Killed::Orphaned | Killed::Crowd), before) => {
                    killed = before.or(reason.map(|reason| (reason, begun)));
                    break;
                }
                (Some(reason), None) => {
                    killed = Some((reason, Instant::now()));
                    tree::signal(&tree::below(getpid()), Signal::TERM);
                }
                (_, Some((_, asked))) if asked.elapsed() >= grace => break,
                _ => {}
            }
        }
        let left = self.kill_all();
        let end = self.end.unwrap_or(End::Unseen);
        Told::Over { end, killed: killed.map(|(reason, _)| reason), left }
    }

    /// Waits for an end or an order, and gives the order.
    fn pause(&self, socket: &mut UnixStream) -> Option<Killed> {
        let is_asked = {
            let mut fds = vec![PollFd::new(&*socket, PollFlags::IN)];
            fds.extend(self.pidfd.as_ref().map(|fd| PollFd::new(fd, PollFlags::IN)));
            let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(LOOK_EVERY.subsec_nanos()) };
            poll(&mut fds, Some(&wait)).is_ok()
                && fds.first().is_some_and(|fd| !fd.revents().is_empty())
        };
        if !is_asked {
            return None;
        }
        match socket.read(&mut [0; 64]) {
            Ok(0) | Err(_) => Some(Killed::Orphaned),
            Ok(_) => Some(Killed::Asked),
        }
    }

    /// Takes the dead: the program's end is what counts, the others were orphans.
    fn bury(&mut self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            if pid == self.pid {
                let code = status.exit_status().map(End::Code);
                self.end = code.or(status.terminating_signal().map(End::Signal));
                self.end = self.end.or(Some(End::Unseen));
            }
        }
    }

    /// Whether it has become too many; the kernel says it earlier where it counts itself.
    fn crowd(&self, spec: &Spec) -> Option<Killed> {
        let most = spec.limits.processes.filter(|_| !self.group.counts_processes)?;
        let now = u64::try_from(tree::below(getpid()).len()).unwrap_or(u64::MAX);
        (now > most).then_some(Killed::Crowd)
    }

    /// Kills everything that came from the program, until there is nothing; how many are left.
    #[expect(clippy::disallowed_methods, reason = "a keeper has no clock but the machine's")]
    fn kill_all(&mut self) -> usize {
        let begun = Instant::now();
        self.group.forbid_processes();
        loop {
            self.bury();
            let found = tree::below(getpid());
            if found.is_empty() || begun.elapsed() > KILL_MAX {
                self.bury();
                return found.len();
            }
            // Whoever is stopped makes no more children while the rest is looked for.
            tree::signal(&found, Signal::STOP);
            tree::signal(&tree::below(getpid()), Signal::KILL);
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
