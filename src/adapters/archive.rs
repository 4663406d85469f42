//! A folder for documents that people keep: a file each, and a commit where it is a git repository.
//!
//! It refuses to push, and to run anything but `git` with arguments of its own: what comes from
//! outside is in the file, never in a name or an argument.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// How long git may take: it writes one small file.
const GIT_MAX: Duration = Duration::from_secs(20);
/// Bytes of what git says that are shown.
const SAID_MAX: usize = 500;

/// The folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Where it is.
    pub dir: PathBuf,
    /// Whether each document is committed there.
    pub is_git: bool,
}

impl Archive {
    /// Keeps a document under this name, in place of the one that is there; gives its place. `title`
    /// is what the commit says.
    ///
    /// # Errors
    /// What did not work, in words.
    pub async fn keep(&self, name: &str, title: &str, text: String) -> Result<String, String> {
        let path = self.dir.join(name);
        let shown = path.display().to_string();
        let bad = |error: std::io::Error| format!("cannot write {shown}: {error}");
        tokio::fs::create_dir_all(&self.dir).await.map_err(bad)?;
        // A reader sees the old one or the new one, never a half.
        let half = self.dir.join(format!(".{name}.new"));
        tokio::fs::write(&half, text).await.map_err(bad)?;
        tokio::fs::rename(&half, &path).await.map_err(bad)?;
        if self.is_git {
            git(&self.dir, &["add", "--", name]).await?;
            // Nothing to commit is no fault: it was kept before.
            if git(&self.dir, &["diff", "--cached", "--quiet", "--", name]).await.is_err() {
                git(&self.dir, &["commit", "--quiet", "-m", title, "--", name]).await?;
            }
        }
        Ok(shown)
    }
}

async fn git(dir: &Path, arguments: &[&str]) -> Result<(), String> {
    let mut command = tokio::process::Command::new("git");
    command.arg("-C").arg(dir).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let verb = arguments.first().copied().unwrap_or_default();
    let output = tokio::time::timeout(GIT_MAX, command.output()).await;
    let output = output
        .map_err(|_| format!("git {verb} took longer than {} s", GIT_MAX.as_secs()))?
        .map_err(|error| format!("cannot run git: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: String = said.trim().chars().take(SAID_MAX).collect();
    Err(format!("git {verb} failed: {said}"))
}
