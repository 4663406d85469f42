//! The tree of routes.

use chrono::TimeDelta;
use compact_str::CompactString;

use super::matchers::{self, Keys};
use super::times::{self, Hours, Named};
use super::yaml::{Lost, Map, Yaml};
use crate::domain::duration;
use crate::domain::matcher::Matcher;

/// A group of all labels in Alertmanager's words, and in ours.
const ALL: &str = "...";
/// Alertmanager's own, where no route says another.
const REPEAT: TimeDelta = TimeDelta::hours(4);
const KEYS: Keys = Keys { equal: "match", regex: "match_re", list: "matchers" };

/// One route with what it inherits.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) line: u64,
    pub(super) receiver: String,
    pub(super) group_by: Vec<CompactString>,
    /// After this long without an end it says the same again.
    pub(super) repeat: TimeDelta,
    pub(super) matchers: Vec<Matcher>,
    /// Whether its siblings are asked, too.
    pub(super) goes_on: bool,
    /// When it pages; none: always.
    pub(super) hours: Option<Hours>,
    pub(super) routes: Vec<Route>,
}

/// Reads the root and everything below it. None where it cannot be a route at all.
pub(super) fn read(yaml: &Yaml, named: &Named, lost: &mut Lost) -> Option<Route> {
    let root = Inherited { receiver: String::new(), group_by: Vec::new(), repeat: REPEAT };
    route(yaml, &root, named, lost)
}

/// What a route has from the one above, unless it says otherwise.
struct Inherited {
    receiver: String,
    group_by: Vec<CompactString>,
    repeat: TimeDelta,
}

fn route(yaml: &Yaml, above: &Inherited, named: &Named, lost: &mut Lost) -> Option<Route> {
    let mut map = Map::new("route", yaml);
    let matchers = matchers::read(&mut map, &KEYS, lost);
    let own = Inherited {
        receiver: map.text("receiver").unwrap_or(&above.receiver).to_owned(),
        group_by: group_by(&mut map).unwrap_or_else(|| above.group_by.clone()),
        repeat: map
            .read("repeat_interval", lost, |text| duration::parse(text).ok())
            .unwrap_or(above.repeat),
    };
    let goes_on = map.text("continue") == Some("true");
    let hours = times::hours(&mut map, named, lost);
    let below = map.get("routes").map(Yaml::items).unwrap_or_default();
    let routes = below.iter().filter_map(|below| route(below, &own, named, lost)).collect();
    waits(&mut map, lost);
    map.rest(lost);
    let Some(matchers) = matchers else {
        lost.add(
            map.line,
            "this route and what is below it: without its matchers it would take too much",
        );
        return None;
    };
    let Inherited { receiver, group_by, repeat } = own;
    Some(Route { line: map.line, receiver, group_by, repeat, matchers, goes_on, hours, routes })
}

fn group_by(map: &mut Map<'_>) -> Option<Vec<CompactString>> {
    map.get("group_by")?;
    let mut names: Vec<CompactString> =
        map.texts("group_by").into_iter().map(CompactString::from).collect();
    names.sort_unstable();
    names.dedup();
    Some(if names.iter().any(|name| name == ALL) { vec![ALL.into()] } else { names })
}

fn waits(map: &mut Map<'_>, lost: &mut Lost) {
    for (key, why) in [
        ("group_wait", "an incident opens at once, and alerts that follow join it"),
        ("group_interval", "what joins an incident is seen in its card at once"),
    ] {
        if let Some(yaml) = map.get(key) {
            lost.add(yaml.line, format!("`{key}`: {why}"));
        }
    }
}
