//! Times in which nothing begins, and fixes that are not tried again.

use chrono::TimeDelta;
use warroom::domain::run::{Freeze, How, Phase, Policy};
use warroom::engine::clock::Clock;
use warroom::engine::talk::Outcome;

use super::lab::Lab;

fn window(policy: Policy, places: &[&str]) -> Freeze {
    Freeze {
        on: vec!["shop".into()],
        environments: places.iter().map(|it| (*it).into()).collect(),
        weekly: None,
        from: None,
        until: None,
        policy,
        by: "warroom.toml:7".into(),
        why: "the sale".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_begins_in_a_freeze_until_it_ends() {
    let lab = Lab::start("auto").await;
    let said = lab.types("ana", "freeze shop for 2h \"big sale\"").await;
    assert!(said.post.text.starts_with("shop is frozen until"), "{}", said.post.text);
    lab.alert("shop", false).await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Refused));
    assert!(run.post.text.contains("by ana: big sale"), "{}", run.post.text);
    let locks = lab.types("ben", "locks").await;
    assert!(format!("{:?}", locks.post.table).contains("frozen: shop"), "{locks:?}");
    lab.alert("bank", false).await;
    lab.run(2, |run| run.phase == Phase::Over(How::Succeeded)).await;
    lab.clock.pass(TimeDelta::hours(2));
    lab.types("ana", "deploy shop staging 1.2").await;
    lab.run(3, |run| run.phase == Phase::Over(How::Succeeded)).await;
    assert_eq!(lab.given(), ["restart bank", "ship staging 1.2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_of_one_place_leaves_the_others_and_is_lifted() {
    let lab = Lab::start("watch").await;
    let other = lab.beside("watch").await;
    lab.types("ana", "freeze shop in production until monday").await;
    let there = other.types("ben", "deploy shop production 1.2").await;
    assert!(there.post.text.contains("shop in production is frozen"), "{}", there.post.text);
    other.types("ben", "deploy shop staging 1.2").await;
    lab.run(2, |run| run.phase == Phase::Over(How::Succeeded)).await;
    let none = lab.types("ben", "unfreeze shop").await;
    assert!(none.post.text.contains("nobody froze shop"), "{}", none.post.text);
    lab.types("ben", "unfreeze shop in production").await;
    lab.types("ben", "deploy shop production 1.2").await;
    lab.run(3, |run| run.phase == Phase::Over(How::Succeeded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_before_a_freeze_does_not_begin_in_it() {
    let lab = Lab::start("watch").await;
    lab.types("ana", "run mend shop").await;
    lab.engine.take_freezes(vec![window(Policy::Refuse, &[])]);
    lab.types("ben", "approve 1").await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert!(run.post.text.contains("shop is frozen by warroom.toml:7: the sale"));
    let asked = lab.types("ana", "run mend shop").await;
    assert!(asked.post.text.contains("did not start"), "nobody is asked: {}", asked.post.text);
    assert!(lab.given().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_may_ask_for_one_person_more() {
    let lab = Lab::start("auto").await;
    lab.engine.take_freezes(vec![window(Policy::Approve, &["production"])]);
    lab.types("ana", "deploy shop production 1.2").await;
    let run = lab.run(1, |run| run.phase == Phase::Asking).await;
    lab.types("ben", "approve 1").await;
    lab.run(1, |run| run.phase == Phase::Over(How::Succeeded)).await;
    assert_eq!(run.environment.as_deref(), Some("production"));
    lab.engine.take_freezes(Vec::new());
    lab.types("ana", "run mend shop").await;
    lab.engine.take_freezes(vec![window(Policy::Approve, &[])]);
    lab.types("ben", "approve 2").await;
    let late = lab.run(2, |run| run.ended_at.is_some()).await;
    assert!(late.post.text.contains("one person more will be asked"), "{}", late.post.text);
    lab.types("ana", "run mend shop").await;
    let one = lab.types("ben", "approve 3").await;
    assert!(one.post.text.contains("others must agree too"), "{}", one.post.text);
    lab.types("cat", "approve 3").await;
    lab.run(3, |run| run.phase == Phase::Over(How::Succeeded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_68_a_fix_whose_alert_returns_is_not_tried_again_by_itself() {
    let lab = Lab::start("auto").await;
    lab.alert("shop", false).await;
    lab.run(1, |run| run.phase == Phase::Over(How::Succeeded)).await;
    lab.alert("shop", true).await;
    lab.closed(1).await;
    lab.clock.pass(TimeDelta::minutes(30));
    lab.alert("shop", false).await;
    let again = lab.run(2, |run| run.ended_at.is_some()).await;
    assert_eq!(again.phase, Phase::Over(How::Refused));
    assert!(again.post.text.contains("a person has to look"), "{}", again.post.text);
    assert_eq!(lab.given(), ["restart shop"]);
    let asked = lab.types("ana", "run mend shop").await;
    assert_eq!(asked.outcome, Outcome::Done, "a person may: {}", asked.post.text);
    lab.alert("shop", true).await;
    lab.clock.pass(TimeDelta::hours(1));
    assert!(lab.clock.now() > again.asked_at);
}
