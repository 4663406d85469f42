//! A real systemd of a test's own, in namespaces of its own, with a real bus: see `boot-systemd`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::process::{Process, installed};
use super::wait::until;

const BOOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/world/boot-systemd");

/// The bus, as Debian's own units describe it, without what they wait for at a machine's start.
const BUS: [(&str, &str); 3] = [
    ("lab.target", "[Unit]\nDefaultDependencies=no\nRequires=dbus.service\n"),
    (
        "dbus.socket",
        "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/dbus/system_bus_socket\n",
    ),
    (
        "dbus.service",
        "[Unit]\nDefaultDependencies=no\nRequires=dbus.socket\n[Service]\nType=notify\n\
         ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile \
         --systemd-activation\n",
    ),
];

/// A running systemd; it ends, with everything that it has started, when this is dropped.
pub(crate) struct Systemd {
    process: Option<Process>,
    folder: PathBuf,
}

impl Systemd {
    /// Starts it with these units below this folder; none where that cannot be done.
    pub(crate) async fn start(folder: &Path, units: &[(&str, &str)]) -> Option<Self> {
        if !["/lib/systemd/systemd", "dbus-daemon", "unshare"].into_iter().all(installed) {
            return None;
        }
        let may = Command::new("unshare").args(["--mount", "--pid", "--fork", "true"]).output();
        if !may.is_ok_and(|out| out.status.success()) {
            println!("skipped: a systemd of the test's own needs root, for its namespaces");
            return None;
        }
        let folder = folder.join("systemd");
        fs::create_dir_all(folder.join("units")).unwrap();
        fs::create_dir_all(folder.join("bus")).unwrap();
        for (name, text) in BUS.iter().chain(units) {
            fs::write(folder.join("units").join(name), text).unwrap();
        }
        let process = Process::start("systemd", Command::new("sh").arg(BOOT).arg(&folder), &folder);
        let it = Self { process: Some(process), folder };
        until("systemd is on its bus", Duration::from_secs(30), async || {
            let call =
                ["call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner"];
            let out = Command::new("busctl")
                .arg(format!("--address={}", it.bus()))
                .args(call)
                .args(["s", "org.freedesktop.systemd1"])
                .output()
                .unwrap();
            String::from_utf8_lossy(&out.stdout).contains("true").then_some(())
        })
        .await;
        Some(it)
    }

    /// The address of its bus.
    pub(crate) fn bus(&self) -> String {
        format!("unix:path={}/bus/system_bus_socket", self.folder.display())
    }
}

impl Drop for Systemd {
    fn drop(&mut self) {
        drop(self.process.take());
        // Its control groups are empty now, or soon; whatever is left is left empty.
        Command::new("sh").arg(BOOT).arg(&self.folder).arg("clean").output().ok();
    }
}
