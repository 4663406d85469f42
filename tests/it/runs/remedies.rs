//! A rule repairs by itself: it helps, it does not help, nobody knows.

use warroom::domain::run::{How, Mark, Phase};

use super::lab::{Lab, Mood};

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_in_auto_mends_and_proves_it() {
    let lab = Lab::start("auto").await;
    lab.alert("shop", false).await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Succeeded), "{}", run.post.text);
    assert_eq!(run.incident, Some(1));
    assert_eq!(lab.given(), ["restart shop"]);
    let marks: Vec<_> = run.steps.iter().map(|step| step.mark).collect();
    assert_eq!(marks, [Some(Mark::Done), Some(Mark::Done)]);
    lab.says("Run 1: mend on service/shop has helped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_does_not_help_is_taken_back_and_the_next_rung_is_tried() {
    let lab = Lab::start("auto").await;
    lab.is_healthy(0.0);
    lab.alert("shop", false).await;
    let first = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(first.phase, Phase::Over(How::Undone), "{}", first.post.text);
    let second = lab.run(2, |run| run.ended_at.is_some()).await;
    assert_eq!(second.phase, Phase::Over(How::Failed), "{}", second.post.text);
    assert_eq!(lab.given(), ["restart shop", "back shop", "switch shop"]);
    lab.says("A person has to look").await;
    let fences: Vec<u64> = lab.hands.taken.lock().unwrap().iter().map(|it| it.fence).collect();
    assert!(fences[0] == fences[1] && fences[1] < fences[2], "I6: {fences:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_67_a_step_that_nobody_knows_the_end_of_waits_for_a_person() {
    let lab = Lab::start("auto").await;
    lab.mood(Mood::LosesIt);
    lab.alert("shop", false).await;
    let stuck = lab.run(1, |run| run.phase == Phase::Stuck).await;
    assert_eq!(lab.given(), ["restart shop"], "I7: it is not repeated");
    let lines: Vec<&str> = stuck.post.buttons.iter().map(|it| it.command.as_str()).collect();
    assert_eq!(lines, ["continue 1", "undo 1", "stop 1"]);
    lab.mood(Mood::Does);
    let said = lab.types("ana", "run 1 continue").await;
    assert_eq!(said.post.text.lines().next(), Some("Run 1 goes on."));
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::Succeeded));
    assert_eq!(lab.given(), ["restart shop"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_executor_takes_changes_nothing_and_says_so() {
    let lab = Lab::start("auto").await;
    lab.mood(Mood::Refuses);
    lab.alert("shop", false).await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert!(run.post.text.contains("no such program"), "{}", run.post.text);
    assert!(lab.given().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_only_watches_says_what_it_would_have_done() {
    let lab = Lab::start("watch").await;
    lab.alert("shop", false).await;
    lab.run(1, |run| run.phase == Phase::Over(How::Shown)).await;
    let post = lab.says("would have started now").await;
    assert!(post.text.contains("exec restart shop"), "{}", post.text);
    assert!(lab.given().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_step_shows_its_last_lines() {
    let lab = Lab::start("auto").await;
    lab.mood(Mood::Fails);
    lab.alert("shop", false).await;
    let run = lab.run(1, |run| run.ended_at.is_some()).await;
    assert_eq!(run.phase, Phase::Over(How::UndoFailed));
    assert!(run.post.text.contains("| the last line"), "{}", run.post.text);
}
