//! People, teams and grants, as they are written wrongly.

use super::*;
use crate::domain::access::{Grant, Subject};
use crate::domain::diagnostic::Diagnostics;

fn load(text: &str) -> Result<Config, Diagnostics> {
    Config::parse(Some(("warroom.toml", text)), [], &[]).map(|(config, _)| config)
}

#[test]
fn everybody_who_is_known_may_work_on_incidents_by_default() {
    let config = load("").unwrap();
    let [Grant { subject, resources, .. }] = config.rights.grants.as_slice() else { panic!() };
    assert_eq!((subject, resources.as_slice()), (&Subject::Everybody, &["*".into()][..]));
    assert!(config.people.is_empty() && config.oidc.is_none());
}

#[test]
fn grants_of_ones_own_replace_the_default() {
    let text = "[people.ana]\n[teams]\ncms = [\"ana\"]\n[[access.grant]]\nto = \"team:cms\"\n\
                may = [\"ack\"]\non = [\"cms\"]\nuntil = 2030-01-01T00:00:00+01:00\n\
                [[access.deny]]\nto = \"person:ana\"\nmay = [\"*\"]\non = [\"bank\"]\n";
    let grants = load(text).unwrap().rights.grants;
    let shown: Vec<_> = grants.iter().map(|it| (it.denies, it.origin.as_str())).collect();
    assert_eq!(shown, [(true, "warroom.toml:9"), (false, "warroom.toml:4")]);
    assert_eq!(grants[1].until.unwrap().to_rfc3339(), "2029-12-31T23:00:00+00:00");
}

#[test]
fn what_is_wrong_with_people_and_grants_is_named() {
    for (text, fault) in [
        ("[people.operator]", "`operator` cannot be the name of a person"),
        ("[people.\"Ana Sousa\"]", "\"Ana Sousa\" cannot be the name of a person"),
        ("[people.ana]\nslack = \"U1\"", "unknown field `slack` in `people.ana`"),
        ("[people.ana]\nemail = \"ana\"", "\"ana\" is not an e-mail address"),
        ("[people.ana]\ntoken_sha256 = \"hunter2\"", "a SHA-256 digest has 64 hexadecimal digits"),
        (
            "[people.a]\nemail = \"A@b\"\n[people.b]\nemail = \"a@b\"",
            "a and b have the same `email`",
        ),
        ("[people.ana]\n[teams]\ncms = [\"anna\"]", "there is no person called \"anna\""),
        ("[[access.grant]]\nto = \"team:web\"\nmay = [\"ack\"]", "there is no team called \"web\""),
        ("[[access.grant]]\nto = \"ana\"\nmay = [\"ack\"]", "\"ana\" is nobody to give a right to"),
        ("[[access.grant]]\nto = \"everybody\"\nmay = [\"akc\"]", "there is no command \"akc\""),
        (
            "[[access.grant]]\nto = \"everybody\"\nmay = [\"ack\"]\nuntil = 2030-01-01",
            "is not a moment",
        ),
        ("[console]\nidle = \"1s\"", "a session lives for a minute at least"),
        ("[oidc]\nissuer = \"http://id.example.org\"\nclient_id = \"w\"", "reached over https"),
        (
            "[oidc]\nissuer = \"https://id.example.org\"\nclient_id = \"w\"",
            "needs `server.external_url`",
        ),
    ] {
        let out = load(text).unwrap_err().to_string();
        assert!(out.contains(fault) && !out.contains("hunter2\" cannot"), "{text}: {out}");
    }
}
