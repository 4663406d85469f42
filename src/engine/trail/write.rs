//! Appends records, each behind the one before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use compact_str::{CompactString, format_compact};

use super::LOG;
use crate::brain::{Brain, Error, encode};
use crate::domain::line;
use crate::domain::trail::{Checkpoint, Link, NO_HASH, Record, digest};
use crate::engine::clock::Clock;

/// How often a place may be taken by somebody else before it counts as a fault: each time, another
/// process has got a record in, and people type less often.
const TRIES: usize = 100;
/// Records of brakes that wait for a brain that is away; a person types none so often.
const HELD_MAX: usize = 200;
/// How far back a request that may come again by itself is looked for: it comes again within
/// seconds, and rules start at most a few runs in an hour.
const AGAIN: usize = 100;
/// Characters of a line that are kept: the longest that may be typed.
const LINE_CHARS: usize = 4000;

/// The end of the chain.
#[derive(Debug, Clone)]
struct End {
    seq: u64,
    hash: CompactString,
}

/// The chain, as this process writes it.
#[derive(Debug)]
pub struct Trail {
    brain: Arc<dyn Brain>,
    clock: Arc<dyn Clock>,
    node: CompactString,
    /// What this process knows of the end; others may have written behind it.
    end: tokio::sync::Mutex<Option<End>>,
    held: Mutex<VecDeque<Record>>,
}

impl Trail {
    /// The chain in this brain.
    pub(in crate::engine) fn new(
        brain: Arc<dyn Brain>,
        clock: Arc<dyn Clock>,
        node: CompactString,
    ) -> Self {
        Self { brain, clock, node, end: tokio::sync::Mutex::default(), held: Mutex::default() }
    }

    /// Writes one record, and before it what was held back; gives its number. It is durable then.
    ///
    /// # Errors
    /// When the brain is away, or cannot be read. The record may be there all the same.
    pub async fn write(&self, record: Record) -> Result<u64, Error> {
        let mut end = self.end.lock().await;
        while let Some(held) = self.next_held() {
            if let Err(error) = self.append(&mut end, held.clone()).await {
                self.held.lock().unwrap_or_else(PoisonError::into_inner).push_front(held);
                return Err(error);
            }
        }
        if let Some(seq) = self.known(&record.key).await? {
            return Ok(seq);
        }
        self.append(&mut end, record).await
    }

    /// Writes a record of something that must not wait: where the brain is away, it is held and
    /// written as soon as anything else is.
    pub async fn write_or_hold(&self, record: Record) -> Option<u64> {
        match self.write(record.clone()).await {
            Ok(seq) => Some(seq),
            Err(error) => {
                let (who, verb, line) = (&record.who, &record.verb, &record.line);
                tracing::warn!(%error, ?who, ?verb, ?line, "a record waits for the brain");
                let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
                if held.len() < HELD_MAX {
                    held.push_back(record);
                }
                None
            }
        }
    }

    /// How far the chain has come; none: nothing was written yet.
    ///
    /// # Errors
    /// When the brain is away, or the end of the chain cannot be read.
    pub async fn checkpoint(&self) -> Result<Option<Checkpoint>, Error> {
        let End { seq, hash } = self.last().await?;
        let count = self.brain.length(LOG).await?;
        Ok((seq > 0).then(|| Checkpoint { seq, hash, at: self.clock.now(), count }))
    }

    fn next_held(&self) -> Option<Record> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// The number of a request that was written before, among the last ones.
    async fn known(&self, key: &str) -> Result<Option<u64>, Error> {
        if key.is_empty() {
            return Ok(None);
        }
        let last = self.brain.length(LOG).await?;
        let from = last.saturating_sub(u64::try_from(AGAIN).unwrap_or(u64::MAX)) + 1;
        let recent = self.brain.read(LOG, from, AGAIN).await?;
        let links = recent.iter().filter_map(|it| serde_json::from_slice::<Link>(&it.body).ok());
        Ok(links.filter(|link| link.record.key == key).map(|link| link.seq).next())
    }

    async fn append(&self, end: &mut Option<End>, mut record: Record) -> Result<u64, Error> {
        record.line = line::shown(&record.line).chars().take(LINE_CHARS).collect();
        for _ in 0..TRIES {
            let known = match end.take() {
                Some(known) => known,
                None => self.last().await?,
            };
            let link = Link {
                seq: known.seq + 1,
                prev: known.hash,
                at: self.clock.now(),
                node: self.node.clone(),
                record: record.clone(),
            };
            let body = encode("a record of the audit log", &link)?;
            let (seq, hash) = (link.seq, digest(&body));
            let id = format_compact!("{seq}");
            let number = self.brain.append(LOG, id, body).await?;
            // Who came second is told the number of what stands there already: only reading it says
            // whose it is.
            let stands = self.brain.read(LOG, number, 1).await?;
            if stands.first().is_some_and(|it| digest(&it.body) == hash) {
                *end = Some(End { seq, hash });
                return Ok(seq);
            }
        }
        Err(Error::Conflict)
    }

    /// The end of the chain, as the brain has it now.
    async fn last(&self) -> Result<End, Error> {
        let length = self.brain.length(LOG).await?;
        if length == 0 {
            return Ok(End { seq: 0, hash: NO_HASH.into() });
        }
        let gone = || Error::Unusable("the end of the audit log cannot be read".to_owned());
        let logged = self.brain.read(LOG, length, 1).await?.into_iter().next().ok_or_else(gone)?;
        let link: Link = serde_json::from_slice(&logged.body).map_err(|_| gone())?;
        Ok(End { seq: link.seq, hash: digest(&logged.body) })
    }
}
