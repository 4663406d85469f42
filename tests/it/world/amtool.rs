//! The real `amtool`, pointed at warroom.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::process::find;

/// `amtool` with the address that it talks to.
#[derive(Debug)]
pub(crate) struct Amtool {
    url: String,
    folder: PathBuf,
}

impl Amtool {
    /// Talks to an Alertmanager API at this address.
    pub(crate) fn new(url: &str, folder: &Path) -> Self {
        Self { url: url.to_owned(), folder: folder.to_owned() }
    }

    /// Runs it and gives what it printed; the test fails when it fails.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        let (out, err) = texts(&output);
        assert!(output.status.success(), "amtool {arguments:?} failed:\n{out}{err}");
        out
    }

    /// Runs it and gives what it complained of; the test fails when it succeeds.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        let (out, err) = texts(&output);
        assert!(!output.status.success(), "amtool {arguments:?} succeeded:\n{out}");
        err
    }

    /// Runs it with `-o json` and reads what it printed.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let out = self.run(&[arguments, &["-o", "json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("amtool printed {out}: {error}"))
    }

    fn call(&self, arguments: &[&str]) -> Output {
        Command::new(find("amtool").unwrap())
            .arg(format!("--alertmanager.url={}", self.url))
            // Its own settings in the home folder of whoever runs the tests shall not matter.
            .env("HOME", &self.folder)
            .args(arguments)
            .output()
            .unwrap()
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}
