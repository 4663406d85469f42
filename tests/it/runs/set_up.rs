//! `warroom totp @ana`, and an inventory in a file of its own, with the built program.
#![expect(clippy::disallowed_methods, reason = "the built program is called")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn warroom(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(words).args(["--config", "warroom.toml"]).current_dir(folder);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    [output.stdout.as_slice(), output.stderr.as_slice()].map(String::from_utf8_lossy).concat()
}

#[test]
fn a_second_factor_is_shown_once_and_kept_from_others() {
    let folder = TempDir::new().unwrap();
    let config = "[people.ana]\ntotp_file = \"ana.totp\"\n[people.ben]\n";
    fs::write(folder.path().join("warroom.toml"), config).unwrap();
    let made = warroom(folder.path(), &["totp", "@ana"]);
    let shown = said(&made);
    assert!(made.status.success(), "{shown}");
    let file = folder.path().join("ana.totp");
    let seed = fs::read_to_string(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let uri = format!("otpauth://totp/warroom:ana?secret={}&issuer=warroom", seed.trim());
    assert_eq!(shown.lines().next(), Some(uri.as_str()));
    for (who, why) in [
        ("@ana", "is there already, nothing was changed"),
        ("@ben", "add `totp_file"),
        ("@eve", "there is nobody called \"eve\""),
    ] {
        let refused = warroom(folder.path(), &["totp", who]);
        let shown = said(&refused);
        assert!(!refused.status.success() && shown.contains(why), "{who}: {shown}");
        assert!(!shown.contains(seed.trim()), "{who}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), seed);
}

#[test]
fn the_check_says_what_is_wrong_with_an_inventory() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("runbooks")).unwrap();
    fs::create_dir(at("rules")).unwrap();
    fs::write(at("warroom.toml"), "[inventory]\nfile = \"hosts.toml\"\n").unwrap();
    let runbook = "name = \"r\"\nsummary = \"s\"\ntarget = \"host/{{ host }}\"\nundo = \"irreversible\"\n\
                   params.host = { from = \"inventory.web\", pattern = \"[a-z0-9]+\" }\n\
                   [[step]]\nname = \"s\"\nexec = [\"true\", \"{{ host }}\"]\n";
    fs::write(at("runbooks/r.toml"), runbook).unwrap();
    fs::write(at("hosts.toml"), "[production]\nwbe = [\"web1\", \"-rf\"]\n").unwrap();
    let wrong = warroom(folder.path(), &["check"]);
    let shown = said(&wrong);
    assert!(!wrong.status.success(), "{shown}");
    for words in ["hosts.toml:2:16", "\"-rf\" cannot be a name", "`inventory.web`"] {
        assert!(shown.contains(words), "{words} is not in:\n{shown}");
    }
    fs::write(at("hosts.toml"), "[production]\nweb = [\"web1\"]\n").unwrap();
    let good = warroom(folder.path(), &["check"]);
    assert!(good.status.success(), "{}", said(&good));
}
