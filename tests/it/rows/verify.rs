//! A stored state that does not follow from its events.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use warroom::brain::embedded::{Embedded, Options};
use warroom::brain::{Brain, Found, IndexChange, Key};
use warroom::domain::ids::Number;
use warroom::domain::incident::{Event, MemberStatus};
use warroom::engine::audit::{Difference, What, audit};

use super::lab::{Lab, PATIENCE, Played};
use crate::contract::brain::story::{Story, ended, note, one, opened, print_of};
use crate::world::process::free_port;

async fn differences(brain: &dyn Brain) -> Vec<Difference> {
    let mut all = Vec::new();
    audit(brain, |difference| all.push(difference)).await.unwrap();
    all
}

fn doctor(folder: &Path) -> Output {
    let rules = folder.join("rules");
    std::fs::create_dir_all(&rules).unwrap();
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .current_dir(folder)
        .args(["doctor", "--verify", "--listen", &format!("127.0.0.1:{}", free_port())])
        .args(["--brain", &format!("file:{}", folder.join("brain").display())])
        .arg("--rules")
        .arg(rules)
        .output()
        .unwrap()
}

fn open(folder: &Path) -> Arc<dyn Brain> {
    Arc::new(Embedded::open(&folder.join("brain"), &Options::default()).unwrap())
}

/// What an engine has lived through: opened, acknowledged, resolved and closed incidents.
async fn live(brain: &Arc<dyn Brain>) {
    let lab = Lab::start(brain, &Played::willing("fine")).await;
    lab.fire((0..40).map(|number| format!("s{number}"))).await;
    for number in 1..=20 {
        let command = warroom::domain::incident::Command::Resolve;
        lab.engine.ask(Number(number), "ana".into(), command).await.unwrap();
    }
    lab.until("rooms are there", async || {
        lab.engine.incidents(None, 100).await.unwrap().iter().all(|it| it.room.is_some())
    })
    .await;
    lab.engine.stop(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_82_doctor_verify_finds_a_state_that_its_events_do_not_give() {
    let folder = tempfile::tempdir().unwrap();
    let brain = open(folder.path());
    live(&brain).await;
    assert_eq!(differences(&*brain).await, []);
    drop(brain);
    let output = doctor(folder.path());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("cases follow from their"), "{text}");

    let brain = open(folder.path());
    let case = corrupt(&*brain).await;
    let found = differences(&*brain).await;
    assert!(found.iter().all(|it| it.case == case && it.number == Some(Number(900))), "{found:?}");
    let is_severity =
        |it: &Difference| matches!(&it.what, What::Head { field, .. } if field == "severity");
    assert!(found.iter().any(is_severity), "{found:?}");
    assert!(found.iter().any(|it| it.what == What::Member(print_of("first"))), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
    drop(brain);
    let output = doctor(folder.path());
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let line = "incident #900 (case ";
    assert!(text.contains(line) && text.contains("severity is stored as \"sev9\""), "{text}");
}

/// Writes a head and a member that do not follow from their events.
async fn corrupt(brain: &dyn Brain) -> warroom::domain::ids::CaseId {
    let mut story = Story::begun(brain, "corrupt").await;
    one(brain, story.next(vec![opened(900)])).await.unwrap();
    let mut commit = story.next(vec![note("the next is wrong")]);
    Arc::make_mut(&mut commit.head).severity = "sev9".into();
    let mut member = story.state.members[&print_of("first")].clone();
    member.status = MemberStatus::Stale;
    commit.members = vec![(print_of("first"), member)];
    one(brain, commit).await.unwrap();
    story.case
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_82_incidents_that_are_over_are_verified_too() {
    let folder = tempfile::tempdir().unwrap();
    let brain = open(folder.path());
    for _ in 0..3 {
        brain.next_number().await.unwrap();
    }
    let mut story = Story::begun(&*brain, "over").await;
    let mut commit = story.next(vec![opened(3), ended("first"), Event::IncidentClosed {}]);
    let found = Found { case: story.case, member: None };
    commit.index = vec![IndexChange::Put(Key::Number(Number(3)), found)];
    Arc::make_mut(&mut commit.head).step = 7;
    one(&*brain, commit).await.unwrap();
    assert!(brain.live(None, 10).await.unwrap().cases.is_empty());
    let found = differences(&*brain).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].to_string().contains("step is stored as 7, the events say 0"), "{}", found[0]);
}
