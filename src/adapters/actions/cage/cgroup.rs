//! A control group of one run's own, where the machine lets us make one: a limit of processes that
//! also binds root, and one of memory for all processes together.
//!
//! It refuses to insist: without it the other limits hold, and `warroom doctor` says what is missing.
//! Killing is not its business either, because the keeper lives in the group too.

use std::fs;
use std::path::{Path, PathBuf};

use super::spec::Limits;

const ROOT: &str = "/sys/fs/cgroup";

/// The groups of this run; they end when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Group {
    folders: Vec<PathBuf>,
    /// Whether the kernel itself counts the processes.
    pub(super) counts_processes: bool,
}

impl Group {
    /// Makes the groups that can be made, and moves this process into them.
    pub(super) fn enter(limits: &Limits) -> Self {
        let mut group = Self::default();
        let pid = std::process::id();
        for (controller, base) in bases() {
            let folder = base.join(format!("warroom-{pid}"));
            if fs::create_dir(&folder).is_err() {
                continue;
            }
            let is_limited = limit(&folder, &controller, limits, &mut group.counts_processes);
            let is_in = is_limited && fs::write(folder.join("cgroup.procs"), "0").is_ok();
            if is_in {
                group.folders.push(folder);
            } else {
                fs::remove_dir(&folder).ok();
            }
        }
        group.counts_processes &= !group.folders.is_empty();
        group
    }

    /// Lets nothing in the groups make another process: what is being killed cannot outrun us.
    pub(super) fn forbid_processes(&self) {
        for folder in &self.folders {
            fs::write(folder.join("pids.max"), "0").ok();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in &self.folders {
            let Some(parent) = folder.parent() else { continue };
            // A group can only be removed when nobody is in it.
            fs::write(parent.join("cgroup.procs"), "0").ok();
            fs::remove_dir(folder).ok();
        }
    }
}

/// Puts the limits on a group; whether there was one to put.
fn limit(folder: &Path, controller: &str, limits: &Limits, counts: &mut bool) -> bool {
    let mut is_limited = false;
    if let Some(processes) = limits.processes.filter(|_| controller != "memory") {
        // The keeper is one of them.
        let is_set = fs::write(folder.join("pids.max"), (processes + 1).to_string()).is_ok();
        *counts |= is_set;
        is_limited |= is_set;
    }
    if let Some(memory) = limits.memory.filter(|_| controller != "pids") {
        let file = if controller == "memory" { "memory.limit_in_bytes" } else { "memory.max" };
        is_limited |= fs::write(folder.join(file), memory.to_string()).is_ok();
    }
    is_limited
}

/// Where groups can be made, with the controller that is there: `unified`, or one of the old ones.
pub(super) fn bases() -> Vec<(String, PathBuf)> {
    let Ok(own) = fs::read_to_string("/proc/self/cgroup") else { return Vec::new() };
    own.lines().filter_map(base).filter(|(_, folder)| folder.is_dir()).collect()
}

/// One line of `/proc/self/cgroup`: `0::/path`, or `8:pids:/path`.
fn base(line: &str) -> Option<(String, PathBuf)> {
    let mut parts = line.splitn(3, ':');
    let (_, controller, path) = (parts.next()?, parts.next()?, parts.next()?);
    let path = path.trim_start_matches('/');
    let root = Path::new(ROOT);
    match controller {
        "" if root.join("cgroup.controllers").exists() => {
            Some(("unified".to_owned(), root.join(path)))
        }
        "pids" | "memory" => Some((controller.to_owned(), root.join(controller).join(path))),
        _ => None,
    }
}
