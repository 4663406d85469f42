//! Somebody who asks.

use std::collections::BTreeSet;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// Somebody who asks, known for sure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The name in the configuration, or what the platform calls somebody whom it does not know.
    pub name: CompactString,
    /// Whether the name stands in the configuration: only those hold grants of their own.
    pub is_known: bool,
    /// The teams that the configuration puts them in.
    pub teams: BTreeSet<CompactString>,
    /// How they came in.
    pub via: Via,
}

/// How somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The command line or a program on this machine: whoever can start processes here may do all.
    Local,
    /// The API token.
    Token,
    /// The web console.
    Console,
    /// A chat platform.
    Chat,
}
