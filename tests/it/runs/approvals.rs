//! Who may let a run start, and when.

use chrono::TimeDelta;
use warroom::domain::run::{How, Phase};
use warroom::engine::talk::Outcome;

use super::lab::Lab;

async fn asking() -> (Lab, String) {
    let lab = Lab::start("approve").await;
    lab.alert("shop", false).await;
    let run = lab.run(1, |run| run.phase == Phase::Asking).await;
    let post = lab.says("waits for an approval").await;
    for words in ["exec restart shop", "check up > 0", "Who may approve: team:cms"] {
        assert!(post.text.contains(words), "{words} is not in:\n{}", post.text);
    }
    (lab, run.plan)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_starts_what_was_shown() {
    let (lab, plan) = asking().await;
    let line = format!("approve 1 plan={}", plan.get(..12).unwrap());
    let said = lab.types("ben", &line).await;
    assert_eq!(said.outcome, Outcome::Done, "{}", said.post.text);
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Succeeded));
    assert_eq!(run.approved_by, ["ben"]);
    let taken = lab.hands.taken.lock().unwrap().clone();
    assert_eq!(taken[0].approved.as_ref().map(ToString::to_string), Some(plan));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_start_does_not_and_says_why() {
    let (lab, _) = asking().await;
    let refused = [
        ("gus", "approve 1", "no grant allows gus to approve"),
        ("a guest", "approve 1", "is not a person of the configuration"),
        ("ben", "approve 1 plan=000000000000", "another plan than the one you saw"),
        ("ben", "approve 99", "there is no run 99"),
        ("ben", "undo 1", "does not fit where run 1 stands"),
        ("ben", "run 1 continue", "does not fit where run 1 stands"),
        ("gus", "deny 1", "no grant allows gus to deny"),
        ("gus", "stop 1", "no grant allows gus to stop"),
    ];
    for (who, line, why) in refused {
        let said = lab.types(who, line).await;
        let text = said.post.text.to_lowercase();
        assert!(text.contains(&why.to_lowercase()), "{who}: {line}: {text}");
    }
    assert!(lab.given().is_empty(), "nothing was started");
    let said = lab.types("ben", "deny 1 not now").await;
    assert_eq!(said.outcome, Outcome::Done, "{}", said.post.text);
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Denied));
    let late = lab.types("ana", "approve 1").await;
    assert!(late.post.text.contains("run 1 is over, it was denied"), "{}", late.post.text);
    assert!(lab.given().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_71_whoever_asks_does_not_approve() {
    let lab = Lab::start("watch").await;
    let asked = lab.types("ana", "run mend shop").await;
    assert!(asked.post.text.contains("waits for an approval"), "{}", asked.post.text);
    let own = lab.types("ana", "approve 1").await;
    assert!(own.post.text.contains("you asked for run 1 yourself"), "{}", own.post.text);
    assert_eq!(own.outcome, Outcome::Refused);
    lab.types("ben", "approve 1").await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!((run.by.as_str(), run.approved_by), ("ana", vec!["ben".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_74_racing_clicks_have_one_outcome() {
    let (lab, _) = asking().await;
    let (ana, ben) = tokio::join!(lab.types("ana", "approve 1"), lab.types("ben", "approve 1"));
    let texts = [ana.post.text, ben.post.text];
    assert!(texts.iter().any(|text| text.contains("is approved")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("done already")), "{texts:?}");
    lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(lab.given(), ["restart shop"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_lapses_when_the_alert_clears() {
    let (lab, _) = asking().await;
    lab.alert("shop", true).await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Expired));
    let late = lab.types("ben", "approve 1").await;
    assert!(late.post.text.contains("it has expired"), "{}", late.post.text);
    assert!(lab.given().is_empty(), "I8");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_57_what_is_typed_is_data_and_never_a_command_or_an_option() {
    let lab = Lab::start("watch").await;
    let hostile = [
        ("run mend \"shop; reboot\"", "does not fit its pattern"),
        ("run mend --help", "read as an option"),
        ("run mend \"{{ service }}\"", "does not fit its pattern"),
        ("run mend -rf", "read as an option"),
        ("run mend shop host=db1", "has no parameter"),
        ("run mend", "not there"),
        ("run mned shop", "there is no runbook"),
    ];
    for (line, why) in hostile {
        let said = lab.types("ana", line).await;
        assert!(said.post.text.contains(why), "{line}: {}", said.post.text);
        assert_ne!(said.outcome, Outcome::Done, "{line}");
    }
    assert!(lab.given().is_empty() && lab.engine.runs(10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_69_an_empty_target_is_a_mistake_and_never_everything() {
    let lab = Lab::start("auto").await;
    for line in ["run mend \"\"", "run mend service=\"\"", "run mend"] {
        let said = lab.types("ana", line).await;
        assert_ne!(said.outcome, Outcome::Done, "{line}: {}", said.post.text);
    }
    lab.alert("", false).await;
    lab.alert("bank", false).await;
    lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(lab.given(), ["restart bank"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_73_a_button_pressed_hours_later_starts_nothing() {
    let (lab, plan) = asking().await;
    lab.clock.pass(TimeDelta::hours(3));
    let line = format!("approve 1 plan={}", plan.get(..12).unwrap());
    let said = lab.types("ben", &line).await;
    assert_eq!(said.outcome, Outcome::Refused, "{}", said.post.text);
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Expired));
    assert!(lab.given().is_empty(), "I8");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_76_a_guest_starts_nothing_whatever_they_call_themselves() {
    let (lab, _) = asking().await;
    for guest in ["a guest", "operator", "anna", "Ben"] {
        let said = lab.types(guest, "approve 1").await;
        let why = "is not a person of the configuration";
        assert!(said.post.text.contains(why), "{guest}: {}", said.post.text);
    }
    assert!(lab.given().is_empty());
}
