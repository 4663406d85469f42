//! Commits: one script each, all of a call in one round trip.
//!
//! Index entries are put before the scripts run, and removed after they have succeeded.

use std::collections::BTreeSet;

use redis::Value;

use super::agenda::{local_id, timer_item};
use super::index::{self, Put};
use super::scripts::{ANSWERS_TTL_MS, COMMIT, Step};
use super::session::{Link, Reply};
use super::store::Redis;
use super::value::{micros, read, time, unreadable};
use crate::brain::codec::{decode, encode};
use crate::brain::{Claimed, Commit, Committed, Error, IndexChange, Item, RowId, Token};
use crate::domain::incident::{Class, Effect, TimerSet};

impl Redis {
    pub(super) async fn commit_all(&self, commits: Vec<Commit>) -> Vec<Result<Committed, Error>> {
        let mut steps = Vec::with_capacity(commits.len());
        for commit in &commits {
            match self.step(commit) {
                Ok(step) => steps.push(step),
                Err(error) => return commits.iter().map(|_| Err(error.clone())).collect(),
            }
        }
        let puts = self.puts(&commits);
        let (put, replies) = self.send(&commits, &puts, steps).await;
        let answers: Vec<_> =
            commits.iter().zip(replies).map(|(c, reply)| answer(c, reply)).collect();
        self.tidy_index(&commits, &answers, &puts, &put).await;
        answers
    }

    /// The entries that the commits put, each with the place of its commit.
    fn puts(&self, commits: &[Commit]) -> Vec<(usize, Put)> {
        let mut puts = Vec::new();
        for (place, commit) in commits.iter().enumerate() {
            for change in &commit.index {
                if let IndexChange::Put(key, found) = change {
                    puts.push((place, Put::new(&self.keys, key, *found, commit.head.version)));
                }
            }
        }
        puts
    }

    /// Entries first, then the scripts: in one pipeline where one server keeps their order, one
    /// after the other in a cluster.
    async fn send(
        &self,
        commits: &[Commit],
        puts: &[(usize, Put)],
        steps: Vec<Step>,
    ) -> (Vec<Reply>, Vec<Reply>) {
        let shards: BTreeSet<u16> = commits.iter().map(|commit| commit.case.shard).collect();
        let marks: Vec<String> = shards.into_iter().map(|shard| self.keys.barrier(shard)).collect();
        let first: Vec<Step> = puts.iter().map(|(_, put)| put.step()).collect();
        let (put, mut replies) = match &*self.session.link {
            Link::Cluster(_) if !first.is_empty() => {
                let put = self.session.all(first).await;
                if let Some(error) = put.iter().find_map(|reply| reply.as_ref().err()) {
                    let refused = steps.iter().map(|_| Err(error.clone())).collect();
                    return (put, refused);
                }
                (put, self.session.durably(steps, &marks).await)
            }
            Link::Cluster(_) | Link::One(_) => {
                let mut put =
                    self.session.durably(first.into_iter().chain(steps).collect(), &marks).await;
                let replies = put.split_off(puts.len());
                (put, replies)
            }
        };
        for ((place, _), reply) in puts.iter().zip(&put) {
            if let (Err(error), Some(answer)) = (reply, replies.get_mut(*place)) {
                *answer = Err(error.clone());
            }
        }
        (put, replies)
    }

    fn step(&self, commit: &Commit) -> Result<Step, Error> {
        let Commit { case, head, .. } = commit;
        let lease = commit.lease.as_ref();
        let (settled, settled_row, token) = match &commit.settles {
            None => (String::new(), String::new(), 0),
            Some((row, token)) if row.case().shard == case.shard => {
                (format!("{:016x}", row.case().serial), local_id(row), token.0)
            }
            Some((row, _)) => {
                return Err(Error::Unusable(format!("a commit of {case} cannot settle {row}")));
            }
        };
        let step = Step::script(&COMMIT, self.keys.shard(case.shard))
            .arg(self.keys.changes())
            .arg(format!("{:032x}", commit.command))
            .arg(ANSWERS_TTL_MS)
            .arg(format!("{:016x}", case.serial))
            .arg(commit.expected)
            .arg(commit.replaces.map_or_else(String::new, |old| format!("{:016x}", old.serial)))
            .arg(u8::from(commit.is_current))
            .arg(head.group.0.as_str())
            .arg(head.version)
            .arg(encode("a case", head)?)
            .arg(u8::from(head.is_live()))
            .arg(u8::from(commit.forget))
            .arg(micros(commit.now))
            .arg(lease.map_or(0, |lease| micros(lease.until)))
            .arg(lease.map_or("", |lease| lease.holder.as_str()))
            .arg(settled)
            .arg(settled_row)
            .arg(token);
        rows(step, commit)
    }
}

/// The counted lists at the end: members, events, effects, timers.
fn rows(mut step: Step, commit: &Commit) -> Result<Step, Error> {
    step = step.arg(commit.members.len());
    for (fingerprint, member) in &commit.members {
        step = step.arg(fingerprint.to_string()).arg(encode("a member", member)?);
    }
    step = step.arg(commit.events.len());
    for event in &commit.events {
        step = step.arg(encode("an event", event)?);
    }
    step = step.arg(commit.effects.len());
    for (id, effect) in &commit.effects {
        step = step
            .arg(local_id(&RowId::Effect(*id)))
            .arg(encode("an effect", &ItemRef::Effect { effect })?)
            .arg(u8::from(starts_at_once(commit, effect)));
    }
    step = step.arg(commit.timers.len());
    for (timer, set) in &commit.timers {
        let (due, mode) = match set {
            TimerSet::At(due) => (micros(*due), "at"),
            TimerSet::NoLaterThan(due) => (micros(*due), "by"),
            TimerSet::Cancel => (0, "cancel"),
        };
        step =
            step.arg(timer.name()).arg(encode("a timer", &timer_item(*timer))?).arg(due).arg(mode);
    }
    Ok(step)
}

/// [`Item`] without a copy of the effect.
#[derive(serde::Serialize)]
#[serde(tag = "item", rename_all = "snake_case")]
enum ItemRef<'a> {
    Effect { effect: &'a Effect },
}

fn starts_at_once(commit: &Commit, effect: &Effect) -> bool {
    commit.lease.is_some() && effect.class() != Class::AtMostOnce
}

/// `ok` and the token of each new effect, 0 for those that nobody holds.
fn answer(commit: &Commit, reply: Reply) -> Result<Committed, Error> {
    let text: String = read("the answer to a commit", reply)?;
    let tokens = match text.split_once(' ') {
        None if text == "conflict" => return Err(Error::Conflict),
        None if text == "replaced" => return Err(Error::Replaced),
        None if text == "lost" => return Err(Error::LeaseLost),
        None if text == "ok" => "",
        Some(("ok", tokens)) => tokens,
        _ => return Err(unreadable("the answer to a commit", text)),
    };
    let mut claimed = Vec::new();
    for ((id, effect), token) in commit.effects.iter().zip(tokens.split_terminator(' ')) {
        let token = token.parse().map_err(|error| unreadable("a token", error))?;
        if token > 0 {
            let row = RowId::Effect(*id);
            let item = Item::Effect { effect: effect.clone() };
            let due = time(micros(commit.now));
            claimed.push(Claimed { row, item, due, attempt: 1, token: Token(token) });
        }
    }
    Ok(Committed { claimed })
}

impl Redis {
    /// Removes what succeeded commits remove, and takes back what refused ones put. If this fails,
    /// entries dangle, which they may.
    async fn tidy_index(
        &self,
        commits: &[Commit],
        answers: &[Result<Committed, Error>],
        puts: &[(usize, Put)],
        put: &[Reply],
    ) {
        let mut steps = Vec::new();
        for (commit, answer) in commits.iter().zip(answers) {
            if answer.is_ok() {
                steps.extend(self.removals(commit));
            }
        }
        for ((place, entry), reply) in puts.iter().zip(put) {
            let was_refused = matches!(
                answers.get(*place),
                Some(Err(Error::Conflict | Error::Replaced | Error::LeaseLost))
            );
            if let (true, Ok(earlier)) = (was_refused, reply) {
                steps.extend(entry.undo(earlier));
            }
        }
        if !steps.is_empty() {
            let failed = self.session.all(steps).await.into_iter().filter(Result::is_err).count();
            if failed > 0 {
                tracing::debug!(failed, "index entries dangle");
            }
        }
    }

    fn removals(&self, commit: &Commit) -> impl Iterator<Item = Step> {
        commit.index.iter().filter_map(|change| match change {
            IndexChange::Put(..) => None,
            IndexChange::Remove(key, found) => {
                Some(index::remove(&self.keys, key, *found, commit.head.version))
            }
        })
    }
}

/// The text of an answer that may be missing.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

/// Reads what a script gave as bytes.
pub(super) fn item(bytes: &[u8]) -> Result<Item, Error> {
    decode("an agenda row", bytes)
}
