//! Keeps charts in the brain: a posted picture is drawn from its numbers, whenever somebody looks.

use std::io::{Read as _, Write as _};
use std::sync::atomic::Ordering;

use chrono::{DateTime, Months, TimeDelta, Utc};
use compact_str::{CompactString, format_compact};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest as _, Sha256};

use super::{Graphs, Miss};
use crate::brain::{Brain, Error, LOGGED_BYTES_MAX};
use crate::domain::chart::{Chart, Series};
use crate::domain::messages::graphs as say;

/// Hexadecimal digits of a picture's name: half of a SHA-256 is never met twice by chance.
const ID_DIGITS: usize = 32;
/// Bytes of a chart when it is unpacked: what is more was not packed here.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;
/// Pictures are kept so many whole months: longer than closed incidents usually are.
const MONTHS_KEPT: u32 = 4;
/// Pictures of one list that are read at once.
const LISTED_MAX: usize = 500;
/// How often a chart is thinned to half of its points before it is given up.
const THINNINGS_MAX: u32 = 12;

impl Graphs {
    /// Keeps a chart, thinned if it must be; gives the picture's name and the chart as it is kept.
    pub(in crate::engine) async fn keep(
        &self,
        chart: Chart,
    ) -> Result<(CompactString, Chart), Miss> {
        let Some(brain) = &self.brain else {
            return Err(Miss::Unkept(say::unkept("there is no store")));
        };
        let (id, body, chart) = packed(chart)?;
        let unkept = |error: Error| Miss::Unkept(say::unkept(&error.to_string()));
        let now = self.clock.now();
        // The list of the month first: what is on it and not there costs nothing, what is there and
        // not on it would stay for ever.
        brain.append(month(now, 0), id.clone(), Vec::new()).await.map_err(unkept)?;
        brain.append(log_of(&id), id.clone(), body).await.map_err(unkept)?;
        self.forget_old(brain.as_ref(), now).await;
        Ok((id, chart))
    }

    /// Deletes the pictures of the month that is too long ago, looked at once a day.
    async fn forget_old(&self, brain: &dyn Brain, now: DateTime<Utc>) {
        let today = now.timestamp() / 86_400;
        if self.tidied_on.swap(today, Ordering::Relaxed) == today {
            return;
        }
        // The months before it, too: nobody may have looked while they ended.
        for ago in MONTHS_KEPT..MONTHS_KEPT + 3 {
            if let Err(error) = forget_month(brain, &month(now, ago)).await {
                tracing::warn!(%error, "old pictures could not be deleted");
            }
        }
    }

    /// The chart behind a picture.
    ///
    /// # Errors
    /// When there is none of this name, or the brain is away.
    pub async fn kept(&self, id: &str) -> Result<Chart, Miss> {
        let unknown = || Miss::Unknown(say::no_picture());
        let is_name = id.len() == ID_DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let brain = self.brain.as_ref().filter(|_| is_name).ok_or_else(unknown)?;
        let entries = brain.read(log_of(id), 1, 1).await;
        let entries = entries.map_err(|error| Miss::Unkept(say::unread(&error.to_string())))?;
        entries.first().and_then(|entry| unpacked(&entry.body)).ok_or_else(unknown)
    }
}

/// The list of the pictures of a month, so many months ago.
fn month(now: DateTime<Utc>, ago: u32) -> CompactString {
    let then = now.checked_sub_months(Months::new(ago)).unwrap_or(now);
    format_compact!("pictures/{}", then.format("%Y-%m"))
}

async fn forget_month(brain: &dyn Brain, month: &CompactString) -> Result<(), Error> {
    let mut from = 1;
    loop {
        let listed = brain.read(month.clone(), from, LISTED_MAX).await?;
        let Some(last) = listed.last() else { break };
        from = last.number + 1;
        for picture in &listed {
            brain.discard(log_of(&picture.id)).await?;
        }
    }
    if from > 1 { brain.discard(month.clone()).await } else { Ok(()) }
}

fn log_of(id: &str) -> CompactString {
    format_compact!("picture/{id}")
}

/// A chart as it is stored, small enough for the brain.
fn packed(mut chart: Chart) -> Result<(CompactString, Vec<u8>, Chart), Miss> {
    let fault = |why: String| Miss::Unkept(say::unkept(&why));
    for _ in 0..THINNINGS_MAX {
        let json = serde_json::to_vec(&chart).map_err(|error| fault(error.to_string()))?;
        let mut pack = ZlibEncoder::new(Vec::new(), Compression::fast());
        let body = pack.write_all(&json).and_then(|()| pack.finish());
        let body = body.map_err(|error| fault(error.to_string()))?;
        if body.len() <= LOGGED_BYTES_MAX {
            let digest = hex::encode(Sha256::digest(&json));
            let id = digest.get(..ID_DIGITS).unwrap_or(&digest).into();
            return Ok((id, body, chart));
        }
        thin(&mut chart);
    }
    Err(fault("its series are too large".to_owned()))
}

fn unpacked(body: &[u8]) -> Option<Chart> {
    let mut json = Vec::new();
    ZlibDecoder::new(body).take(UNPACKED_BYTES_MAX).read_to_end(&mut json).ok()?;
    serde_json::from_slice(&json).ok()
}

/// Leaves every second point out, and says so.
fn thin(chart: &mut Chart) {
    for Series { points, .. } in &mut chart.series {
        let mut index = 0_usize;
        points.retain(|_| {
            index += 1;
            index % 2 == 1
        });
    }
    chart.step = chart.step.checked_mul(2).unwrap_or(TimeDelta::days(1));
    let note = say::thinned();
    if !chart.notes.contains(&note) {
        chart.notes.push(note);
    }
}
