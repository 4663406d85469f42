//! The program, called as people call it.

use std::process::{Command, Output};

/// Calls the program with nothing in its environment.
#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
pub(super) fn warroom(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warroom")).args(arguments).env_clear().output().unwrap()
}

/// Everything that it said.
pub(super) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}
