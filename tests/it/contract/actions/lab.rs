//! An executor in this process, with a ledger in a folder of its own, and somebody who hears it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures_util::future::BoxFuture;
use tempfile::TempDir;
use warroom::adapters::actions::Action;
use warroom::adapters::actions::cage::{Cage, Limits};
use warroom::adapters::actions::exec::Exec;
use warroom::adapters::failure::Failure;
use warroom::domain::ids::{CaseId, EffectId};
use warroom::domain::run::{Assignment, Ending, Filled, Known, Order, Part, PlanHash, Report};
use warroom::domain::secret::Secret;
use warroom::engine::clock::System;
use warroom::executor::{Executor, Halt, Hears, Ledger, Parts, Redactor};

use crate::world::wait::until;

/// Longer than any step here takes on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// Hears every word.
#[derive(Debug, Default)]
pub(crate) struct Ear(Mutex<Vec<Report>>);

impl Hears for Ear {
    fn report(&self, report: Report) -> BoxFuture<'_, Result<(), Failure>> {
        self.0.lock().unwrap().push(report);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The executor and its folder.
pub(crate) struct Lab {
    pub(crate) folder: TempDir,
    pub(crate) executor: Arc<Executor>,
    pub(crate) ear: Arc<Ear>,
}

impl Lab {
    /// With `exec` in the cage of these limits.
    pub(crate) fn new(limits: Limits) -> Self {
        let folder = TempDir::new().unwrap();
        let exec = Exec::new(cage(folder.path(), limits));
        Self::with(folder, vec![Arc::new(exec)])
    }

    /// With these actions.
    pub(crate) fn with(folder: TempDir, actions: Vec<Arc<dyn Action>>) -> Self {
        let ear = Arc::new(Ear::default());
        let (ledger, lost) = Ledger::open(folder.path(), Utc::now()).unwrap();
        let halt = Halt::in_folder(folder.path());
        let redactor = Redactor::new([Secret::new("hunter2-the-secret")]);
        let clock = Arc::new(System::default());
        let hears = ear.clone();
        let parts = Parts { ledger, lost, actions, hears, clock, halt, redactor };
        Self { folder, executor: Executor::new(parts), ear }
    }

    /// Starts it and waits for its end; none: nobody knows.
    pub(crate) async fn run(&self, assignment: &Assignment) -> Option<Ending> {
        self.executor.start(assignment).await.unwrap();
        self.ended(assignment.key).await
    }

    /// The end of what was started; none: nobody knows.
    pub(crate) async fn ended(&self, key: EffectId) -> Option<Ending> {
        until("the step ends", SOON, async || {
            let heard = self.ear.0.lock().unwrap();
            heard.iter().filter(|report| report.key == key).find_map(|it| match &it.known {
                Known::Ended { ending } => Some(Some(ending.clone())),
                Known::Lost { .. } => Some(None),
                Known::Running { .. } | Known::Nothing => None,
            })
        })
        .await
    }

    /// Why nobody knows how it ended.
    pub(crate) fn lost(&self, key: EffectId) -> Option<String> {
        let heard = self.ear.0.lock().unwrap();
        heard.iter().filter(|report| report.key == key).find_map(|it| match &it.known {
            Known::Lost { why } => Some(why.clone()),
            Known::Ended { .. } | Known::Running { .. } | Known::Nothing => None,
        })
    }

    /// Forgets what was heard of a key, so that the next word on it is a new one.
    pub(crate) fn forget(&self, key: EffectId) {
        self.ear.0.lock().unwrap().retain(|report| report.key != key);
    }

    /// What is left when the executor is gone.
    pub(crate) fn folder_alone(self) -> TempDir {
        self.folder
    }

    /// Everything that left the executor, as text.
    pub(crate) fn heard(&self) -> String {
        serde_json::to_string(&*self.ear.0.lock().unwrap()).unwrap()
    }
}

/// A cage whose keeper is the real program.
pub(crate) fn cage(folder: &Path, limits: Limits) -> Cage {
    Cage {
        binary: PathBuf::from(env!("CARGO_BIN_EXE_warroom")),
        folder: folder.join("work"),
        limits,
        user: None,
        environment: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
    }
}

/// One step of run `number`, which does this.
pub(crate) fn assignment(number: u64, kind: &str, with: &[(&str, Filled)]) -> Assignment {
    let run = CaseId { shard: 1, serial: number };
    let with = with.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
    Assignment {
        key: EffectId { case: run, event: number, index: 0 },
        run,
        number,
        runbook: "test".into(),
        part: Part::Steps,
        step: 0,
        name: "step".into(),
        target: format!("service/{number}"),
        fence: 1,
        plan: PlanHash("aa".into()),
        approved: Some(PlanHash("aa".into())),
        not_after: Utc::now() + TimeDelta::minutes(5),
        actor: "ana".into(),
        timeout: TimeDelta::seconds(30),
        is_dry: false,
        order: Order { kind: kind.into(), with },
    }
}

/// Words as a value.
pub(crate) fn words(words: &[&str]) -> Filled {
    Filled::List(words.iter().map(|word| (*word).to_owned()).collect())
}

/// A text as a value.
pub(crate) fn text(text: &str) -> Filled {
    Filled::Text(text.to_owned())
}

/// A run of a program.
pub(crate) fn exec(number: u64, argv: &[&str]) -> Assignment {
    assignment(number, "exec", &[("argv", words(argv))])
}

/// A run of a line of shell.
pub(crate) fn shell(number: u64, line: &str) -> Assignment {
    exec(number, &["bash", "-c", line])
}

/// The last lines of an end.
pub(crate) fn tail(ending: Option<Ending>) -> String {
    match ending {
        Some(
            Ending::Done { tail, .. }
            | Ending::Failed { tail, .. }
            | Ending::TimedOut { tail }
            | Ending::Stopped { tail },
        ) => tail,
        Some(Ending::Refused { why }) => panic!("it was refused: {why}"),
        None => panic!("nobody knows how it ended"),
    }
}
