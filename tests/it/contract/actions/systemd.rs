//! `systemd` against a real systemd: what it says of a job is what the step ends with.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use tempfile::TempDir;
use warroom::adapters::actions::systemd::Systemd;
use warroom::domain::run::{Assignment, Ending};

use super::lab::{Lab, assignment, tail, text};
use super::suite;
use crate::world;

struct Host {
    lab: Lab,
    systemd: world::systemd::Systemd,
}

/// A systemd with a good unit, which counts its starts, and bad ones.
async fn host() -> Option<Host> {
    let folder = TempDir::new().unwrap();
    let unit = |service: &str| format!("[Unit]\nDefaultDependencies=no\n[Service]\n{service}\n");
    let started = folder.path().join("started");
    let web = unit(&format!(
        "ExecStartPre=/bin/sh -c 'echo started >> {}'\nExecStart=/bin/sleep 300\n\
         ExecReload=/bin/false",
        started.display()
    ));
    let bad = unit("Type=oneshot\nExecStart=/bin/false");
    let slow = unit("Type=oneshot\nExecStart=/bin/sleep 60\nTimeoutStartSec=90");
    let gone = unit("Type=exec\nExecStart=/no/such/program");
    let units = [
        ("web.service", web.as_str()),
        ("bad.service", &bad),
        ("slow.service", &slow),
        ("gone.service", &gone),
    ];
    let systemd = world::systemd::Systemd::start(folder.path(), &units).await?;
    let action = Systemd::new(allowed(), Some(systemd.bus()));
    Some(Host { lab: Lab::with(folder, vec![Arc::new(action)]), systemd })
}

fn allowed() -> Vec<String> {
    ["web.service", "bad.service", "slow.service", "gone.service", "absent*"]
        .map(str::to_owned)
        .into()
}

fn unit(number: u64, verb: &str, name: &str) -> Assignment {
    assignment(number, "systemd", &[("unit", text(name)), ("verb", text(verb))])
}

fn starts(folder: &Path) -> usize {
    fs::read_to_string(folder.join("started")).unwrap_or_default().lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_restarted_once_and_its_state_is_told() {
    let Some(host) = host().await else { return };
    let folder = host.lab.folder.path().to_owned();
    let step = unit(1, "restart", "web.service");
    let (planned, done) = suite::once(&host.lab, &step, || starts(&folder)).await;
    let Ending::Done { summary, .. } = planned else { panic!("{planned:?}") };
    assert_eq!(summary, "would restart web.service, which is inactive (dead)");
    let Ending::Done { outputs, .. } = &done else { panic!("{done:?}") };
    assert_eq!(outputs["before"], "inactive (dead)");
    assert_eq!(outputs["after"], "active (running)");
    assert!(tail(Some(done)).contains("web.service is active (running)"));
    let stopped = host.lab.run(&unit(2, "stop", "web.service")).await;
    let Some(Ending::Done { outputs, .. }) = stopped else { panic!("{stopped:?}") };
    assert_eq!(outputs["after"], "inactive (dead)");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatsystemd_says_of_a_job_is_how_the_step_ends() {
    let Some(host) = host().await else { return };
    for (number, name) in [(1, "bad.service"), (2, "gone.service")] {
        let ended = host.lab.run(&unit(number, "start", name)).await;
        let Some(Ending::Failed { why, .. }) = ended else { panic!("{ended:?}") };
        assert_eq!(why, format!("systemd says `failed`: {name} is failed (failed)"));
    }
    let refused = [
        (unit(3, "restart", "ssh.service"), "is not in executor.units"),
        (unit(4, "restart", "absent.service"), "the unit absent.service is not-found"),
        (unit(5, "reload", "bad.service"), "the unit bad.service cannot reload"),
        (unit(6, "restart", "web"), "is not in executor.units"),
        (unit(7, "kill", "web.service"), "is nothing that is done to a unit"),
    ];
    for (step, word) in refused {
        let ended = host.lab.run(&step).await;
        let Some(Ending::Refused { why }) = ended else { panic!("{word}: {ended:?}") };
        assert!(why.contains(word), "{why}");
    }
    let ended = host.lab.run(&unit(8, "reload", "web.service")).await;
    assert!(matches!(ended, Some(Ending::Failed { .. })), "it is not active: {ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_takes_too_long_is_given_up_and_the_unit_is_shown_as_it_is() {
    let Some(host) = host().await else { return };
    let mut step = unit(1, "start", "slow.service");
    step.timeout = TimeDelta::seconds(2);
    let ended = host.lab.run(&step).await;
    assert!(matches!(ended, Some(Ending::TimedOut { .. })), "{ended:?}");
    let mut look = unit(2, "start", "slow.service");
    look.is_dry = true;
    let Some(Ending::Done { summary, .. }) = host.lab.run(&look).await else { panic!("no look") };
    // A real systemd forgets a cancelled job and lets the unit go on: nobody must think it stopped.
    assert_eq!(summary, "would start slow.service, which is activating (start)");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bus_nothing_was_done() {
    let action = Systemd::new(allowed(), Some("unix:path=/nonexistent/bus".to_owned()));
    let lab = Lab::with(TempDir::new().unwrap(), vec![Arc::new(action)]);
    let ended = lab.run(&unit(1, "restart", "web.service")).await;
    let Some(Ending::Refused { why }) = ended else { panic!("{ended:?}") };
    assert!(why.starts_with("no connection to the bus of systemd"), "{why}");
}

#[test]
fn a_killed_executor_restarts_no_unit_twice() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(host) = runtime.block_on(host()) else { return };
    let (folder, bus) = (host.lab.folder.path().to_owned(), host.systemd.bus());
    let action = |_: &Path| Arc::new(Systemd::new(allowed(), Some(bus.clone()))) as Arc<_>;
    let step = unit(1, "restart", "web.service");
    suite::killed_anywhere(action, &step, || starts(&folder), &[0, 1, 2, 4, 8, 20, 200]);
}
