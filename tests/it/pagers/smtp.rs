//! A real mail server: Debian's aiosmtpd, which keeps what it takes.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::world::process::{Process, free_port, installed};
use crate::world::wait::until;

/// Ready after a tenth of a second on a quiet machine.
const READY_WITHIN: Duration = Duration::from_secs(30);
const SINK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/world/conf/smtp_sink.py");
/// Debian's own, which has its packages.
const PYTHON: &str = "/usr/bin/python3";
const PACKAGE: &str = "/usr/lib/python3/dist-packages/aiosmtpd/__init__.py";

/// The server.
pub(crate) struct Smtp {
    _process: Process,
    folder: PathBuf,
    pub(crate) port: u16,
}

/// One mail: its envelope, and its text.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) envelope: serde_json::Value,
    pub(crate) text: String,
}

impl Mail {
    /// A header, unfolded.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        found.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
    }
}

impl Smtp {
    /// Starts it, or gives none where it is not installed. `more`: certificate and key, then the
    /// user and password that it wants.
    pub(crate) async fn start(folder: &Path, more: &[&str]) -> Option<Self> {
        if !installed("python3") || !Path::new(PACKAGE).exists() {
            let is_required = std::env::var("WARROOM_TEST_REAL").is_ok_and(|it| it == "required");
            assert!(!is_required, "python3-aiosmtpd is not installed; tests/run installs it");
            println!("skipped: python3-aiosmtpd is not installed; tests/run installs it");
            return None;
        }
        let (port, mails) = (free_port(), folder.join("mails"));
        fs::create_dir_all(&mails).unwrap();
        let mut command = Command::new(PYTHON);
        command.arg(SINK).arg(port.to_string()).arg(&mails).args(more);
        let mut process = Process::start("smtp", &mut command, folder);
        until("the mail server is ready", READY_WITHIN, async || {
            process.must_run();
            TcpStream::connect(("127.0.0.1", port)).ok()
        })
        .await;
        Some(Self { _process: process, folder: mails, port })
    }

    /// The mails so far, in order.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        let path = |number: usize| self.folder.join(format!("{number}.eml"));
        let texts = (1..).map_while(|number| fs::read_to_string(path(number)).ok());
        texts
            .map(|text| {
                let (envelope, text) = text.split_once('\n').unwrap();
                let envelope = serde_json::from_str(envelope).unwrap();
                Mail { envelope, text: text.to_owned() }
            })
            .collect()
    }
}
