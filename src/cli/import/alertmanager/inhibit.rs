//! Inhibition rules, which mean the same here.

use super::matchers::{self, Keys};
use super::yaml::{Lost, Map, Yaml};
use crate::domain::matcher::Matchers;

const SOURCE: Keys =
    Keys { equal: "source_match", regex: "source_match_re", list: "source_matchers" };
const TARGET: Keys =
    Keys { equal: "target_match", regex: "target_match_re", list: "target_matchers" };

/// One inhibition.
pub(super) struct Inhibition {
    pub(super) line: u64,
    pub(super) source: Matchers,
    pub(super) target: Matchers,
    pub(super) equal: Vec<String>,
}

/// Reads `inhibit_rules`. One with anything that is not understood is left out as a whole: it might
/// hold back more than it should.
pub(super) fn read(top: &mut Map<'_>, lost: &mut Lost) -> Vec<Inhibition> {
    let all = top.get("inhibit_rules").map(Yaml::items).unwrap_or_default();
    all.iter().filter_map(|yaml| one(yaml, lost)).collect()
}

fn one(yaml: &Yaml, lost: &mut Lost) -> Option<Inhibition> {
    let mut map = Map::new("inhibition", yaml);
    let source = matchers::read(&mut map, &SOURCE, lost);
    let target = matchers::read(&mut map, &TARGET, lost);
    let equal: Vec<String> = map.texts("equal").into_iter().map(str::to_owned).collect();
    map.get("name");
    let unknown: Vec<&str> = map.unasked().map(|(key, _)| key).collect();
    let side = |matchers: Option<Vec<_>>| Matchers::new(matchers?).ok();
    match (side(source), side(target), unknown.as_slice()) {
        (Some(source), Some(target), []) if !source.is_empty() && !target.is_empty() => {
            Some(Inhibition { line: map.line, source, target, equal })
        }
        (Some(_), Some(_), []) => {
            lost.add(map.line, "this inhibition: a side that matches everything is refused here");
            None
        }
        (_, _, []) => {
            lost.add(map.line, "this inhibition: one of its matchers cannot be read");
            None
        }
        (_, _, unknown) => {
            let keys = unknown.join("`, `");
            lost.add(map.line, format!("this inhibition: `{keys}` is not understood"));
            None
        }
    }
}
