//! The runbooks that are shipped, played over real processes: a real executor runs them in its cage.
//!
//! `systemctl`, `systemd-run` and `tc` are stand-ins that note what they are told: nothing here may
//! change the machine. Programs, files and deaths are real.
#![expect(clippy::disallowed_methods, reason = "real programs of a test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use tempfile::TempDir;
use warroom::adapters::actions::cage::Limits;
use warroom::adapters::actions::exec::Exec;
use warroom::adapters::failure::Failure;
use warroom::domain::ids::EffectId;
use warroom::domain::run::{Assignment, How, Known, Mark, Phase};
use warroom::domain::runbook::Book;
use warroom::engine::runs::{Equipment, Executors, RunView, StepView};
use warroom::executor::Executor;

use super::lab::Lab;
use crate::contract::actions::lab as actions;

/// The file that the drill fills the disk with, as its runbook names it.
const FILL: &str = "/var/tmp/warroom-chaos-fill";

/// An executor of this process.
#[derive(Debug)]
struct Here(Arc<Executor>);

impl Executors for Here {
    fn start<'a>(
        &'a self,
        _: &'a str,
        assignment: &'a Assignment,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        self.0.start(assignment).boxed()
    }

    fn ask<'a>(&'a self, _: &'a str, key: EffectId) -> BoxFuture<'a, Result<Known, Failure>> {
        ready(Ok(self.0.ask(key))).boxed()
    }

    fn stop<'a>(&'a self, _: &'a str, key: EffectId) -> BoxFuture<'a, Result<(), Failure>> {
        self.0.stop(key);
        ready(Ok(())).boxed()
    }
}

struct Stage {
    lab: Lab,
    folder: PathBuf,
    _actions: actions::Lab,
}

impl Stage {
    /// The shipped runbooks, and stand-ins in front of the machine's programs.
    async fn set() -> Self {
        let temp = TempDir::new().unwrap();
        let folder = temp.path().to_owned();
        let note = format!("echo \"$(basename \"$0\") $*\" >> {}/said\n", folder.display());
        let at = folder.display();
        program(&folder, "systemd-run", &note);
        program(&folder, "tc", &note);
        let kill = format!("{note}[ \"$1\" != kill ] || kill -9 \"$(cat {at}/$3.pid)\"\n");
        program(&folder, "systemctl", &kill);
        program(&folder, "deployed", &format!("{note}cat {at}/version\n"));
        program(&folder, "deploy", &format!("{note}echo \"$3\" > {at}/version\n"));
        program(&folder, "rollback", &format!("{note}echo 1.0.1 > {at}/version\n"));
        fs::write(folder.join("version"), "1.0.2\n").unwrap();
        let mut cage = actions::cage(&folder, Limits::default());
        let path = format!("{at}/bin:/usr/bin:/bin");
        cage.environment = BTreeMap::from([("PATH".to_owned(), path)]);
        let actions = actions::Lab::with(temp, vec![Arc::new(Exec::new(cage))]);
        let lab = Lab::start("watch").await;
        let texts = warroom::wiring::runbook_texts(Path::new("runbooks")).unwrap();
        let (book, faults) = Book::parse(&texts, warroom::wiring::KINDS);
        assert!(faults.is_empty(), "{faults}");
        let executors: Arc<dyn Executors> = Arc::new(Here(actions.executor.clone()));
        let (book, executors) = (Arc::new(book), Some(executors));
        lab.engine.equip(Equipment { book, executors, halt_file: None });
        Self { lab, folder, _actions: actions }
    }

    /// Time passes faster while a check is under way: a program takes as long as it takes.
    fn pass_a_check(&self, run: &RunView, length: TimeDelta) {
        let is_check =
            |step: &StepView| step.mark == Some(Mark::Running) && step.does.starts_with("check");
        if run.steps.iter().any(is_check) {
            self.lab.clock.pass(length);
        }
    }

    /// What the stand-ins were told, a line each.
    fn said(&self) -> Vec<String> {
        let said = fs::read_to_string(self.folder.join("said")).unwrap_or_default();
        said.lines().map(str::to_owned).collect()
    }

    /// Ana asks, Ben agrees, and it goes to its end while time passes.
    async fn plays(&self, line: &str) -> RunView {
        let asked = self.lab.types("ana", line).await;
        assert!(asked.post.text.contains("waits for an approval"), "{}", asked.post.text);
        self.lab.types("ben", "approve 1").await;
        self.lab
            .run(1, |run| {
                self.pass_a_check(run, TimeDelta::seconds(2));
                run.ended_at.is_some()
            })
            .await
    }
}

fn program(folder: &Path, name: &str, lines: &str) {
    let file = folder.join("bin").join(name);
    fs::create_dir_all(folder.join("bin")).unwrap();
    fs::write(&file, format!("#!/bin/sh\nset -e\n{lines}")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A service that is killed when the test ends, whatever came before.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chaos_kill_kills_a_service_and_starts_it_again() {
    let stage = Stage::set().await;
    let mut service = Service(Command::new("sleep").arg("300").spawn().unwrap());
    fs::write(stage.folder.join("cms.pid"), service.0.id().to_string()).unwrap();
    let other = stage.lab.types("ana", "run chaos-kill shop").await;
    assert!(other.post.text.contains("which is not in `drill`"), "{}", other.post.text);
    let run = stage.plays("run chaos-kill cms").await;
    assert_eq!(run.phase, Phase::Over(How::Succeeded), "{}", run.post.text);
    assert_eq!(service.0.wait().unwrap().signal(), Some(9));
    let wanted = [
        "systemd-run --on-active=15min --unit=warroom-chaos-kill systemctl start cms",
        "systemctl kill --signal=SIGKILL cms",
        "systemctl start cms",
        "systemctl stop warroom-chaos-kill.timer",
    ];
    assert_eq!(stage.said(), wanted, "the end is armed before anything breaks");
}

#[tokio::test(flavor = "multi_thread")]
async fn chaos_fill_leaves_nothing_behind_even_when_nobody_notices() {
    let stage = Stage::set().await;
    stage.lab.is_healthy(0.0);
    let asked = stage.lab.types("ana", "run chaos-fill 3M").await;
    assert!(asked.post.text.contains("fallocate --length 3M"), "{}", asked.post.text);
    stage.lab.types("ben", "approve 1").await;
    let mut largest = 0;
    let run = stage.lab.run(1, |run| {
        let size = fs::metadata(FILL).map_or(0, |file| file.len());
        largest = largest.max(size);
        stage.pass_a_check(run, TimeDelta::minutes(2));
        run.ended_at.is_some()
    });
    assert_eq!(run.await.phase, Phase::Over(How::Undone));
    assert_eq!((largest, Path::new(FILL).exists()), (3 << 20, false));
    assert!(stage.said()[0].contains("--on-active=15min --unit=warroom-chaos-fill rm -f"));
}

#[tokio::test(flavor = "multi_thread")]
async fn chaos_delay_takes_its_delay_away() {
    let stage = Stage::set().await;
    let run = stage.plays("run chaos-delay 300ms interface=lo").await;
    assert_eq!(run.phase, Phase::Over(How::Succeeded), "{}", run.post.text);
    let said = stage.said();
    assert_eq!(said[1], "tc qdisc add dev lo root netem delay 300ms");
    assert_eq!(said[2], "tc qdisc del dev lo root netem");
    assert!(said[0].ends_with("tc qdisc del dev lo root netem") && said[3].contains("stop"));
}

#[tokio::test(flavor = "multi_thread")]
async fn deploy_service_brings_a_version_and_says_so() {
    let stage = Stage::set().await;
    let run = stage.plays("deploy cms staging 1.0.3").await;
    assert_eq!(run.phase, Phase::Over(How::Succeeded), "{}", run.post.text);
    let wanted = "Content Management System: deployed version 1.0.3 to staging in";
    assert!(run.post.text.starts_with(wanted), "{}", run.post.text);
    let version = fs::read_to_string(stage.folder.join("version")).unwrap();
    assert_eq!(version, "1.0.3\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn deploy_service_comes_back_to_what_ran_when_it_does_not_answer() {
    let stage = Stage::set().await;
    stage.lab.is_healthy(0.0);
    let run = stage.plays("deploy cms production 1.0.3").await;
    assert_eq!(run.phase, Phase::Over(How::Undone), "{}", run.post.text);
    let deploys: Vec<String> =
        stage.said().into_iter().filter(|line| line.starts_with("deploy ")).collect();
    assert_eq!(deploys, ["deploy cms production 1.0.3", "deploy cms production 1.0.2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_service_brings_the_version_before() {
    let stage = Stage::set().await;
    let run = stage.plays("rollback cms production").await;
    assert_eq!(run.phase, Phase::Over(How::Succeeded), "{}", run.post.text);
    assert_eq!(stage.said(), ["rollback cms production"]);
    assert_eq!(fs::read_to_string(stage.folder.join("version")).unwrap(), "1.0.1\n");
}
