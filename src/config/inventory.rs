//! `[inventory]`: what runbooks may work on.

use std::path::PathBuf;

use crate::domain::diagnostic::Diagnostics;
use crate::domain::files::{Node, Value, text};
use crate::domain::runbook;

/// `[inventory]`: names by environment and list, and a file with more of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// A TOML file of the same shape. None: there are no others.
    pub file: Option<PathBuf>,
    /// What stands in the configuration itself.
    pub names: runbook::Inventory,
}

pub(super) fn inventory(node: &Node, out: &mut Diagnostics) -> Option<Inventory> {
    let mut node = node.clone();
    let file = match &mut node.value {
        Value::Table(table) => table.0.remove("file"),
        _ => None,
    };
    let file = file.and_then(|entry| text(&entry.node, out)).map(PathBuf::from);
    let names = runbook::Inventory::read(&node, out)?;
    Some(Inventory { file, names })
}
