//! What finds a case from the outside: keys of their own, spread over a cluster.
//!
//! A single key holds `case version`; an inhibitor is a hash of `case|member` to version. The
//! version of the case lets a late removal see that a newer decision has put the entry again.

use redis::Value;

use super::commit::text;
use super::keys::Keys;
use super::scripts::{Step, UNDO_INDEX, UNINDEX};
use super::store::Redis;
use super::value::{read, unreadable};
use crate::brain::{Error, Found, Key};

/// One entry to put.
#[derive(Debug)]
pub(super) struct Put {
    key: String,
    is_set: bool,
    found: String,
    version: u64,
}

fn is_set(key: &Key) -> bool {
    matches!(key, Key::Inhibitor(_))
}

/// `case` or `case|member`.
fn written(found: Found) -> String {
    match found.member {
        Some(member) => format!("{}|{member}", found.case),
        None => found.case.to_string(),
    }
}

fn parsed(text: &str) -> Result<Found, Error> {
    let bad = |error| unreadable("an index entry", error);
    let (case, member) = match text.split_once('|') {
        Some((case, member)) => (case, Some(member)),
        None => (text, None),
    };
    let member = member.map(str::parse).transpose().map_err(bad)?;
    Ok(Found { case: case.parse().map_err(bad)?, member })
}

impl Put {
    pub(super) fn new(keys: &Keys, key: &Key, found: Found, version: u64) -> Self {
        Self { key: keys.index(key), is_set: is_set(key), found: written(found), version }
    }

    fn single(&self) -> String {
        format!("{} {}", self.found, self.version)
    }

    /// A single key answers with its earlier entry.
    pub(super) fn step(&self) -> Step {
        if self.is_set {
            Step::plain("HSET", self.key.clone()).arg(&self.found).arg(self.version)
        } else {
            Step::plain("SET", self.key.clone()).arg(self.single()).arg("GET")
        }
    }

    /// Brings the earlier entry of a single key back. A set may dangle.
    pub(super) fn undo(&self, earlier: &Value) -> Option<Step> {
        let mine = self.single();
        let earlier = text(earlier).unwrap_or_default();
        if self.is_set || earlier == mine {
            return None;
        }
        Some(Step::script(&UNDO_INDEX, self.key.clone()).arg(mine).arg(earlier))
    }
}

/// Removes an entry that was put no later than by this version of the case.
pub(super) fn remove(keys: &Keys, key: &Key, found: Found, version: u64) -> Step {
    Step::script(&UNINDEX, keys.index(key))
        .arg(if is_set(key) { "set" } else { "single" })
        .arg(written(found))
        .arg(version)
}

impl Redis {
    pub(super) async fn find_all(&self, keys: Vec<Key>) -> Result<Vec<Vec<Found>>, Error> {
        let steps = keys.iter().map(|key| {
            Step::plain(if is_set(key) { "HKEYS" } else { "GET" }, self.keys.index(key))
        });
        let replies = self.session.all(steps.collect()).await;
        keys.iter().zip(replies).map(|(key, reply)| found(key, reply?)).collect()
    }
}

fn found(key: &Key, value: Value) -> Result<Vec<Found>, Error> {
    if is_set(key) {
        let names: Vec<String> = read("an index", Ok(value))?;
        let mut found: Vec<Found> =
            names.iter().map(|name| parsed(name)).collect::<Result<_, _>>()?;
        found.sort_unstable();
        return Ok(found);
    }
    let entry: Option<String> = read("an index", Ok(value))?;
    let case = entry.as_deref().and_then(|entry| entry.split(' ').next());
    case.map(parsed).transpose().map(|found| found.into_iter().collect())
}
