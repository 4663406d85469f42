//! Who may not: strangers, guests, requesters, people whose right is over, and people without codes.

use chrono::TimeDelta;
use warroom::domain::run::Phase;
use warroom::engine::clock::Clock as _;

use super::{Row, typed};
use crate::runs::lab::{Lab, directory};
use crate::runs::second_factor::shown;

pub(super) async fn rows() -> Vec<Row> {
    let mut rows = without_a_right().await;
    rows.extend(of_somebody_else().await);
    rows.extend(without_a_code().await);
    rows.extend(over().await);
    rows
}

async fn asking() -> Lab {
    let lab = Lab::start("approve").await;
    lab.alert("shop", false).await;
    lab.run(1, |run| run.phase == Phase::Asking).await;
    lab
}

async fn without_a_right() -> Vec<Row> {
    let lab = asking().await;
    let lines = [
        "approve 1",
        "deny 1",
        "stop 1",
        "undo 1",
        "run mend shop",
        "run 1 continue",
        "deploy shop staging 1.2",
        "halt",
        "resume",
        "lock shop",
        "unlock shop",
        "freeze shop until monday",
        "unfreeze shop",
        "grant run:mend to @gus for 1h",
        "revoke run:mend from @ana",
    ];
    let mut rows = typed(&lab, "no right", &lines.map(|line| ("gus", line))).await;
    let strangers = ["approve 1", "run mend shop", "deploy shop production 1.2", "halt"];
    rows.extend(typed(&lab, "guest", &strangers.map(|line| ("a guest", line))).await);
    rows.extend(typed(&lab, "false operator", &[("operator", "approve 1")]).await);
    assert!(lab.given().is_empty());
    rows
}

async fn of_somebody_else() -> Vec<Row> {
    let lab = asking().await;
    lab.types("ana", "grant approve:mend to @dan for 1h").await;
    let mut rows = typed(&lab, "not asked", &[("dan", "approve 1")]).await;
    lab.types("ana", "revoke approve:mend from @dan").await;
    rows.extend(typed(&lab, "revoked", &[("dan", "approve 1")]).await);
    let changed = [
        ("ben", "approve 1 plan=000000000000"),
        ("ben", "approve 1 plan=0"),
        ("ben", "approve 1 plan=not-a-hash"),
    ];
    rows.extend(typed(&lab, "changed plan", &changed).await);
    rows.extend(typed(&lab, "no such run", &[("ben", "approve 99"), ("ben", "undo 99")]).await);
    let early = [("ben", "undo 1"), ("ben", "continue 1")];
    rows.extend(typed(&lab, "not now", &early).await);
    lab.types("ana", "run mend bank").await;
    rows.extend(typed(&lab, "self-approval", &[("ana", "approve 2")]).await);
    let mut gone = directory();
    gone.people.remove("ben");
    lab.engine.admit(gone);
    rows.extend(typed(&lab, "left the firm", &[("ben", "approve 1")]).await);
    assert!(lab.given().is_empty());
    rows
}

async fn without_a_code() -> Vec<Row> {
    let lab = Lab::start("watch").await;
    lab.types("ana", "run cut shop").await;
    lab.types("ana", "run cut bank").await;
    let mut rows = typed(&lab, "second factor", &[("ben", "approve 1")]).await;
    let now = shown(lab.clock.now());
    rows.extend(typed(&lab, "no second factor", &[("cat", &format!("approve 1 {now}"))]).await);
    rows.extend(typed(&lab, "own critical run", &[("ana", &format!("approve 1 {now}"))]).await);
    let used = shown(lab.clock.now());
    lab.types("ben", &format!("approve 1 {used}")).await;
    lab.run(1, |run| run.ended_at.is_some()).await;
    rows.extend(typed(&lab, "code used again", &[("ben", &format!("approve 2 {used}"))]).await);
    let old = shown(lab.clock.now() - TimeDelta::hours(1));
    rows.extend(typed(&lab, "old code", &[("ben", &format!("approve 2 {old}"))]).await);
    for _ in 0..3 {
        lab.types("ben", &format!("approve 2 {old}")).await;
    }
    lab.clock.pass(TimeDelta::seconds(40));
    let right = shown(lab.clock.now());
    rows.extend(typed(&lab, "guessed too often", &[("ben", &format!("approve 2 {right}"))]).await);
    assert_eq!(lab.given(), ["cut shop"]);
    rows
}

async fn over() -> Vec<Row> {
    let lab = Lab::start("watch").await;
    lab.types("ana", "grant deploy:shop in production to @gus for 1h").await;
    let elsewhere = [("gus", "deploy shop staging 1.2")];
    let mut rows = typed(&lab, "another environment", &elsewhere).await;
    lab.clock.pass(TimeDelta::hours(1));
    let ended = [("gus", "deploy shop production 1.2")];
    rows.extend(typed(&lab, "ended grant", &ended).await);
    lab.types("ana", "run mend shop").await;
    lab.types("ben", "deny 1 not now").await;
    rows.extend(typed(&lab, "denied", &[("ben", "approve 1"), ("ben", "stop 1")]).await);
    lab.types("ana", "run mend shop").await;
    lab.types("ben", "approve 2").await;
    let run = lab.run(2, |run| run.ended_at.is_some()).await;
    let again = format!("approve 2 plan={}", run.plan.get(..12).unwrap());
    let replayed = super::typed(&lab, "replayed click", &[("ben", &again)]).await;
    rows.extend(
        replayed.into_iter().map(|row| Row { attempt: "ben: the same button".into(), ..row }),
    );
    lab.types("ana", "run mend bank").await;
    lab.clock.pass(TimeDelta::minutes(16));
    rows.extend(typed(&lab, "expired", &[("ben", "approve 3")]).await);
    assert_eq!(lab.given(), ["restart shop"]);
    rows
}
