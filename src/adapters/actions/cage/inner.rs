//! The last moment before a program begins: this process limits itself, then becomes the program.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use landlock::{
    ABI, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _,
};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use rustix::thread::set_no_new_privs;

use super::spec::{Limits, Told};

/// The newest kernel interface whose rights are asked for; older kernels give what they have.
pub(super) const LANDLOCK: ABI = ABI::V5;

/// Becomes the program in `argv`. It only comes back when that cannot be done, and then has said why.
pub(super) fn become_program(limits: &str, argv: &[String]) -> std::process::ExitCode {
    let Ok(mut socket) = super::keeper::socket() else { return std::process::ExitCode::FAILURE };
    let why = limit(limits)
        .and_then(|()| leave_stdin().map_err(|error| format!("cannot close its input: {error}")))
        .map_or_else(|why| why, |()| exec(argv));
    super::keeper::tell(&mut socket, &Told::NotStarted(why));
    socket.flush().ok();
    std::process::ExitCode::FAILURE
}

/// Why the program did not begin: where it did, this process is no longer ours.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the end of what adapters::actions::exec starts"
)]
fn exec(argv: &[String]) -> String {
    let [program, arguments @ ..] = argv else { return "no program is named".to_owned() };
    let error = std::process::Command::new(program).args(arguments).exec();
    format!("cannot start `{program}`: {}", error.kind())
}

fn leave_stdin() -> std::io::Result<()> {
    let null = File::open("/dev/null")?;
    Ok(rustix::stdio::dup2_stdin(null)?)
}

fn limit(limits: &str) -> Result<(), String> {
    let limits: Limits =
        serde_json::from_str(limits).map_err(|_| "the limits cannot be read".to_owned())?;
    // Where the keeper is killed, the program goes with it.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| why("orphans", &error))?;
    set_no_new_privs(true).map_err(|error| why("privileges", &error))?;
    let each = [
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::Data, limits.memory),
        (Resource::Nproc, limits.processes),
        (Resource::Nofile, limits.files),
        (Resource::Fsize, limits.file_size),
        (Resource::Core, Some(0)),
    ];
    for (resource, most) in each.into_iter().filter(|(_, most)| most.is_some()) {
        // What the executor itself may use is the end of what can be given.
        let top = rustix::process::getrlimit(resource).maximum;
        let most = most.map(|most| top.map_or(most, |top| top.min(most)));
        let limit = Rlimit { current: most, maximum: most };
        setrlimit(resource, limit).map_err(|error| why(&format!("{resource:?}"), &error))?;
    }
    limits.write.as_deref().map_or(Ok(()), forbid_writing)
}

/// Takes away the right to write anywhere but here and in these places.
fn forbid_writing(places: &[std::path::PathBuf]) -> Result<(), String> {
    let refuse = |error: landlock::RulesetError| format!("cannot limit where it writes: {error}");
    let writing = AccessFs::from_write(LANDLOCK);
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(writing)
        .map_err(refuse)?
        .create()
        .map_err(refuse)?;
    let own = [Path::new("."), Path::new("/dev/null"), Path::new("/dev/tty")];
    let mut ruleset = ruleset;
    for place in own.into_iter().chain(places.iter().map(std::path::PathBuf::as_path)) {
        // A place that is not there cannot be written to.
        let Ok(file) = PathFd::new(place) else { continue };
        ruleset = ruleset.add_rule(PathBeneath::new(file, writing)).map_err(refuse)?;
    }
    let status = ruleset.restrict_self().map_err(refuse)?;
    match status.ruleset {
        landlock::RulesetStatus::NotEnforced => {
            Err("this kernel has no Landlock, which `write` needs".to_owned())
        }
        landlock::RulesetStatus::FullyEnforced | landlock::RulesetStatus::PartiallyEnforced => {
            Ok(())
        }
    }
}

fn why(what: &str, error: &rustix::io::Errno) -> String {
    format!("cannot set its limit of {what}: {error}")
}
