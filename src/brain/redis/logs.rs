//! Logs: a list of entries, and a hash that finds the number of an id, in one slot for each log.

use compact_str::CompactString;

use super::scripts::{APPEND, READ, Step};
use super::store::Redis;
use super::value::{read, unreadable};
use crate::brain::logged::{self, READ_BYTES_MAX};
use crate::brain::{Error, Logged};

/// More entries than any log has: places are exact in Lua below 2^53.
const PLACES_MAX: u64 = 1 << 40;

impl Redis {
    pub(super) async fn append_entry(
        &self,
        log: CompactString,
        id: CompactString,
        body: Vec<u8>,
    ) -> Result<u64, Error> {
        logged::check_entry(&log, &id, &body)?;
        let step = Step::over(&APPEND, self.keys.log(&log), &[self.keys.log_ids(&log)])
            .arg(self.keys.changes())
            .arg(log.as_str())
            .arg(id.as_str())
            .arg(logged::row(&id, &body));
        let mut replies = self.session.durably(vec![step], &[self.keys.log_mark(&log)]).await;
        let reply = replies.pop().unwrap_or_else(|| Err(Error::Away("no answer".to_owned())));
        let number: String = read("the number of an entry", reply)?;
        number.parse().map_err(|error| unreadable("the number of an entry", error))
    }

    pub(super) async fn read_entries(
        &self,
        log: CompactString,
        from: u64,
        max: usize,
    ) -> Result<Vec<Logged>, Error> {
        let first = from.clamp(1, PLACES_MAX);
        let max = u64::try_from(max).unwrap_or(PLACES_MAX).min(PLACES_MAX);
        let step =
            Step::script(&READ, self.keys.log(&log)).arg(first - 1).arg(max).arg(READ_BYTES_MAX);
        let rows: Vec<Vec<u8>> = read("a log", self.session.one(step).await)?;
        (first..).zip(rows).map(|(number, row)| logged::entry(number, &row)).collect()
    }

    pub(super) async fn count_entries(&self, log: CompactString) -> Result<u64, Error> {
        let step = Step::plain("LLEN", self.keys.log(&log));
        read("the length of a log", self.session.one(step).await)
    }

    /// Without the barrier: a log that comes back after a failover is only discarded later.
    pub(super) async fn discard_log(&self, log: CompactString) -> Result<(), Error> {
        logged::check_name(&log)?;
        let step = Step::plain("UNLINK", self.keys.log(&log))
            .arg(self.keys.log_ids(&log))
            .arg(self.keys.log_mark(&log));
        read::<u64>("what was discarded", self.session.one(step).await).map(drop)
    }
}
