//! What an executor refuses, whoever sends it, and what a link does not open.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use warroom::adapters::actions::cage::Limits;
use warroom::adapters::actions::exec::Exec;
use warroom::adapters::actions::ssh::{Inventory, Ssh};
use warroom::adapters::failure::Failure;
use warroom::domain::ids::Number;
use warroom::domain::run::{Assignment, Ending, Filled, PlanHash};
use warroom::executor::Halt;

use super::Row;
use crate::contract::actions::lab::{Lab, assignment, cage, exec, text, words};
use crate::runs;

pub(super) async fn rows() -> Vec<Row> {
    let mut rows = gate().await;
    rows.extend(actions().await);
    rows.extend(links().await);
    rows
}

async fn refused(lab: &Lab, kind: &'static str, step: &Assignment) -> Row {
    let said = match lab.executor.start(step).await.unwrap_err() {
        Failure::Refused { why } | Failure::Unknown { why } => why,
        other => panic!("{kind}: {other:?}"),
    };
    Row { kind, attempt: format!("a server: {}", step.order.kind), said }
}

/// One step that leaves a mark for each time it runs.
fn step(lab: &Lab, number: u64) -> Assignment {
    let file = lab.folder.path().join("count").display().to_string();
    let mut step = exec(number, &["bash", "-c", &format!("echo ran >> {file}")]);
    step.target = "db".to_owned();
    step
}

async fn gate() -> Vec<Row> {
    let lab = Lab::new(Limits::default());
    let first = Assignment { fence: 5, ..step(&lab, 1) };
    lab.run(&first).await.unwrap();
    let long_ago: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let later = |number| Assignment { fence: 6, ..step(&lab, number) };
    let wrong = Some(PlanHash("bb".into()));
    let mut rows = vec![
        refused(&lab, "started before", &first).await,
        refused(&lab, "old fence", &Assignment { fence: 4, ..step(&lab, 2) }).await,
        refused(&lab, "another's fence", &Assignment { fence: 5, ..step(&lab, 3) }).await,
        refused(&lab, "wrong hash", &Assignment { approved: wrong, ..later(4) }).await,
        refused(&lab, "too late", &Assignment { not_after: long_ago, ..later(5) }).await,
        refused(&lab, "no such action", &{
            let mut step = later(6);
            step.order.kind = "rm".into();
            step
        })
        .await,
    ];
    let mut busy = exec(7, &["sleep", "300"]);
    (busy.target, busy.fence) = ("other".to_owned(), 1);
    lab.executor.start(&busy).await.unwrap();
    let second = Assignment { target: "other".to_owned(), ..later(8) };
    rows.push(refused(&lab, "busy target", &second).await);
    lab.executor.stop(busy.key);
    lab.ended(busy.key).await;
    Halt::in_folder(lab.folder.path()).set("it makes it worse").unwrap();
    rows.push(refused(&lab, "halted machine", &later(9)).await);
    let count = std::fs::read_to_string(lab.folder.path().join("count")).unwrap();
    assert_eq!(count, "ran\n", "I5");
    rows
}

async fn actions() -> Vec<Row> {
    let folder = TempDir::new().unwrap();
    let caged = || cage(folder.path(), Limits::default());
    let inventory = Inventory { hosts: BTreeMap::new(), known_hosts: None };
    let (exec, ssh) = (Exec::new(caged()), Ssh::new(caged(), inventory));
    let lab = Lab::with(TempDir::new().unwrap(), vec![Arc::new(exec), Arc::new(ssh)]);
    let mut rows = Vec::new();
    let variables = ["LD_PRELOAD", "PATH", "BASH_ENV", "A=B"];
    let steps = variables.map(|name| {
        let value = Filled::Map([(name.to_owned(), "/x".to_owned())].into());
        ("variable", name, vec![("argv", words(&["env"])), ("environment", value)])
    });
    let hosts = ["nowhere", "-oProxyCommand=x", "127.0.0.1"].map(|host| {
        ("foreign host", host, vec![("host", text(host)), ("command", words(&["true"]))])
    });
    let programs = [("no program", "none", vec![("argv", words(&["no-such-program-here"]))])];
    for (number, (kind, what, with)) in (1..).zip(steps.into_iter().chain(hosts).chain(programs)) {
        let action = if kind == "foreign host" { "ssh" } else { "exec" };
        let ended = lab.run(&assignment(number, action, &with)).await;
        let Some(Ending::Refused { why: said }) = ended else { panic!("{what}: {ended:?}") };
        rows.push(Row { kind, attempt: format!("a server: {action} with {what}"), said });
    }
    rows
}

/// Links that answer pages: what is not ours, not whole, or over opens nothing.
async fn links() -> Vec<Row> {
    let lab = runs::lab::Lab::start("watch").await;
    let links = lab.engine.links();
    let token = links.token("ana", Number(1)).await.unwrap();
    let foreign = runs::lab::Lab::start("watch").await.engine.links().token("ana", Number(1)).await;
    let mut rows = Vec::new();
    let cut = token.get(..token.len() - 2).unwrap().to_owned();
    for (what, token) in [("cut", cut), ("another's", foreign.unwrap()), ("no", String::new())] {
        let said = links.read(&token).await.unwrap_err().to_string();
        rows.push(Row { kind: "forged link", attempt: format!("a browser: {what} link"), said });
    }
    lab.clock.pass(TimeDelta::hours(25));
    let said = links.read(&token).await.unwrap_err().to_string();
    rows.push(Row { kind: "old link", attempt: "a browser: yesterday's link".to_owned(), said });
    rows
}
