//! What an executor refuses, whoever asks.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use tempfile::TempDir;
use warroom::adapters::actions::cage::Limits;
use warroom::adapters::actions::missing::Missing;
use warroom::adapters::failure::Failure;
use warroom::domain::run::{Assignment, Ending, Known, PlanHash};
use warroom::executor::Halt;

use super::lab::{Lab, assignment, shell};

/// A step that leaves a line for each time it runs.
fn counted(lab: &Lab, number: u64) -> Assignment {
    shell(number, &format!("echo ran >> {}", lab.folder.path().join("count").display()))
}

fn count(lab: &Lab) -> usize {
    let text = std::fs::read_to_string(lab.folder.path().join("count")).unwrap_or_default();
    text.lines().count()
}

async fn refused(lab: &Lab, assignment: &Assignment, word: &str) {
    let before = count(lab);
    let failure = lab.executor.start(assignment).await.unwrap_err();
    let Failure::Refused { why } = &failure else { panic!("{failure:?}") };
    assert!(why.contains(word), "{why}");
    assert_eq!(lab.executor.ask(assignment.key), Known::Nothing);
    assert_eq!(count(lab), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_starts_once() {
    let lab = Lab::new(Limits::default());
    let step = counted(&lab, 1);
    assert_eq!(lab.executor.ask(step.key), Known::Nothing);
    lab.run(&step).await.unwrap();
    let again = lab.executor.start(&step).await.unwrap_err();
    assert!(
        matches!(again, Failure::Unknown { .. }),
        "it has started, so it is not refused: {again:?}"
    );
    assert!(matches!(lab.executor.ask(step.key), Known::Ended { ending: Ending::Done { .. } }));
    assert_eq!(count(&lab), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_plan_a_late_start_and_an_unknown_action_are_refused() {
    let lab = Lab::new(Limits::default());
    let mut step = counted(&lab, 1);
    step.approved = Some(PlanHash("bb".into()));
    refused(&lab, &step, "differs from the one that was approved").await;
    let mut step = counted(&lab, 2);
    step.not_after = Utc::now() - TimeDelta::seconds(1);
    refused(&lab, &step, "should have begun").await;
    let mut step = counted(&lab, 3);
    step.order.kind = "rm".into();
    refused(&lab, &step, "no action `rm`").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_fence_is_refused() {
    let lab = Lab::new(Limits::default());
    let mut new = counted(&lab, 7);
    (new.target, new.fence) = ("db".to_owned(), 5);
    lab.run(&new).await.unwrap();
    let mut old = counted(&lab, 8);
    (old.target, old.fence) = ("db".to_owned(), 4);
    refused(&lab, &old, "fence 5, not 4").await;
    old.fence = 5;
    refused(&lab, &old, "fence 5, not 5").await;
    let mut next = counted(&lab, 9);
    (next.run, next.target, next.fence) = (new.run, "db".to_owned(), 5);
    lab.run(&next).await.expect("a second step of the same run has the same fence");
    assert_eq!(count(&lab), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_70_two_runs_on_one_target_are_one_too_many() {
    let lab = Lab::new(Limits::default());
    let mut one = shell(1, "sleep 300");
    one.target = "db".to_owned();
    lab.executor.start(&one).await.unwrap();
    let mut two = counted(&lab, 2);
    (two.target, two.fence) = ("db".to_owned(), 2);
    refused(&lab, &two, "another run is at work on db").await;
    lab.executor.stop(one.key);
    lab.ended(one.key).await;
    lab.run(&two).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_halt_stops_and_refuses() {
    let lab = Lab::new(Limits::default());
    let step = shell(1, "sleep 300");
    lab.executor.start(&step).await.unwrap();
    let halt = Halt::in_folder(lab.folder.path());
    halt.set("the fix makes it worse").unwrap();
    assert!(matches!(lab.ended(step.key).await, Some(Ending::Stopped { .. })));
    refused(&lab, &counted(&lab, 2), "the fix makes it worse").await;
    assert!(halt.end().unwrap());
    lab.run(&counted(&lab, 2)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_touches_nothing_and_may_come_again() {
    let lab = Lab::new(Limits::default());
    let mut step = counted(&lab, 1);
    step.is_dry = true;
    for _ in 0..2 {
        let ended = lab.run(&step).await.unwrap();
        let Ending::Done { summary, .. } = ended else { panic!("{ended:?}") };
        assert!(summary.starts_with("would run bash -c"), "{summary}");
    }
    assert_eq!(count(&lab), 0);
    step.is_dry = false;
    lab.executor.start(&step).await.expect("the ledger does not know dry runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_this_build_lacks_names_its_feature() {
    let lacking = Missing::new(&warroom::adapters::actions::kubernetes::KIND, "kubernetes");
    let lab = Lab::with(TempDir::new().unwrap(), vec![Arc::new(lacking)]);
    let ended = lab.run(&assignment(1, "kubernetes", &[])).await;
    let why = "this build has no `kubernetes`: build it with the feature `kubernetes`".to_owned();
    assert_eq!(ended, Some(Ending::Refused { why }));
}
