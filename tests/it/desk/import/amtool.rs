//! The real `amtool`, asked which receivers an alert has.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use warroom::domain::alert::Labels;

use crate::world::process::find;

/// Processes at a time: one takes 20 ms, and there is one for each set of labels.
const AT_ONCE: usize = 4;

/// `amtool` with the configuration that it looks into.
pub(super) struct Amtool(PathBuf);

impl Amtool {
    pub(super) fn new(config: &Path) -> Self {
        Self(config.to_owned())
    }

    /// The receivers of each set of labels.
    pub(super) fn receivers(&self, sets: &[Labels]) -> Vec<BTreeSet<String>> {
        let share = sets.len().div_ceil(AT_ONCE).max(1);
        thread::scope(|scope| {
            let ask = |sets: &'_ [Labels]| sets.iter().map(|it| self.ask(it)).collect::<Vec<_>>();
            let workers: Vec<_> =
                sets.chunks(share).map(|sets| scope.spawn(move || ask(sets))).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        })
    }

    #[expect(clippy::disallowed_methods, reason = "a test may start programs")]
    fn ask(&self, labels: &Labels) -> BTreeSet<String> {
        let quoted =
            |value: &str| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
        let output = Command::new(find("amtool").unwrap())
            .args(["config", "routes", "test"])
            .arg(format!("--config.file={}", self.0.display()))
            .args(labels.iter().map(|(name, value)| format!("{name}={}", quoted(value))))
            .env("HOME", self.0.parent().unwrap())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "amtool: {error}");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        printed.trim().split(',').map(str::to_owned).collect()
    }
}
