//! Takes known fields out of a table, and reports the rest of it.
//!
//! There is no list of known fields to keep in step: what a reader asks for is what is known.

use super::read::wrong;
use super::tree::{Node, Table, Value};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place, nearest};

/// Reads a table with `read`, then reports every key that it did not ask for.
///
/// `what` names the table in messages.
pub fn table<T>(
    node: &Node,
    what: &str,
    out: &mut Diagnostics,
    read: impl FnOnce(&mut Fields<'_>) -> T,
) -> Option<T> {
    let node = node.typed();
    let Value::Table(table) = &node.value else {
        wrong(&node, "a table", out);
        return None;
    };
    let mut fields = Fields { table, place: &node.place, what, asked: Vec::new(), out };
    let value = read(&mut fields);
    fields.report_unknown();
    Some(value)
}

/// A table that is being read.
pub struct Fields<'a> {
    table: &'a Table,
    place: &'a Place,
    what: &'a str,
    asked: Vec<&'static str>,
    /// What is wrong so far.
    pub out: &'a mut Diagnostics,
}

impl<'a> Fields<'a> {
    /// Where the table stands.
    #[must_use]
    pub fn place(&self) -> &'a Place {
        self.place
    }

    /// The value of a field, unread.
    pub fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        self.table.0.get(key).map(|entry| &entry.node)
    }

    /// A field that may be absent. A value that cannot be read is reported and counts as absent.
    pub fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Node, &mut Diagnostics) -> Option<T>,
    ) -> Option<T> {
        let node = self.node(key)?;
        read(node, self.out)
    }

    /// A field that must be there.
    pub fn required<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Node, &mut Diagnostics) -> Option<T>,
    ) -> Option<T> {
        let Some(node) = self.node(key) else {
            let fault = format!("`{}` needs `{key}`", self.what);
            let label = format!("`{key}` is missing");
            self.out.push(Diagnostic::error(self.place, fault).label(label));
            return None;
        };
        read(node, self.out)
    }

    /// A list that may be absent, which is the same as empty.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        read: impl FnMut(&Node, &mut Diagnostics) -> Option<T>,
    ) -> Vec<T> {
        self.optional(key, super::list(read)).unwrap_or_default()
    }

    fn report_unknown(self) {
        for (key, entry) in &self.table.0 {
            if self.asked.iter().any(|asked| asked == key) {
                continue;
            }
            let help = nearest(key, self.asked.iter().copied()).map_or_else(
                || format!("known here: {}", self.asked.join(", ")),
                |name| format!("did you mean `{name}`?"),
            );
            let fault = format!("unknown field `{key}` in `{}`", self.what);
            self.out
                .push(Diagnostic::error(&entry.key, fault).label("not a field here").help(help));
        }
    }
}
