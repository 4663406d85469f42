//! The agenda: claims over all shards, renewals, postponements.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;

use chrono::{DateTime, Utc};

use super::birth::random;
use super::commit::item;
use super::scripts::{ANSWERS_TTL_MS, CLAIM, POSTPONE, RENEW, Step};
use super::store::Redis;
use super::value::{micros, read, scored, time, unreadable};
use crate::brain::{Claimed, Error, Item, Lease, RowId, Token};
use crate::domain::ids::{CaseId, EffectId};
use crate::domain::incident::Timer;

/// How many due rows each shard shows beyond its fair share, so that the earliest are found though
/// they may lie in few shards; what is left over comes with the next claim.
const LOOK_BEYOND: usize = 8;

/// How often a claim looks again because others took what it had seen.
const MOST_LOOKS: usize = 8;

/// The name of a row inside its case: `event-index` or the timer's name.
pub(super) fn local_id(row: &RowId) -> String {
    match row {
        RowId::Effect(id) => format!("{}-{}", id.event, id.index),
        RowId::Timer(_, timer) => timer.name().to_owned(),
    }
}

pub(super) fn timer_item(timer: Timer) -> Item {
    Item::Timer { timer }
}

impl Redis {
    /// Looks at what is due everywhere, then takes the earliest of it: two round trips, or one when
    /// nothing is due. Who loses rows to others looks again.
    pub(super) async fn claim_rows(
        &self,
        now: DateTime<Utc>,
        max: usize,
        lease: Lease,
    ) -> Result<Vec<Claimed>, Error> {
        let mut claimed = Vec::new();
        for _ in 0..MOST_LOOKS {
            let wanted = max - claimed.len();
            let shares = self.due_by_shard(now, wanted).await?;
            let seen: usize = shares.values().sum();
            if seen == 0 {
                break;
            }
            let before = claimed.len();
            claimed.extend(self.claim_shares(now, &shares, &lease).await?);
            if claimed.len() >= max || claimed.len() - before == seen {
                break;
            }
        }
        claimed.sort_by(earlier);
        Ok(claimed.into_iter().map(|(_, claimed)| claimed).collect())
    }

    /// Each shard gives what is earliest when it is asked, so that two processes that saw the same
    /// rows take different ones.
    async fn claim_shares(
        &self,
        now: DateTime<Utc>,
        shares: &BTreeMap<u16, usize>,
        lease: &Lease,
    ) -> Result<Vec<Taken>, Error> {
        let command = format!("{:032x}", random()?);
        let claim = |(shard, share): (&u16, &usize)| {
            Step::script(&CLAIM, self.keys.shard(*shard))
                .arg(&command)
                .arg(ANSWERS_TTL_MS)
                .arg(micros(now))
                .arg(micros(lease.until))
                .arg(lease.holder.as_str())
                .arg(*share)
        };
        let marks: Vec<String> = shares.keys().map(|shard| self.keys.barrier(*shard)).collect();
        let replies = self.session.durably(shares.iter().map(claim).collect(), &marks).await;
        let mut claimed = Vec::new();
        let mut failure = None;
        for (shard, reply) in shares.keys().zip(replies) {
            match read::<Vec<Vec<u8>>>("claimed rows", reply) {
                Ok(parts) => claimed.extend(rows(*shard, &parts)?),
                Err(error) => failure = Some(error),
            }
        }
        // What one shard gave is leased already: another shard's error must not hide it.
        match failure {
            Some(error) if claimed.is_empty() => Err(error),
            _ => Ok(claimed),
        }
    }

    /// How many of the `max` earliest rows lie in each shard.
    async fn due_by_shard(
        &self,
        now: DateTime<Utc>,
        max: usize,
    ) -> Result<BTreeMap<u16, usize>, Error> {
        let turn = self.turn.fetch_add(1, Relaxed) % self.shards;
        let shards: Vec<u16> = (turn..self.shards).chain(0..turn).collect();
        let most = max.min(LOOK_BEYOND + 4 * max / usize::from(self.shards));
        let look = |shard: &u16| {
            Step::plain("ZRANGEBYSCORE", self.keys.agenda(*shard))
                .arg("-inf")
                .arg(micros(now))
                .arg("WITHSCORES")
                .arg(&["LIMIT", "0"])
                .arg(most)
        };
        let replies = self.session.all(shards.iter().map(look).collect()).await;
        let mut due: Vec<(f64, u16)> = Vec::new();
        for (shard, reply) in shards.iter().zip(replies) {
            let rows: Vec<(String, f64)> = read("the agenda", reply)?;
            due.extend(rows.into_iter().map(|(_, score)| (score, *shard)));
        }
        // Stable: among rows that are due at the same time the shard whose turn it is comes first.
        due.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut shares = BTreeMap::new();
        for (_, shard) in due.into_iter().take(max) {
            *shares.entry(shard).or_default() += 1;
        }
        Ok(shares)
    }

    pub(super) async fn renew_row(
        &self,
        row: RowId,
        token: Token,
        lease: Lease,
    ) -> Result<(), Error> {
        let step = self.row_step(&RENEW, &row, token).arg(micros(lease.until));
        held(read("a lease", self.session.one(step).await)?)
    }

    pub(super) async fn postpone_row(
        &self,
        row: RowId,
        token: Token,
        due: DateTime<Utc>,
    ) -> Result<(), Error> {
        let step = self.row_step(&POSTPONE, &row, token).arg(micros(due)).arg(self.keys.changes());
        held(read("a lease", self.session.one(step).await)?)
    }

    fn row_step(&self, script: &'static super::scripts::Lua, row: &RowId, token: Token) -> Step {
        let case = row.case();
        Step::script(script, self.keys.shard(case.shard))
            .arg(format!("{:016x}", case.serial))
            .arg(local_id(row))
            .arg(token.0)
    }

    pub(super) async fn earliest_due(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let first =
            |shard| Step::plain("ZRANGE", self.keys.agenda(shard)).arg(&["0", "0", "WITHSCORES"]);
        let mut earliest: Option<DateTime<Utc>> = None;
        for reply in self.session.all(self.all_shards().map(first).collect()).await {
            let rows: Vec<(String, f64)> = read("the agenda", reply)?;
            for (_, score) in rows {
                let due = scored(score);
                earliest = Some(earliest.map_or(due, |other| other.min(due)));
            }
        }
        Ok(earliest)
    }
}

fn held(answer: u8) -> Result<(), Error> {
    if answer == 1 { Ok(()) } else { Err(Error::LeaseLost) }
}

/// A row with the time that it was due at when it was taken: its own, or the end of a lease.
type Taken = (f64, Claimed);

fn earlier(a: &Taken, b: &Taken) -> Ordering {
    a.0.total_cmp(&b.0).then(a.1.row.cmp(&b.1.row))
}

/// Six parts a row: member, item, first due, attempt, token, due now.
fn rows(shard: u16, parts: &[Vec<u8>]) -> Result<Vec<Taken>, Error> {
    parts.chunks(6).map(|row| claimed(shard, row)).collect()
}

fn claimed(shard: u16, parts: &[Vec<u8>]) -> Result<Taken, Error> {
    let [member, content, due, attempt, token, score] = parts else {
        return Err(unreadable("an agenda row", "it has too few parts"));
    };
    let item = item(content)?;
    let row = row(shard, text(member)?, &item)?;
    let (due, attempt) = (time(number(due)?), number(attempt)?);
    let score = text(score)?.parse().map_err(|error| unreadable("a due time", error))?;
    Ok((score, Claimed { row, item, due, attempt, token: Token(number(token)?) }))
}

fn row(shard: u16, member: &str, item: &Item) -> Result<RowId, Error> {
    let bad = || unreadable("the name of an agenda row", member);
    let (serial, local) = member.split_once('/').ok_or_else(bad)?;
    let serial = u64::from_str_radix(serial, 16).map_err(|_| bad())?;
    let case = CaseId { shard, serial };
    match item {
        Item::Timer { timer } => Ok(RowId::Timer(case, *timer)),
        Item::Effect { .. } => {
            let (event, index) = local.split_once('-').ok_or_else(bad)?;
            let event = event.parse().map_err(|_| bad())?;
            Ok(RowId::Effect(EffectId { case, event, index: index.parse().map_err(|_| bad())? }))
        }
    }
}

fn text(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|error| unreadable("an agenda row", error))
}

fn number<T: std::str::FromStr<Err = std::num::ParseIntError>>(bytes: &[u8]) -> Result<T, Error> {
    text(bytes)?.parse().map_err(|error| unreadable("a number in an agenda row", error))
}
