//! Programs in Python that no distribution packages: Synapse and slixmpp, in a folder of their own.
//!
//! `tests/run` makes the folder below `target` and names its Python in `WARROOM_TEST_PYTHON`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The Python that has a module; none, and said so, where it was not installed.
pub(crate) fn python_with(module: &str) -> Option<PathBuf> {
    let named = std::env::var_os("WARROOM_TEST_PYTHON").map(PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parts/python/bin/python");
    let python = named.unwrap_or(usual);
    let look =
        format!("import importlib.util as u, sys; sys.exit(u.find_spec('{module}') is None)");
    let mut command = Command::new(&python);
    let status = command.args(["-c", &look]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if status.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    let is_required = std::env::var("WARROOM_TEST_REAL").is_ok_and(|value| value == "required");
    assert!(!is_required, "Python's {module} is not installed; tests/run installs it");
    println!("skipped: Python's {module} is not installed; tests/run installs it");
    None
}
