//! `ssh` against a real sshd: words stay words, strangers are refused, and what is cut off is unknown.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tempfile::TempDir;
use warroom::adapters::actions::cage::Limits;
use warroom::adapters::actions::ssh::{Host, Inventory, Ssh};
use warroom::domain::run::{Assignment, Ending};

use super::lab::{Lab, assignment, cage, tail, text, words};
use crate::world::process::{Process, find, free_port, installed};
use crate::world::wait::until;

struct Far {
    lab: Lab,
    _sshd: Sshd,
}

/// A real sshd on a free port, with `key` for us, and `known_hosts` that know it as 127.0.0.1 only.
pub(super) struct Sshd {
    pub(super) port: u16,
    pub(super) user: String,
    _process: Process,
}

pub(super) async fn sshd(folder: &Path) -> Option<Sshd> {
    if !installed("sshd") || !installed("ssh-keygen") {
        return None;
    }
    let at = |name: &str| folder.join(name);
    key(&at("host_key"));
    key(&at("key"));
    key(&at("other_key"));
    fs::copy(at("key.pub"), at("authorized_keys")).unwrap();
    let port = free_port();
    let public = |name: &str| {
        let key = fs::read_to_string(at(name)).unwrap();
        key.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    };
    let known = format!(
        "[127.0.0.1]:{port} {}\n[127.0.0.2]:{port} {}\n",
        public("host_key.pub"),
        public("other_key.pub")
    );
    fs::write(at("known_hosts"), known).unwrap();
    let config = format!(
        "Port {port}\nListenAddress 0.0.0.0\nHostKey {0}/host_key\nAuthorizedKeysFile {0}/authorized_keys\n\
         PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n",
        folder.display()
    );
    fs::write(at("sshd_config"), config).unwrap();
    fs::create_dir_all("/run/sshd").ok();
    let mut command = Command::new(find("sshd").unwrap());
    command.args(["-D", "-e", "-f"]).arg(at("sshd_config"));
    let process = Process::start("sshd", &mut command, folder);
    until("sshd listens", Duration::from_secs(20), async || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    })
    .await;
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    Some(Sshd { port, user: user.trim().to_owned(), _process: process })
}

/// An executor that may go there as `here`, and to a stranger.
async fn far() -> Option<Far> {
    let folder = TempDir::new().unwrap();
    let sshd = sshd(folder.path()).await?;
    let at = |name: &str| folder.path().join(name);
    let host = |address: &str| Host {
        address: address.to_owned(),
        port: sshd.port,
        user: sshd.user.clone(),
        key_file: Some(at("key")),
    };
    let hosts =
        [("here".to_owned(), host("127.0.0.1")), ("stranger".to_owned(), host("127.0.0.2"))];
    let inventory = Inventory { hosts: hosts.into(), known_hosts: Some(at("known_hosts")) };
    let ssh = Ssh::new(cage(folder.path(), Limits::default()), inventory);
    Some(Far { lab: Lab::with(folder, vec![Arc::new(ssh)]), _sshd: sshd })
}

fn key(file: &Path) {
    let mut keygen = Command::new("ssh-keygen");
    let made = keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).status().unwrap();
    assert!(made.success());
}

fn on(number: u64, host: &str, command: &[&str]) -> Assignment {
    assignment(number, "ssh", &[("host", text(host)), ("command", words(command))])
}

#[tokio::test(flavor = "multi_thread")]
async fn words_stay_words_on_the_far_side() {
    let Some(far) = far().await else { return };
    let hostile = ["a b", "$(id)", "`id`", "; id", "it's", "-v", "*", "\\"];
    let command: Vec<&str> = ["printf", "<%s>"].into_iter().chain(hostile).collect();
    let wanted: String = hostile.iter().map(|it| format!("<{it}>")).collect();
    assert_eq!(tail(far.lab.run(&on(1, "here", &command)).await), wanted);
    let ended = far.lab.run(&on(2, "here", &["sh", "-c", "echo bad >&2; exit 7"])).await;
    let Some(Ending::Failed { why, tail }) = ended else { panic!("{ended:?}") };
    assert_eq!((why.as_str(), tail.as_str()), ("`sh` ended with code 7 on here", "bad"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_outside_the_inventory_and_strangers_are_refused() {
    let Some(far) = far().await else { return };
    for host in ["127.0.0.1", "-oProxyCommand=touch x", "nowhere", ""] {
        let ended = far.lab.run(&on(1 + host.len() as u64, host, &["true"])).await;
        let Some(Ending::Refused { why }) = ended else { panic!("{ended:?}") };
        assert!(why.contains("is not in the inventory"), "{why}");
    }
    let step = on(90, "stranger", &["touch", "pwned"]);
    let ended = far.lab.run(&step).await;
    assert_eq!(ended, None, "its key is another one: how far it came is not known");
    let why = far.lab.lost(step.key).unwrap();
    assert!(why.contains("stranger"), "{why}");
    assert!(!far.lab.folder.path().join("pwned").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_goes_nowhere_and_a_cut_connection_is_unknown() {
    let Some(far) = far().await else { return };
    let file = far.lab.folder.path().join("touched");
    let mut step = on(1, "here", &["touch", file.to_str().unwrap()]);
    step.is_dry = true;
    let ended = far.lab.run(&step).await;
    assert!(matches!(ended, Some(Ending::Done { .. })), "{ended:?}");
    assert!(!file.exists());
    let mut step = on(2, "here", &["sleep", "30"]);
    step.timeout = TimeDelta::seconds(2);
    let ended = far.lab.run(&step).await;
    assert!(matches!(ended, Some(Ending::TimedOut { .. })), "{ended:?}");
}
