//! The names of keys. They are stored: their meaning never changes.
//!
//! A shard's keys share the hash tag `{prefix:shard}`; the scripts make them of the shard's name:
//! the bare name (token and sequence), `:a` agenda, `:g` groups, `:live`, `:k:command` first answers, and for
//! a case `:c:` head, `:m:` members, `:e:` events, `:r:` agenda rows. A log's keys share `{prefix:log:name}`:
//! `:e` entries, `:i` ids.

use crate::brain::{Key, Kind};
use crate::domain::ids::CaseId;

/// Makes keys under one prefix.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// Where a new brain says who it is.
    pub(super) fn meta(&self) -> String {
        format!("{{{}}}:meta", self.prefix)
    }

    pub(super) fn number(&self) -> String {
        format!("{{{}}}:number", self.prefix)
    }

    /// What the barrier writes beside numbers and documents.
    pub(super) fn number_mark(&self) -> String {
        format!("{{{}}}:b", self.prefix)
    }

    pub(super) fn documents(&self, kind: Kind) -> String {
        format!("{{{}}}:d:{}", self.prefix, kind.name())
    }

    /// The first answer of a command that writes a document.
    pub(super) fn answer(&self, command: u128) -> String {
        format!("{{{}}}:k:{command:032x}", self.prefix)
    }

    pub(super) fn limit(&self, name: &str) -> String {
        format!("{{{}:limits}}:l:{name}", self.prefix)
    }

    /// The first answer of a command that asks limits.
    pub(super) fn limit_answer(&self, command: u128) -> String {
        format!("{{{}:limits}}:k:{command:032x}", self.prefix)
    }

    pub(super) fn shard(&self, shard: u16) -> String {
        format!("{{{}:{shard}}}", self.prefix)
    }

    pub(super) fn agenda(&self, shard: u16) -> String {
        format!("{{{}:{shard}}}:a", self.prefix)
    }

    pub(super) fn live(&self, shard: u16) -> String {
        format!("{{{}:{shard}}}:live", self.prefix)
    }

    pub(super) fn head(&self, case: CaseId) -> String {
        format!("{{{}:{}}}:c:{:016x}", self.prefix, case.shard, case.serial)
    }

    pub(super) fn events(&self, case: CaseId) -> String {
        format!("{{{}:{}}}:e:{:016x}", self.prefix, case.shard, case.serial)
    }

    /// What the barrier writes, so that it waits for all that was written before.
    pub(super) fn barrier(&self, shard: u16) -> String {
        format!("{{{}:{shard}}}:b", self.prefix)
    }

    /// The entries of a log: its keys share a tag of their own, so that a cluster spreads logs.
    pub(super) fn log(&self, log: &str) -> String {
        format!("{{{}:log:{log}}}:e", self.prefix)
    }

    /// The numbers of a log's ids.
    pub(super) fn log_ids(&self, log: &str) -> String {
        format!("{{{}:log:{log}}}:i", self.prefix)
    }

    /// What the barrier writes beside a log.
    pub(super) fn log_mark(&self, log: &str) -> String {
        format!("{{{}:log:{log}}}:b", self.prefix)
    }

    /// An index entry: no tag, so that a cluster spreads them.
    pub(super) fn index(&self, key: &Key) -> String {
        let prefix = &self.prefix;
        match key {
            Key::Fingerprint(fingerprint) => format!("{prefix}:i:fingerprint:{fingerprint}"),
            Key::Number(number) => format!("{prefix}:i:number:{number}"),
            Key::Room(room) => format!("{prefix}:i:room:{}", untagged(room)),
            Key::Ticket(ticket) => format!("{prefix}:i:ticket:{}", untagged(ticket)),
            Key::Inhibitor(hash) => format!("{prefix}:i:inhibitor:{hash:016x}"),
        }
    }

    /// Where changes are announced.
    pub(super) fn changes(&self) -> String {
        format!("{}:changes", self.prefix)
    }
}

/// A name from outside must not choose its own slot.
fn untagged(name: &str) -> String {
    name.replace('%', "%25").replace('{', "%7b")
}
