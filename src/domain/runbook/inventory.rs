//! What runbooks may work on: hosts, services and other names, by environment and list.
//!
//! A parameter that is taken from it takes nothing else, whatever a label or a person says. It
//! refuses names that a command could read as an option, and lists without anything in them.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{Node, Value, list, named, text};

/// What a parameter means that names no list: any name of any list.
pub(super) const ANY: &str = "*";
/// Names in one list: a fleet that is larger is chosen by its own tools.
const NAMES_MAX: usize = 5000;
/// The longest name: it becomes an argument, and a host has at most 253 characters.
const NAME_MAX: usize = 253;

/// The names of one environment, by list.
type Lists = BTreeMap<String, Vec<String>>;

/// Hosts, services and other names, by environment and list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory(BTreeMap<String, Lists>);

impl Inventory {
    /// Reads a table of environments, each a table of lists.
    pub fn read(node: &Node, out: &mut Diagnostics) -> Option<Self> {
        named(|_, node, out| named(names)(node, out))(node, out).map(Self)
    }

    /// Adds what another file holds. One list of one environment stands in one place.
    pub fn extend(&mut self, other: Self, node: &Node, out: &mut Diagnostics) {
        for (environment, lists) in other.0 {
            let known = self.0.entry(environment.clone()).or_default();
            for (name, names) in lists {
                if known.contains_key(&name) {
                    let fault = format!("the list `{name}` of {environment} stands in two places");
                    let place = place_of(node, &environment);
                    out.push(Diagnostic::error(place, fault).label("leave one out"));
                    continue;
                }
                known.insert(name, names);
            }
        }
    }

    /// The names of a list in all environments; none: no environment has such a list.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let lists = || self.0.values().flatten().filter(|(list, _)| name == ANY || *list == name);
        lists().next()?;
        let names: BTreeSet<&String> = lists().flat_map(|(_, names)| names).collect();
        Some(names.into_iter().cloned().collect())
    }

    /// The names of all lists, in their order.
    #[must_use]
    pub fn lists(&self) -> BTreeSet<&str> {
        self.0.values().flat_map(BTreeMap::keys).map(String::as_str).collect()
    }

    /// Whether a name may be worked on in an environment. A list that no environment has says nothing.
    #[must_use]
    pub fn holds(&self, list: &str, name: &str, environment: &str) -> bool {
        let Some(lists) = self.0.get(environment) else { return self.list(list).is_none() };
        lists
            .iter()
            .filter(|(known, _)| list == ANY || *known == list)
            .any(|(_, names)| names.iter().any(|it| it == name))
    }

    /// How many names there are, in how many environments.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.list(ANY).map_or(0, |names| names.len()), self.0.len())
    }
}

fn names(list_name: &str, node: &Node, out: &mut Diagnostics) -> Option<Vec<String>> {
    let names = list(name)(node, out)?;
    let mut fault = |fault: String| {
        out.push(Diagnostic::error(&node.place, fault).label("in the inventory"));
    };
    if names.is_empty() {
        fault(format!("the list `{list_name}` is empty: nothing could be worked on"));
    }
    if names.len() > NAMES_MAX {
        fault(format!("the list `{list_name}` has more than {NAMES_MAX} names"));
    }
    let mut seen = BTreeSet::new();
    for twice in names.iter().filter(|name| !seen.insert(name.as_str())) {
        fault(format!("{twice:?} stands twice in the list `{list_name}`"));
    }
    Some(names)
}

/// A name that is an argument like any other: no option, no path, nothing to be quoted.
fn name(node: &Node, out: &mut Diagnostics) -> Option<String> {
    let name = text(node, out)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    let is_good = name.len() <= NAME_MAX
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(is_plain);
    if !is_good {
        let fault = format!("{name:?} cannot be a name of the inventory");
        let help =
            "begin with a letter or digit; letters, digits, `.`, `_`, `:` and `-`".to_owned();
        out.push(Diagnostic::error(&node.place, fault).label("not a name").help(help));
    }
    is_good.then_some(name)
}

fn place_of<'a>(node: &'a Node, name: &str) -> &'a crate::domain::diagnostic::Place {
    match &node.value {
        Value::Table(table) => table.0.get(name).map_or(&node.place, |entry| &entry.key),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Time(_)
        | Value::List(_)
        | Value::Bare(_)
        | Value::Broken => &node.place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::files::parse;

    fn read(text: &str) -> (Inventory, String) {
        let mut out = Diagnostics::default();
        let tree = parse("inventory.toml", text, &mut out);
        let read = Inventory::read(&tree, &mut out).unwrap_or_default();
        (read, out.to_string())
    }

    #[test]
    fn a_name_is_known_where_it_stands() {
        let (known, wrong) = read(
            "[production]\nweb = [\"web1\", \"web2\"]\n[staging]\nweb = [\"web9\"]\ndb = [\"db9\"]\n",
        );
        assert_eq!(wrong, "");
        assert_eq!(known.list("web"), Some(vec!["web1".into(), "web2".into(), "web9".into()]));
        assert_eq!((known.list("none"), known.counts()), (None, (4, 2)));
        assert!(known.holds("web", "web1", "production") && known.holds(ANY, "db9", "staging"));
        assert!(!known.holds("web", "web1", "staging") && !known.holds("web", "web1", "moon"));
    }

    #[test]
    fn what_is_wrong_in_an_inventory_is_named() {
        for (text, fault) in [
            ("[p]\nweb = []", "the list `web` is empty"),
            ("[p]\nweb = [\"a\", \"a\"]", "\"a\" stands twice in the list `web`"),
            ("[p]\nweb = [\"-a\"]", "\"-a\" cannot be a name of the inventory"),
            ("[p]\nweb = [\"a b\"]", "\"a b\" cannot be a name of the inventory"),
            ("[p]\nweb = \"a\"", "inventory.toml:2:7"),
            ("p = 1", "inventory.toml:1:5"),
        ] {
            let (_, wrong) = read(text);
            assert!(wrong.contains(fault), "{text}: {wrong}");
        }
    }
}
