//! Where a store stands: how one sees that it has forgotten something.

/// Where a store stood at one time. A later one of the same id with a lower `sequence` means that
/// acknowledged writes are gone; with another `replid`, that they may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position {
    /// The store's id as it is stored now; empty when it is gone.
    pub id: String,
    /// Who has the store's history: Redis' replication id, in a cluster those of all masters.
    /// Empty where nobody but this process can have it.
    pub replid: String,
    /// How many commits the store has seen, all shards together: it never goes back by itself.
    pub sequence: u64,
}
