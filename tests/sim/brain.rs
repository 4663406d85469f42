//! A node's handle on the simulated brain, with all its bad habits: answers get lost before and
//! after the write, commands arrive twice, others commit first, words about changes get lost, and
//! the process dies before, between and after its writes.
//!
//! Left out until there is a detector of rollbacks to test: a suffix rolled back at failover, two
//! masters for a while, eviction, amnesia (rows 16 to 20 of `faults.md`).

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use tokio::sync::broadcast;
use warroom::brain::{
    Answer, At, Brain, Change, Claimed, Commit, Committed, Document, Error, Found, Health, Key,
    Kind, Lease, Limit, Loaded, Logged, Page, Permit, Position, RowId, Rows, Token,
};
use warroom::domain::ids::{CaseId, Number};
use warroom::domain::incident::Stored;

use crate::clock::sleep;
use crate::world::{Life, Shared, World};
use crate::writing;

/// How many shards the simulated brain has: few, so that groups share one.
pub(crate) const SHARDS: u16 = 4;

/// One node's connection.
#[derive(Debug, Clone)]
pub(crate) struct SimBrain {
    pub(crate) world: Shared,
    pub(crate) life: Arc<Life>,
}

impl SimBrain {
    /// The way there: the call may be slow or lost, and the caller may die.
    async fn before(&self, call: &'static str) -> Result<(), Error> {
        self.life.pass().await;
        let (wait, is_lost, dies) = {
            let mut world = self.world.lock();
            let habits = world.habits;
            let is_slow = world.strikes(habits.slow, "fault_21: a slow brain");
            let wait = if is_slow { world.chance.below(4000) } else { world.chance.below(4) };
            let is_lost = habits.brain_away
                || world.strikes(habits.lost_before, "fault_21: a call that never arrived");
            (wait, is_lost, world.strikes(habits.crash_before, "fault_01: died before the append"))
        };
        self.come_back(call, dies).await;
        sleep(Duration::from_millis(wait)).await;
        self.life.pass().await;
        self.lost(call, is_lost, "on the way").await
    }

    /// The way back.
    async fn after(&self, call: &'static str) -> Result<(), Error> {
        let (is_lost, dies) = {
            let mut world = self.world.lock();
            let habits = world.habits;
            let is_lost = world.strikes(habits.lost_after, "fault_02: a lost answer");
            (is_lost, world.strikes(habits.crash_after, "fault_02: died after the append"))
        };
        self.come_back(call, dies).await;
        self.lost(call, is_lost, "on the way back").await?;
        self.life.pass().await;
        Ok(())
    }

    async fn come_back(&self, call: &'static str, dies: bool) {
        if dies {
            self.world.note(format_args!("{} dies at {call}", self.life.name));
            self.life.kill();
            self.life.pass().await;
        }
    }

    async fn lost(&self, call: &'static str, is_lost: bool, place: &str) -> Result<(), Error> {
        if !is_lost {
            return Ok(());
        }
        self.world.note(format_args!("{} {call} is lost {place}", self.life.name));
        sleep(Duration::from_millis(1000)).await;
        self.life.pass().await;
        Err(Error::Away(format!("{call} got no answer")))
    }

    async fn call<T>(
        &self,
        call: &'static str,
        act: impl FnOnce(&mut World) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        self.before(call).await?;
        let answer = act(&mut self.world.lock());
        if let Err(error) = &answer {
            self.world.note(format_args!("{} {call}: {error}", self.life.name));
        }
        self.after(call).await?;
        answer
    }

    async fn one_commit(&self, commit: Commit) -> Result<Committed, Error> {
        let (is_conflict, is_repeated, dies) = {
            let mut world = self.world.lock();
            let habits = world.habits;
            (
                world.strikes(habits.conflict, "fault_24: somebody else was first"),
                world.strikes(habits.repeated, "fault_15: a command that arrives twice"),
                world.strikes(habits.crash_before, "fault_01: died between two appends"),
            )
        };
        self.come_back("commit", dies).await;
        let label = writing::label(&commit);
        let now = self.world.time();
        let answer = if is_conflict {
            Err(Error::Conflict)
        } else {
            let mut world = self.world.lock();
            if is_repeated {
                let first = writing::commit(&mut world, commit.clone(), now);
                let second = writing::commit(&mut world, commit, now);
                if first != second {
                    world.fail(format!("a repeated command had two answers: {label}"));
                }
                first
            } else {
                writing::commit(&mut world, commit, now)
            }
        };
        let verdict = answer.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
        self.world.note(format_args!("{} commit {label}: {verdict}", self.life.name));
        answer
    }
}

impl Brain for SimBrain {
    fn shards(&self) -> u16 {
        SHARDS
    }

    fn load(&self, wanted: Vec<(At, Rows)>) -> Answer<'_, Vec<Option<Loaded>>> {
        Box::pin(self.call("load", move |world| {
            Ok(wanted.iter().map(|(at, rows)| world.store.load(at, rows)).collect())
        }))
    }

    fn commit(
        &self,
        commits: Vec<Commit>,
    ) -> futures_util::future::BoxFuture<'_, Vec<Result<Committed, Error>>> {
        Box::pin(async move {
            let count = commits.len();
            if let Err(error) = self.before("commit").await {
                return vec![Err(error); count];
            }
            let mut answers = Vec::with_capacity(count);
            for commit in commits {
                answers.push(self.one_commit(commit).await);
            }
            match self.after("commit").await {
                Err(error) => vec![Err(error); count],
                Ok(()) => answers,
            }
        })
    }

    fn claim(&self, now: DateTime<Utc>, max: usize, lease: Lease) -> Answer<'_, Vec<Claimed>> {
        Box::pin(async move {
            let claimed =
                self.call("claim", |world| Ok(writing::claim(world, now, max, &lease))).await?;
            for row in &claimed {
                let attempt = row.attempt;
                self.world
                    .note(format_args!("{} claimed {} try {attempt}", self.life.name, row.row));
            }
            Ok(claimed)
        })
    }

    fn renew(&self, row: RowId, token: Token, lease: Lease) -> Answer<'_, ()> {
        Box::pin(self.call("renew", move |world| world.store.hold(row, token, lease.until)))
    }

    fn postpone(&self, row: RowId, token: Token, due: DateTime<Utc>) -> Answer<'_, ()> {
        Box::pin(self.call("postpone", move |world| world.store.postpone(row, token, due)))
    }

    fn next_due(&self) -> Answer<'_, Option<DateTime<Utc>>> {
        Box::pin(
            self.call("next_due", |world| Ok(world.store.agenda.values().map(|row| row.due).min())),
        )
    }

    fn find(&self, keys: Vec<Key>) -> Answer<'_, Vec<Vec<Found>>> {
        Box::pin(
            self.call("find", move |world| {
                Ok(keys.iter().map(|key| world.store.find(key)).collect())
            }),
        )
    }

    fn events(&self, case: CaseId, from: u64, max: usize) -> Answer<'_, Vec<Stored>> {
        Box::pin(self.call("events", move |world| Ok(world.store.events(case, from, max))))
    }

    fn events_at(&self, case: CaseId, numbers: Vec<u64>) -> Answer<'_, Vec<Stored>> {
        Box::pin(self.call("events_at", move |world| Ok(world.store.events_at(case, &numbers))))
    }

    fn live(&self, after: Option<CaseId>, max: usize) -> Answer<'_, Page> {
        Box::pin(self.call("live", move |world| Ok(world.store.live(after, max))))
    }

    fn next_number(&self) -> Answer<'_, Number> {
        Box::pin(self.call("next_number", |world| Ok(world.store.next_number())))
    }

    fn last_number(&self) -> Answer<'_, Number> {
        Box::pin(self.call("last_number", |world| Ok(Number(world.store.number))))
    }

    fn documents(&self, kind: Kind) -> Answer<'_, Vec<Document>> {
        Box::pin(self.call("documents", move |world| Ok(world.store.documents(kind))))
    }

    fn put(
        &self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Answer<'_, u64> {
        Box::pin(self.call("put", move |world| {
            let version = world.store.put(kind, id, expected, body)?;
            writing::tell(world, Change::Document(kind));
            Ok(version)
        }))
    }

    fn take(&self, limits: Vec<Limit>, now: DateTime<Utc>) -> Answer<'_, (Permit, CompactString)> {
        Box::pin(self.call("take", move |world| Ok(world.store.take(&limits, now))))
    }

    fn append(&self, log: CompactString, id: CompactString, body: Vec<u8>) -> Answer<'_, u64> {
        Box::pin(self.call("append", move |world| {
            let number = world.store.append(&log, id, body)?;
            writing::tell(world, Change::Log(log, number));
            Ok(number)
        }))
    }

    fn read(&self, log: CompactString, from: u64, max: usize) -> Answer<'_, Vec<Logged>> {
        Box::pin(self.call("read", move |world| Ok(world.store.read(&log, from, max))))
    }

    fn length(&self, log: CompactString) -> Answer<'_, u64> {
        Box::pin(self.call("length", move |world| Ok(world.store.length(&log))))
    }

    fn discard(&self, log: CompactString) -> Answer<'_, ()> {
        Box::pin(self.call("discard", move |world| {
            world.store.logs.remove(&log);
            Ok(())
        }))
    }

    fn watch(&self) -> broadcast::Receiver<Change> {
        self.world.lock().changes.subscribe()
    }

    fn position(&self) -> Answer<'_, Position> {
        Box::pin(self.call("position", |_| Ok(Position::default())))
    }

    fn health(&self) -> Answer<'_, Health> {
        Box::pin(self.call("health", |_| {
            Ok(Health {
                brain: "simulated".to_owned(),
                id: "simulated".to_owned(),
                is_shared: true,
                shards: SHARDS,
                replicas: 0,
                warnings: Vec::new(),
            })
        }))
    }
}
