//! The executor as a process of its own: it connects to a server, is killed at any moment, and starts
//! nothing twice.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tempfile::TempDir;
use warroom::adapters::failure::Failure;
use warroom::domain::ids::{CaseId, EffectId};
use warroom::domain::run::{Assignment, Ending, Filled, Known, Order, Part, PlanHash};
use warroom::domain::secret::Secret;
use warroom::engine::clock::{Clock, System};
use warroom::engine::runs::Executors as _;
use warroom::executor::{Hub, Seats};

use crate::contract::actions::lab::Ear;
use crate::server::lab::seats_at;
use crate::world::process::Process;
use crate::world::wait::{pass, until};

const SOON: Duration = Duration::from_secs(60);

/// A server with a seat, and the folder of the executor.
struct Lab {
    folder: TempDir,
    hub: Arc<Hub>,
    address: String,
}

impl Lab {
    async fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(System::default());
        let labels = [("zone".to_owned(), vec!["db".to_owned()])].into();
        let hub = Arc::new(Hub::new(&labels, &clock));
        let tokens = [("zone".to_owned(), Secret::new("its-token"))].into();
        let hears = Arc::new(Ear::default());
        let seats = Seats { hub: hub.clone(), tokens, hears };
        let address = seats_at(seats).await;
        Self { folder: TempDir::new().unwrap(), hub, address }
    }

    fn start(&self, token: &str) -> Process {
        let config = format!(
            "[executor]\nserver = \"http://{}\"\nname = \"zone\"\ntoken = \"{token}\"\ndir = \"{}\"\n",
            self.address,
            self.folder.path().join("ledger").display()
        );
        let file = self.folder.path().join("executor.toml");
        fs::write(&file, config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.args(["executor", "--config"]).arg(file);
        Process::start("executor", &mut command, self.folder.path())
    }

    async fn known(&self, key: EffectId) -> Known {
        until("the executor answers", SOON, async || self.hub.ask("db", key).await.ok()).await
    }

    async fn ended(&self, key: EffectId) -> Known {
        until("it has ended", SOON, async || match self.hub.ask("zone", key).await.ok()? {
            Known::Running { .. } => None,
            known => Some(known),
        })
        .await
    }
}

fn appends(number: u64, file: &Path, then: &str) -> Assignment {
    let run = CaseId { shard: 1, serial: number };
    let line = format!("echo {number} >> {}; {then}", file.display());
    let argv = ["sh", "-c", &line].map(str::to_owned).into();
    Assignment {
        key: EffectId { case: run, event: 1, index: 0 },
        run,
        number,
        runbook: "test".into(),
        part: Part::Steps,
        step: 0,
        name: "step".into(),
        target: format!("t{number}"),
        fence: number,
        plan: PlanHash("aa".into()),
        approved: None,
        not_after: Utc::now() + TimeDelta::minutes(10),
        actor: "ana".into(),
        timeout: TimeDelta::seconds(60),
        is_dry: false,
        order: Order { kind: "exec".into(), with: [("argv".into(), Filled::List(argv))].into() },
    }
}

fn count(file: &Path, number: u64) -> usize {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter(|line| *line == number.to_string()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_elsewhere_connects_runs_and_answers() {
    let lab = Lab::new().await;
    let file = lab.folder.path().join("ran");
    let away = lab.hub.start("db", &appends(1, &file, "true")).await;
    assert!(matches!(away, Err(Failure::Retry { .. })), "nobody is connected: {away:?}");

    let mut process = lab.start("its-token");
    assert_eq!(lab.known(appends(1, &file, "true").key).await, Known::Nothing);
    let step = appends(2, &file, "echo said");
    lab.hub.start("db", &step).await.unwrap();
    let known = lab.ended(step.key).await;
    let Known::Ended { ending: Ending::Done { tail, .. } } = known else { panic!("{known:?}") };
    assert_eq!((tail.as_str(), count(&file, 2)), ("said", 1));
    let again = lab.hub.start("zone", &step).await;
    assert!(matches!(again, Err(Failure::Unknown { .. })), "{again:?}");

    let long = appends(3, &file, "sleep 300");
    lab.hub.start("db", &long).await.unwrap();
    lab.hub.stop("db", long.key).await.unwrap();
    let known = lab.ended(long.key).await;
    assert!(matches!(known, Known::Ended { ending: Ending::Stopped { .. } }), "{known:?}");
    assert!(process.terminate(Duration::from_secs(30)).success());
    assert_eq!(count(&file, 2), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_with_a_wrong_token_is_sent_away() {
    let lab = Lab::new().await;
    let mut process = lab.start("another-token");
    until("it gives up", SOON, async || process.ended()).await;
    assert!(process.log().contains("the server refuses this executor"), "{}", process.log());
    assert!(!process.log().contains("another-token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_06_a_killed_executor_runs_nothing_twice_and_calls_the_rest_lost() {
    let lab = Lab::new().await;
    let file = lab.folder.path().join("ran");
    let mut started = Vec::new();
    for round in 0..8_u64 {
        let mut process = lab.start("its-token");
        let first = round * 10 + 1;
        let steps: Vec<Assignment> = (first..first + 4)
            .map(|number| {
                appends(number, &file, if number % 2 == 0 { "true" } else { "sleep 300" })
            })
            .collect();
        lab.known(steps[0].key).await;
        let killed_after = Duration::from_millis(round * 37);
        let orders = async {
            for step in &steps {
                // What becomes of it is asked below.
                lab.hub.start("db", step).await.ok();
            }
        };
        tokio::select! {
            () = orders => {}
            () = pass(killed_after) => {}
        }
        process.kill9();
        started.extend(steps);
    }

    let mut process = lab.start("its-token");
    for step in &started {
        let known = lab.ended(step.key).await;
        let ran = count(&file, step.number);
        match known {
            Known::Nothing => {
                assert_eq!(ran, 0, "{} ran, and the ledger does not know", step.number)
            }
            Known::Lost { .. } => assert!(ran <= 1, "{} ran {ran} times", step.number),
            Known::Ended { .. } => assert_eq!(ran, 1, "{}", step.number),
            Known::Running { .. } => panic!("{} cannot run", step.number),
        }
        if known != Known::Nothing {
            let again = lab.hub.start("db", step).await;
            assert!(matches!(again, Err(Failure::Unknown { .. })), "{again:?}");
            assert_eq!(count(&file, step.number), ran);
        }
    }
    let sleeps =
        Command::new("pgrep").args(["-f", &format!("echo [0-9]* >> {}", file.display())]).output();
    let left = String::from_utf8_lossy(&sleeps.unwrap().stdout).lines().count();
    assert_eq!(left, 0, "programs of dead executors go on");
    process.terminate(Duration::from_secs(30));
}
