//! A real Nagios that checks one file each second and calls a command of ours.
//!
//! Its interval unit is one second. The check reads the number in the file `state`: 0 is OK, 2 is
//! CRITICAL.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::process::{Process, find};
use super::wait::until;

const READY_WITHIN: Duration = Duration::from_secs(30);
/// `O_NONBLOCK` of Linux: opening the command pipe must fail, not hang, when nobody reads it.
const NONBLOCK: i32 = 0o4000;

/// A running Nagios with the host `web-1` and its service `Disk /var`.
#[derive(Debug)]
pub(crate) struct Nagios {
    process: Process,
    folder: PathBuf,
}

impl Nagios {
    /// Starts with an OK service; `notify` is the command line of every notification.
    pub(crate) async fn start(folder: &Path, notify: &str) -> Self {
        for part in ["objects", "var/spool/checkresults", "var/rw"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        let fill = |text: &str| {
            text.replace("@DIR@", &folder.display().to_string())
                .replace("@NOTIFY@", notify)
                .replace("@USER@", &id("-un"))
                .replace("@GROUP@", &id("-gn"))
        };
        fs::write(folder.join("nagios.cfg"), fill(include_str!("conf/nagios.cfg"))).unwrap();
        let objects = fill(include_str!("conf/nagios-objects.cfg"));
        fs::write(folder.join("objects/objects.cfg"), objects).unwrap();
        let check = folder.join("check.sh");
        fs::write(&check, fill(include_str!("conf/nagios-check.sh"))).unwrap();
        fs::set_permissions(&check, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.join("state"), "0").unwrap();

        let mut command = Command::new(find("nagios4").unwrap());
        command.arg(folder.join("nagios.cfg"));
        let process = Process::start("nagios", &mut command, folder).ending_gently();
        let mut nagios = Self { process, folder: folder.to_owned() };
        nagios.ready().await;
        nagios
    }

    async fn ready(&mut self) {
        let status = self.folder.join("var/status.dat");
        until("Nagios has checked once", READY_WITHIN, async || {
            self.process.must_run();
            let text = fs::read_to_string(&status).unwrap_or_default();
            text.contains("DISK OK").then_some(())
        })
        .await;
    }

    /// What the next check finds: 0 OK, 1 WARNING, 2 CRITICAL.
    pub(crate) fn set_state(&self, state: u8) {
        fs::write(self.folder.join("state"), state.to_string()).unwrap();
    }

    /// Sends an external command: `ACKNOWLEDGE_SVC_PROBLEM;web-1;…`.
    pub(crate) fn command(&self, text: &str) {
        let now = chrono::Utc::now().timestamp();
        let mut pipe: File = File::options()
            .write(true)
            .custom_flags(NONBLOCK)
            .open(self.folder.join("var/rw/nagios.cmd"))
            .expect("Nagios reads its command pipe");
        writeln!(pipe, "[{now}] {text}").unwrap();
    }

    /// What Nagios itself has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("var/nagios.log")).unwrap_or_default()
    }
}

/// The user or group that runs the tests: Nagios started by root wants to become somebody.
fn id(flag: &str) -> String {
    let output = Command::new("id").arg(flag).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
