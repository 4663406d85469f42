//! Reading cases: states, timelines, and which are not over.

use std::collections::BTreeMap;

use super::scripts::{LOAD, Step};
use super::session::Reply;
use super::store::Redis;
use super::value::{read, unreadable};
use crate::brain::codec::decode;
use crate::brain::{At, Error, Loaded, Page, Rows};
use crate::domain::ids::{CaseId, Fingerprint};
use crate::domain::incident::{Head, Incident, Stored};

impl Redis {
    pub(super) async fn load_cases(
        &self,
        wanted: Vec<(At, Rows)>,
    ) -> Result<Vec<Option<Loaded>>, Error> {
        let steps = wanted.iter().map(|(at, rows)| self.load_step(at, rows)).collect();
        let replies = self.session.all(steps).await;
        wanted
            .iter()
            .zip(replies)
            .map(|((at, _), reply)| loaded(self.shard_of(at), reply))
            .collect()
    }

    fn shard_of(&self, at: &At) -> u16 {
        match at {
            At::Case(case) => case.shard,
            At::Group(group) => group.shard(self.shards),
        }
    }

    fn load_step(&self, at: &At, rows: &Rows) -> Step {
        let step = Step::script(&LOAD, self.keys.shard(self.shard_of(at)));
        let step = match at {
            At::Case(case) => step.arg("case").arg(format!("{:016x}", case.serial)),
            At::Group(group) => step.arg("group").arg(group.0.as_str()),
        };
        match rows {
            Rows::All => step.arg("all"),
            Rows::Some(members) => members
                .iter()
                .fold(step.arg("some"), |step, fingerprint| step.arg(fingerprint.to_string())),
        }
    }

    pub(super) async fn events_from(
        &self,
        case: CaseId,
        from: u64,
        max: usize,
    ) -> Result<Vec<Stored>, Error> {
        if max == 0 {
            return Ok(Vec::new());
        }
        let first = from.max(1) - 1;
        let last = first.saturating_add(u64::try_from(max).unwrap_or(u64::MAX) - 1);
        let last = last.min(u64::from(u32::MAX));
        let step = Step::plain("LRANGE", self.keys.events(case)).arg(first).arg(last);
        let events: Vec<Vec<u8>> = read("a timeline", self.session.one(step).await)?;
        events.iter().map(|event| decode("an event", event)).collect()
    }

    pub(super) async fn events_numbered(
        &self,
        case: CaseId,
        numbers: Vec<u64>,
    ) -> Result<Vec<Stored>, Error> {
        let key = self.keys.events(case);
        let places = numbers.iter().filter_map(|number| number.checked_sub(1));
        let steps = places.map(|place| Step::plain("LINDEX", key.clone()).arg(place)).collect();
        let mut events = Vec::new();
        for reply in self.session.all(steps).await {
            let event: Option<Vec<u8>> = read("a timeline", reply)?;
            if let Some(event) = event {
                events.push(decode("an event", &event)?);
            }
        }
        Ok(events)
    }

    /// Ids of all shards first, then the heads of those that are on the page.
    pub(super) async fn live_cases(
        &self,
        after: Option<CaseId>,
        max: usize,
    ) -> Result<Page, Error> {
        let mut ids = self.live_ids(after, max.saturating_add(1)).await?;
        let is_last = ids.len() <= max;
        ids.truncate(max);
        let next = if is_last { None } else { ids.last().copied() };
        let heads = ids.iter().map(|case| Step::plain("HGET", self.keys.head(*case)).arg("h"));
        let replies = self.session.all(heads.collect()).await;
        let mut cases = Vec::with_capacity(ids.len());
        for (case, reply) in ids.into_iter().zip(replies) {
            // A case may end between the two looks.
            if let Some(head) = read::<Option<Vec<u8>>>("a case", reply)? {
                cases.push((case, decode::<Head>("a case", &head)?));
            }
        }
        Ok(Page { cases, next })
    }

    async fn live_ids(&self, after: Option<CaseId>, max: usize) -> Result<Vec<CaseId>, Error> {
        let first = after.map_or(0, |case| case.shard);
        let shards: Vec<u16> = (first..self.shards).collect();
        let look = |shard: &u16| {
            let from = match after {
                Some(case) if case.shard == *shard => format!("({:016x}", case.serial),
                _ => "-".to_owned(),
            };
            Step::plain("ZRANGEBYLEX", self.keys.live(*shard))
                .arg(from)
                .arg(&["+", "LIMIT", "0"])
                .arg(max)
        };
        let mut ids = Vec::new();
        for (shard, reply) in
            shards.iter().zip(self.session.all(shards.iter().map(look).collect()).await)
        {
            let serials: Vec<String> = read("the live cases", reply)?;
            for serial in serials {
                ids.push(CaseId { shard: *shard, serial: parsed(&serial)? });
            }
        }
        ids.truncate(max);
        Ok(ids)
    }
}

fn parsed(serial: &str) -> Result<u64, Error> {
    u64::from_str_radix(serial, 16).map_err(|error| unreadable("the serial of a case", error))
}

/// Serial, head, then each member's fingerprint and row.
fn loaded(shard: u16, reply: Reply) -> Result<Option<Loaded>, Error> {
    let Some(parts) = read::<Option<Vec<Vec<u8>>>>("a case", reply)? else { return Ok(None) };
    let [serial, head, rows @ ..] = parts.as_slice() else { return Ok(None) };
    let serial = parsed(&String::from_utf8_lossy(serial))?;
    let mut members = BTreeMap::new();
    for row in rows.chunks(2) {
        let [fingerprint, member] = row else { continue };
        let fingerprint: Fingerprint = String::from_utf8_lossy(fingerprint)
            .parse()
            .map_err(|error| unreadable("a member", error))?;
        members.insert(fingerprint, decode("a member", member)?);
    }
    let incident = Incident { head: decode("a case", head)?, members };
    Ok(Some(Loaded { case: CaseId { shard, serial }, incident }))
}
