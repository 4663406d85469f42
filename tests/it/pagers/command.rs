//! `warroom page test` and `warroom doctor`, as people start them.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::push;
use super::smtp::Smtp;
use crate::world::vendor::Vendor;

fn warroom(folder: &TempDir, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(arguments).current_dir(folder.path());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = [stdout, stderr].concat();
    (status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_page_says_what_the_other_side_answered() {
    let folder = TempDir::new().unwrap();
    let vendor = Vendor::start(push::takes).await;
    let config = format!(
        "[pagers.push]\nkind = \"ntfy\"\nurl = \"{}\"\ntopic = \"oncall\"\n\
         [pagers.gone]\nkind = \"ntfy\"\nurl = \"http://127.0.0.1:1\"\ntopic = \"oncall\"\n",
        vendor.url()
    );
    fs::write(folder.path().join("w.toml"), config).unwrap();
    let test = |more: &[&'static str]| {
        warroom(&folder, &[&["page", "test", "--config", "w.toml"], more].concat())
    };
    let (is_done, told) = test(&["push"]);
    assert!(is_done && told.contains("push has taken the page: ntfy:sPs71M8A2T"), "{told}");
    assert_eq!(vendor.call().json()["topic"], "oncall");
    let (is_done, told) = test(&["push", "--to", "anas-phone"]);
    assert!(is_done && vendor.calls()[1].json()["topic"] == "anas-phone", "{told}");
    let (is_done, told) = test(&["gone"]);
    assert!(!is_done && told.contains("gone has not taken the page: no connection"), "{told}");
    let (is_done, told) = test(&["nobody"]);
    assert!(!is_done && told.contains("there are: gone, push"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_looks_at_every_pager_and_tracker() {
    let folder = TempDir::new().unwrap();
    let Some(smtp) = Smtp::start(folder.path(), &[]).await else { return };
    let config = format!(
        "[brain]\nurl = \"file:data\"\n\
         [pagers.mail]\nkind = \"email\"\nserver = \"127.0.0.1:{}\"\ntls = \"none\"\n\
         from = \"warroom@example.org\"\n\
         [trackers.gone]\nkind = \"github\"\nurl = \"http://127.0.0.1:1\"\nproject = \"a/b\"\n",
        smtp.port
    );
    fs::write(folder.path().join("w.toml"), config).unwrap();
    let (is_well, told) = warroom(&folder, &["doctor", "--config", "w.toml"]);
    assert!(!is_well, "{told}");
    for wanted in [
        "ok    pagers: mail: 127.0.0.1 takes mail",
        "BAD   trackers: gone: no connection",
        "without server.external_url pages carry no links",
    ] {
        assert!(told.contains(wanted), "no {wanted} in {told}");
    }
    assert!(smtp.mails().is_empty());
}
