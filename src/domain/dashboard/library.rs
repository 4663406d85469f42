//! All graphs together: reading them, and what rules may name.

use std::collections::BTreeMap;

use super::graph::Graph;
use super::{grafana, read};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::domain::files;

/// All graphs, in the order of their files.
#[derive(Debug, Default)]
pub struct Library {
    pub(super) graphs: Vec<Graph>,
}

/// How much a library holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Graphs that people can ask for.
    pub graphs: usize,
    /// Panels that cannot be drawn.
    pub unsupported: usize,
}

impl Library {
    /// Reads dashboard files, given as name and text: `*.toml` is ours, `*.json` is Grafana's.
    /// A caller that has a good library keeps it when there are errors. What a Grafana dashboard has that cannot be drawn is a warning.
    #[must_use]
    pub fn parse(texts: &[(String, String)]) -> (Self, Diagnostics) {
        let mut sorted: Vec<_> = texts.iter().collect();
        sorted.sort();
        let mut out = Diagnostics::default();
        let (mut ours, mut foreign) = (Vec::new(), Vec::new());
        for (name, text) in sorted {
            if name.to_ascii_lowercase().ends_with(".json") {
                foreign.extend(grafana::read(name, text, &mut out));
                continue;
            }
            let tree = files::parse(name, text, &mut out);
            files::table(&tree, "dashboards file", &mut out, |fields| {
                ours.extend(fields.list("graph", read::graph));
            });
        }
        refuse_twins(&mut ours, &mut out);
        let mut graphs: Vec<Graph> = ours.into_iter().map(|(_, graph)| graph).collect();
        grafana::join(foreign, &mut graphs);
        out.sort();
        (Self { graphs }, out)
    }

    /// All graphs that people can ask for, in the order of their files.
    pub fn offered(&self) -> impl Iterator<Item = &Graph> {
        self.graphs.iter().filter(|graph| graph.is_offered())
    }

    /// How much there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let graphs = self.offered().count();
        Counts { graphs, unsupported: self.graphs.len() - graphs }
    }
}

/// Leaves out what has a name or alias that an earlier one has.
fn refuse_twins(all: &mut Vec<(Place, Graph)>, out: &mut Diagnostics) {
    let mut first: BTreeMap<String, Place> = BTreeMap::new();
    all.retain(|(place, graph)| {
        let names = || graph.aliases.iter().map(String::as_str).chain([graph.name.as_str()]);
        let taken = names().find_map(|name| Some((name, first.get(&name.to_lowercase())?)));
        let Some((name, earlier)) = taken else {
            first.extend(names().map(|name| (name.to_lowercase(), place.clone())));
            return true;
        };
        let fault = format!("two graphs are named `{name}`");
        out.push(
            Diagnostic::error(place, fault)
                .label("this name is taken")
                .see(earlier, "first used here")
                .help("people type the name: give each its own".to_owned()),
        );
        false
    });
}
