//! Freezes, the inventory and second factors, as they are written, rightly and wrongly.

use super::*;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::run::Policy;

fn load(text: &str) -> Result<Config, Diagnostics> {
    Config::parse(Some(("warroom.toml", text)), [], &[]).map(|(config, _)| config)
}

#[test]
fn a_freeze_comes_again_on_somebodys_clock() {
    let text = "[[freeze]]\non = [\"*\"]\nin = [\"production\"]\ndays = [\"fri\"]\n\
                hours = [\"15:00-24:00\"]\ntime_zone = \"Europe/Berlin\"\npolicy = \"approve\"\n";
    let freezes = load(text).unwrap().freezes;
    let [freeze] = freezes.as_slice() else { panic!("{freezes:?}") };
    assert_eq!((freeze.policy, freeze.by.as_str()), (Policy::Approve, "warroom.toml:1"));
    for (at, is_on) in [
        ("2026-07-03T12:59:59Z", false),
        ("2026-07-03T13:00:00Z", true),
        ("2026-07-03T21:59:59Z", true),
        ("2026-07-03T22:00:00Z", false),
        ("2026-12-04T13:30:00Z", false),
        ("2026-12-04T14:00:00Z", true),
    ] {
        assert_eq!(freeze.is_on(at.parse().unwrap()), is_on, "{at}");
    }
}

#[test]
fn what_is_wrong_with_freezes_inventories_and_seeds_is_named() {
    for (text, fault) in [
        ("[[freeze]]\nuntil = 2030-01-01T00:00:00Z", "`on`"),
        ("[[freeze]]\non = [\"cms\"]", "this freeze would never end"),
        ("[[freeze]]\non = [\"cms\"]\ndays = [\"sat\"]", "need a `time_zone`"),
        ("[[freeze]]\non = [\"cms\"]\ndays = [\"caturday\"]", "`caturday` is no day"),
        (
            "[[freeze]]\non = [\"a\"]\nfrom = 2030-01-02T00:00:00Z\nuntil = 2030-01-01T00:00:00Z",
            "a freeze ends after it begins",
        ),
        (
            "[[freeze]]\non = [\"a\"]\nuntil = 2030-01-01T00:00:00Z\npolicy = \"ask\"",
            "warroom.toml:4:10",
        ),
        ("[inventory.production]\nweb = [\"--all\"]", "cannot be a name of the inventory"),
        ("[inventory]\nweb = [\"web1\"]", "warroom.toml:2:7"),
        ("[people.ana]\ntotp = \"A\"\ntotp_file = \"b\"", "are both given"),
    ] {
        let out = load(text).unwrap_err().to_string();
        assert!(out.contains(fault), "{text}: {out}");
    }
}

#[test]
fn names_stand_by_environment_and_a_seed_does_not_print() {
    let text = "[inventory]\nfile = \"more.toml\"\n[inventory.production]\nweb = [\"web1\"]\n\
                [people.ana]\ntotp = \"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\"\n";
    let config = load(text).unwrap();
    assert_eq!(config.inventory.file.as_deref(), Some("more.toml".as_ref()));
    assert!(config.inventory.names.holds("web", "web1", "production"));
    assert!(config.people["ana"].totp.is_some());
    assert!(!format!("{config:?}").contains("GEZDGNBV"));
}
