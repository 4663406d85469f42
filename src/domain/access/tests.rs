use chrono::{DateTime, TimeDelta, Utc};

use super::*;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn grant(subject: Subject, verbs: &[&str], resources: &[&str]) -> Grant {
    Grant {
        subject,
        verbs: verbs.iter().map(|verb| (*verb).into()).collect(),
        resources: resources.iter().map(|name| (*name).into()).collect(),
        environments: Vec::new(),
        denies: false,
        until: None,
        origin: "warroom.toml:1".into(),
    }
}

fn ana(via: Via) -> Actor {
    Actor { name: "ana".into(), is_known: true, teams: ["cms".into()].into(), via }
}

fn may(rights: &Rights, actor: &Actor, verb: &str, resource: &str) -> bool {
    let action = Action { verb, resource, environment: "", changes: true };
    matches!(rights.may(actor, &action, NOW), Verdict::Allowed { .. })
}

#[test]
fn a_person_without_grants_may_only_read() {
    let rights = Rights::default();
    for via in [Via::Local, Via::Token, Via::Console, Via::Chat] {
        let reading = Action { verb: "alerts", resource: "", environment: "", changes: false };
        assert!(matches!(rights.may(&ana(via), &reading, NOW), Verdict::Allowed { .. }));
        let action = Action { verb: "ack", resource: "cms", environment: "", changes: true };
        let Verdict::Denied { why } = rights.may(&ana(via), &action, NOW) else {
            panic!("{via:?}")
        };
        assert_eq!(why, "no grant allows ana to ack for \"cms\"");
    }
}

#[test]
fn the_nameless_operator_may_everything_but_not_from_chat() {
    let rights = Rights::default();
    for via in [Via::Local, Via::Token, Via::Console] {
        assert!(may(&rights, &Actor::operator(via), "run", "cms"));
    }
    assert!(!may(&rights, &Actor::operator(Via::Chat), "run", "cms"));
}

#[test]
fn a_grant_holds_for_its_subject_verb_and_resource() {
    let team = Subject::Team("cms".into());
    let rights = Rights { grants: vec![grant(team, &["ack", "silence"], &["cms", "shop-*"])] };
    let ana = ana(Via::Console);
    assert!(may(&rights, &ana, "ack", "cms") && may(&rights, &ana, "silence", "shop-eu"));
    assert!(!may(&rights, &ana, "run", "cms") && !may(&rights, &ana, "ack", "bank"));
    assert!(!may(&rights, &ana, "ack", ""), "what names no service needs a grant on everything");
    let stranger = Actor { is_known: false, ..ana };
    assert!(!may(&rights, &stranger, "ack", "cms"));
}

#[test]
fn a_denial_wins_and_an_end_ends() {
    let mut denial = grant(Subject::Person("ana".into()), &["*"], &["bank"]);
    denial.denies = true;
    let mut short = grant(Subject::Everybody, &["run"], &["*"]);
    short.until = Some(NOW);
    let everything = grant(Subject::Everybody, &["ack"], &["*"]);
    let rights = Rights { grants: vec![everything, short.clone(), denial] };
    let ana = ana(Via::Token);
    assert!(may(&rights, &ana, "ack", "cms") && !may(&rights, &ana, "ack", "bank"));
    assert!(!may(&rights, &ana, "ack", ""), "it may be about the bank");
    assert!(!may(&rights, &ana, "run", "cms"), "it ended at this moment");
    short.until = Some(NOW + TimeDelta::seconds(1));
    assert!(may(&Rights { grants: vec![short] }, &ana, "run", "cms"));
}

#[test]
fn stars_stand_for_anything() {
    for (pattern, name, fits) in [
        ("*", "", true),
        ("shop-*", "shop-", true),
        ("*-eu", "shop-eu", true),
        ("a*a", "a", false),
        ("a*b*c", "axbxc", true),
        ("a*b*c", "acb", false),
        ("**", "x", true),
        ("cms", "CMS", false),
    ] {
        let rights = Rights { grants: vec![grant(Subject::Everybody, &["ack"], &[pattern])] };
        assert_eq!(may(&rights, &ana(Via::Chat), "ack", name), fits, "{pattern} {name}");
    }
    let stars = "*-".repeat(30);
    let rights = Rights { grants: vec![grant(Subject::Everybody, &["ack"], &[&stars])] };
    assert!(!may(&rights, &ana(Via::Chat), "ack", &"-".repeat(100_000).replace("--", "-x")));
}

#[test]
fn a_grant_for_a_place_holds_there_alone_and_its_denial_wherever_none_is_named() {
    let mut there = grant(Subject::Everybody, &["deploy"], &["cms"]);
    there.environments = vec!["staging".into()];
    let rights = Rights { grants: vec![there.clone()] };
    let may = |rights: &Rights, environment| {
        let action = Action { verb: "deploy", resource: "cms", environment, changes: true };
        matches!(rights.may(&ana(Via::Chat), &action, NOW), Verdict::Allowed { .. })
    };
    assert!(may(&rights, "staging") && !may(&rights, "production") && !may(&rights, ""));
    there.denies = true;
    let everywhere = grant(Subject::Everybody, &["deploy"], &["cms"]);
    let rights = Rights { grants: vec![there, everywhere] };
    assert!(!may(&rights, "staging") && may(&rights, "production") && !may(&rights, ""));
}
