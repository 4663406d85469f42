//! Who changed a file last: its author in git where the folder is a work tree and the file is
//! committed as it is, its owner on this machine otherwise.
//!
//! It refuses to fail: whom nobody knows is left out.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Characters of a name.
const NAME_MAX: usize = 80;

/// Whoever changed this file last.
pub(super) fn of(file: &Path) -> Option<String> {
    let name = committer(file).or_else(|| owner(file))?;
    Some(name.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect())
}

/// The author of the last commit, if the file lies there as that commit left it.
fn committer(file: &Path) -> Option<String> {
    let (dir, name) = (file.parent()?, Path::new(file.file_name()?));
    let changed = git(dir, &["status", "--porcelain", "--"], name)?;
    if !changed.is_empty() {
        return None;
    }
    git(dir, &["log", "-1", "--format=%an <%ae>", "--"], name).filter(|author| !author.is_empty())
}

/// What git prints; none where there is no git, no work tree, or one that belongs to somebody else.
#[expect(clippy::disallowed_methods, reason = "git is asked, no runbook is run")]
fn git(dir: &Path, words: &[&str], name: &Path) -> Option<String> {
    let output = Command::new("git")
        .current_dir(if dir.as_os_str().is_empty() { Path::new(".") } else { dir })
        // A work tree's own settings must not start programs here.
        .args([
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
            "--no-optional-locks",
        ])
        .args(words)
        .arg(name)
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(said)
}

fn owner(file: &Path) -> Option<String> {
    let uid = std::fs::metadata(file).ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == uid).then(|| name.to_owned())
    });
    Some(format!("{} (the file's owner)", named.unwrap_or(uid)))
}
