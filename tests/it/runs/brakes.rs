//! What holds a run back: halts, locks, limits.

use warroom::domain::run::{How, Phase};

use super::lab::Lab;

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_stops_everything_until_somebody_says_so() {
    let lab = Lab::start("auto").await;
    let said = lab.types("ana", "halt 2h migration").await;
    assert!(said.post.text.starts_with("Everything is halted until"), "{}", said.post.text);
    lab.alert("shop", false).await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Refused));
    assert!(run.post.text.contains("halted by ana: migration"), "{}", run.post.text);
    assert!(lab.given().is_empty(), "I8");
    lab.types("ben", "resume").await;
    lab.alert("bank", false).await;
    let run = lab.run(2, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Succeeded), "{}", run.post.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_of_one_service_leaves_the_others() {
    let lab = Lab::start("auto").await;
    lab.types("ana", "halt service shop").await;
    lab.alert("shop", false).await;
    lab.run(1, |run| run.phase == Phase::Over(How::Refused)).await;
    lab.alert("bank", false).await;
    lab.run(2, |run| run.phase == Phase::Over(How::Succeeded)).await;
    assert_eq!(lab.given(), ["restart bank"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_70_what_somebody_keeps_for_themselves_is_left_alone() {
    let lab = Lab::start("auto").await;
    let said = lab.types("ana", "lock shop \"migration\" 2h").await;
    assert!(said.post.text.contains("shop is yours until"), "{}", said.post.text);
    let again = lab.types("ben", "lock shop").await;
    assert!(again.post.text.contains("locked by ana"), "{}", again.post.text);
    lab.alert("shop", false).await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert!(run.post.text.contains("shop is locked by ana"), "{}", run.post.text);
    assert!(lab.given().is_empty());
}
