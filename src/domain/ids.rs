//! The identifiers that every layer shares.
//!
//! It refuses to make one up: an id is computed from what it names, or handed in by the engine.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The 64-bit FNV-1a offset basis, <https://www.rfc-editor.org/rfc/rfc9923>.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
/// The 64-bit FNV prime.
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a over 64 bits: stable for ever, because what it computes is stored.
#[derive(Debug, Clone, Copy)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(FNV_OFFSET)
    }
}

impl Fnv {
    /// Adds bytes to the hash.
    #[must_use]
    pub fn with(self, bytes: &[u8]) -> Self {
        Self(
            bytes
                .iter()
                .fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME)),
        )
    }

    /// The hash of all bytes added so far.
    #[must_use]
    pub fn finish(self) -> u64 {
        self.0
    }
}

/// An alert's identity: the hash of its labels, as Prometheus and Alertmanager compute it, so that
/// the same alert has the same 16 hexadecimal digits everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What a string must look like to be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not {expected}")]
pub struct BadId {
    found: String,
    expected: &'static str,
}

impl FromStr for Fingerprint {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad =
            || BadId { found: text.to_owned(), expected: "a fingerprint (16 hexadecimal digits)" };
        if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| bad())
    }
}

/// What groups alerts into one incident: the rule's name and the values of its `group_by` labels,
/// written like a Prometheus selector, `cms-latency{env="prod",service="cms"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupKey(pub CompactString);

impl GroupKey {
    /// The group key of the one umbrella incident that collects a storm.
    #[must_use]
    pub fn storm() -> Self {
        Self(CompactString::const_new("~storm"))
    }

    /// The shard that holds everything of this group, out of `shards`.
    #[must_use]
    pub fn shard(&self, shards: u16) -> u16 {
        let hash = Fnv::default().with(self.0.as_bytes()).finish();
        // FNV's low bits are weak for short inputs, so the high half is mixed in.
        let mixed = hash ^ (hash >> 32);
        u16::try_from(mixed % u64::from(shards.max(1))).unwrap_or(0)
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names a case for ever. The shard is part of it, so that the case is found without an index.
///
/// Written as `shard.serial`, the serial in 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseId {
    /// The shard of the brain that holds every row of this case.
    pub shard: u16,
    /// Unique within the shard; chosen by the engine when the case begins.
    pub serial: u64,
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:016x}", self.shard, self.serial)
    }
}

impl FromStr for CaseId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId { found: text.to_owned(), expected: "a case id (shard.serial)" };
        let (shard, serial) = text.split_once('.').ok_or_else(bad)?;
        let shard = shard.parse().map_err(|_| bad())?;
        let serial = u64::from_str_radix(serial, 16).map_err(|_| bad())?;
        Ok(Self { shard, serial })
    }
}

/// The number that people know an incident by; given when it opens, never used again.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Number(pub u64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Names one effect for ever: the case, the event that caused it, and its place among that event's
/// effects. It is the idempotency key that the outside is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EffectId {
    /// The case that ordered it.
    pub case: CaseId,
    /// The number of the first event of the decision that ordered it.
    pub event: u64,
    /// Its place among the effects of that decision.
    pub index: u16,
}

impl EffectId {
    /// Marks what an effect says after what it has said first. Effects never count so far.
    const SECOND_WORD: u16 = 0x4000;

    /// The id of what an effect says after its first word: the same for every later try.
    #[must_use]
    pub fn follow_up(self) -> Self {
        Self { index: self.index | Self::SECOND_WORD, ..self }
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.case, self.event, self.index)
    }
}

impl FromStr for EffectId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId { found: text.to_owned(), expected: "an effect id (case-event-index)" };
        let mut parts = text.split('-');
        let (Some(case), Some(event), Some(index), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        Ok(Self {
            case: case.parse()?,
            event: event.parse().map_err(|_| bad())?,
            index: index.parse().map_err(|_| bad())?,
        })
    }
}

/// Ids are stored and shown as their text.
macro_rules! as_text {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = CompactString::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

as_text!(Fingerprint, CaseId, EffectId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_their_own_text() {
        let case = CaseId { shard: 17, serial: 0xdead_beef };
        let effect = EffectId { case, event: 12, index: 3 };
        assert_eq!(case.to_string().parse(), Ok(case));
        assert_eq!(effect.to_string().parse(), Ok(effect));
        assert_eq!(Fingerprint(7).to_string().parse(), Ok(Fingerprint(7)));
    }

    #[test]
    fn a_text_that_is_no_id_is_refused() {
        for text in ["", "1", "1.x", "x.1", "70000.1", "1.1-2", "+000000000000001"] {
            assert!(text.parse::<CaseId>().is_err() || text == "1.1-2", "{text}");
            assert!(text.parse::<EffectId>().is_err(), "{text}");
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
    }

    #[test]
    fn groups_spread_over_all_shards() {
        let shards: std::collections::BTreeSet<u16> =
            (0..2000).map(|n| GroupKey(format!("rule{{n=\"{n}\"}}").into()).shard(64)).collect();
        assert_eq!(shards.len(), 64);
    }
}
