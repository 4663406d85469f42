//! Rights that people give each other for a while.

use chrono::TimeDelta;
use warroom::domain::access::{Grant, Subject};
use warroom::domain::run::{How, Phase};
use warroom::engine::talk::Outcome;

use super::lab::{Lab, directory};

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_holds_for_its_place_and_ends_by_the_clock() {
    let lab = Lab::start("watch").await;
    let before = lab.types("gus", "deploy shop production 1.2").await;
    assert!(before.post.text.contains("no grant allows gus to deploy"), "{}", before.post.text);
    let said = lab.types("ana", "grant deploy:shop in production to @gus for 2h").await;
    assert_eq!(said.outcome, Outcome::Done, "{}", said.post.text);
    assert!(said.post.text.starts_with("@gus may deploy:shop in production until"));
    let there = lab.types("gus", "deploy shop production 1.2").await;
    assert_eq!(there.outcome, Outcome::Done, "{}", there.post.text);
    let elsewhere = lab.types("gus", "deploy shop staging 1.2").await;
    assert!(elsewhere.post.text.contains("in \"staging\""), "{}", elsewhere.post.text);
    lab.run(1, |run| run.phase == Phase::Over(How::Succeeded)).await;
    lab.clock.pass(TimeDelta::hours(2));
    let late = lab.types("gus", "deploy shop production 1.3").await;
    assert_eq!(late.outcome, Outcome::Refused, "{}", late.post.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_told_who_gave_what() {
    let lab = Lab::start("watch").await;
    lab.types("ana", "grant deploy:shop in production to @gus for 2h").await;
    for (line, words) in [
        ("who can deploy shop production", "@gus (given by ana until"),
        ("who can deploy shop production", "team:cms (test.toml:1)"),
        ("may @gus \"deploy shop production 1.2\"", "Yes: gus may"),
        ("may @gus \"deploy shop production 1.2\"", "given by ana until"),
        ("may @gus \"deploy shop staging 1.2\"", "No: gus may not"),
        ("grants", "deploy:shop in production"),
    ] {
        let said = lab.types("ben", line).await;
        let text = format!("{} {:?}", said.post.text, said.post.table);
        assert!(text.contains(words), "{line}: {text}");
    }
    let staging = lab.types("ben", "who can deploy shop staging").await;
    assert!(!staging.post.text.contains("gus"), "{}", staging.post.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_survives_a_restart_and_is_revoked_at_every_replica() {
    let lab = Lab::start("watch").await;
    lab.types("ana", "grant deploy:shop to @gus until friday").await;
    let other = lab.beside("watch").await;
    let there = other.types("gus", "deploy shop staging 1.2").await;
    assert_eq!(there.outcome, Outcome::Done, "{}", there.post.text);
    let back = lab.types("ben", "revoke deploy:shop from @gus").await;
    assert!(back.post.text.contains("ana had given it"), "{}", back.post.text);
    let gone = other.types("gus", "deploy shop staging 1.3").await;
    assert!(gone.post.text.contains("no grant allows gus"), "{}", gone.post.text);
    let again = lab.types("ben", "revoke deploy:shop from @gus").await;
    assert!(again.post.text.contains("nobody gave that"), "{}", again.post.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_what_they_do_not_hold_for_so_long() {
    let lab = Lab::start("watch").await;
    let mut known = directory();
    let grants = &mut std::sync::Arc::make_mut(&mut known.rights).grants;
    let one = |verb: &str, resource: &str, hours: i64| Grant {
        subject: Subject::Person("dan".into()),
        verbs: vec![verb.into()],
        resources: vec![resource.into()],
        environments: Vec::new(),
        denies: false,
        until: Some(warroom::engine::clock::wall() + TimeDelta::hours(hours)),
        origin: "test.toml:9".into(),
    };
    grants.extend([one("grant", "*", 99), one("deploy", "shop", 3)]);
    lab.engine.admit(known);
    for (line, why) in [
        ("grant deploy:shop to @gus for 2h", ""),
        ("grant deploy:shop to @gus for 4h", "you do not hold it yourself until"),
        ("grant deploy:bank to @gus for 2h", "you do not hold it yourself ("),
        ("grant run:mend to @gus for 2h", "you do not hold it yourself ("),
        ("grant grant:shop to @gus for 2h", "stands in the configuration alone"),
        ("grant revoke:shop to @gus for 2h", "stands in the configuration alone"),
        ("grant deploy:* to @gus for 2h", "grant deploy:cms"),
        ("grant *:shop to @gus for 2h", "grant deploy:cms"),
        ("grant status:shop to @gus for 2h", "is no command that needs a right"),
        ("grant deploy:shop to @nobody for 2h", "knows nobody called"),
        ("grant deploy:shop to team:none for 2h", "there is no team"),
        ("grant deploy:shop to @gus", "grant deploy:cms"),
        ("grant deploy:shop to @gus for 0s", "a grant ends, in the future"),
        ("grant deploy:shop to @gus for 91d", "a grant ends, in the future"),
        ("grant deploy:shop to @gus until 2020-01-01", "a grant ends, in the future"),
    ] {
        let said = lab.types("dan", line).await;
        assert_eq!(said.outcome == Outcome::Done, why.is_empty(), "{line}: {}", said.post.text);
        assert!(said.post.text.contains(why), "{line}: {}", said.post.text);
    }
    let not = lab.types("gus", "grant deploy:shop to @gus for 1h").await;
    assert!(not.post.text.contains("no grant allows gus to grant"), "{}", not.post.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_72_an_approval_lapses_with_the_right_of_who_gave_it() {
    let lab = Lab::start("watch").await;
    lab.types("ana", "grant approve:vote to @gus for 2h").await;
    lab.types("ana", "run vote shop").await;
    let said = lab.types("gus", "approve 1").await;
    assert!(said.post.text.contains("others must agree too"), "{}", said.post.text);
    lab.types("ben", "revoke approve:vote from @gus").await;
    lab.types("cat", "approve 1").await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Refused));
    assert!(run.post.text.contains("gus may no longer approve it"), "{}", run.post.text);
    assert!(lab.given().is_empty(), "I9");
}
