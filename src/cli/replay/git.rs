//! Rule files of another revision, as `git` gives them.
//!
//! Arguments go to `git` one by one, never through a shell, and a revision that could be read as an
//! option is refused.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

/// Files of one folder: more is not a folder of rules.
const FILES_MAX: usize = 10_000;

/// The names and texts of the rule files that a folder had at a revision.
///
/// # Errors
/// When there is no `git`, no such revision, or the folder is in no repository.
pub(super) fn rules_at(dir: &Path, revision: &str) -> anyhow::Result<Vec<(String, String)>> {
    if revision.is_empty() || revision.starts_with('-') || revision.contains(':') {
        bail!("{revision:?} is no revision: write a branch, a tag or a commit");
    }
    let listed = git(dir, &["ls-tree", "-z", "--name-only", "--end-of-options", revision, "./"])
        .with_context(|| format!("cannot read {} at {revision}", dir.display()))?;
    let names: Vec<&str> = listed
        .split('\0')
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "toml"))
        .collect();
    if names.is_empty() {
        bail!("{} has no rule files at {revision}", dir.display());
    }
    if names.len() > FILES_MAX {
        bail!("{} has more than {FILES_MAX} files at {revision}", dir.display());
    }
    let folder = dir.file_name().unwrap_or(dir.as_os_str());
    let mut texts = Vec::new();
    for name in names {
        let file = Path::new(name).file_name().unwrap_or_default();
        let object = format!("{revision}:./{}", Path::new(file).display());
        let text = git(dir, &["show", "--end-of-options", &object])?;
        texts.push((Path::new(folder).join(file).display().to_string(), text));
    }
    texts.sort();
    Ok(texts)
}

#[expect(clippy::disallowed_methods, reason = "git is no action of a runbook")]
fn git(dir: &Path, words: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(dir).args(words);
    let output = command.output().context("cannot start git: is it installed?")?;
    if !output.status.success() {
        bail!("git says: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).context("a file of that revision is no UTF-8")
}
