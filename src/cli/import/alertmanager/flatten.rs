//! From a tree in which routes may go on to a list in which the first match counts.
//!
//! The outcomes of a route are those of its children, each with its own matchers added, and behind
//! them the route itself. Where a child goes on, each of its outcomes is combined with each outcome
//! of the children behind it. What can never match, or is always taken before, is left out.

use super::route::Route;
use super::yaml::Lost;
use crate::domain::matcher::{MAX_MATCHERS, Matcher, Matchers};

/// Rules that one file may become. Combinations double with every route that goes on.
const OUTCOMES_MAX: usize = 2000;

/// What can become of an alert: matchers that must hold, and the routes that then hear of it.
#[derive(Debug, Clone)]
pub(super) struct Outcome<'a> {
    pub(super) matchers: Matchers,
    pub(super) routes: Vec<&'a Route>,
}

/// Every outcome of a tree, the first that matches counts.
pub(super) fn outcomes<'a>(root: &'a Route, lost: &mut Lost) -> Vec<Outcome<'a>> {
    let found = of_route(root, lost);
    unreached(root, &found, lost);
    found
}

fn of_route<'a>(route: &'a Route, lost: &mut Lost) -> Vec<Outcome<'a>> {
    let mut all = Vec::new();
    for mut outcome in of_siblings(&route.routes, lost) {
        if outcome.routes.is_empty() {
            outcome.routes.push(route);
        }
        let own = Outcome { matchers: every(&route.matchers), routes: Vec::new() };
        all.extend(both(&own, &outcome));
    }
    reachable(all)
}

/// The outcomes of some siblings; the last one takes what none of them wants.
fn of_siblings<'a>(routes: &'a [Route], lost: &mut Lost) -> Vec<Outcome<'a>> {
    let Some((first, rest)) = routes.split_first() else {
        return vec![Outcome { matchers: Matchers::default(), routes: Vec::new() }];
    };
    let (mine, behind) = (of_route(first, lost), of_siblings(rest, lost));
    let mut all = if first.goes_on { combined(first, &mine, &behind, lost) } else { mine };
    all.extend(behind);
    all
}

fn combined<'a>(
    first: &Route,
    mine: &[Outcome<'a>],
    behind: &[Outcome<'a>],
    lost: &mut Lost,
) -> Vec<Outcome<'a>> {
    let pairs = mine.iter().flat_map(|one| behind.iter().filter_map(|other| both(one, other)));
    let all: Vec<_> = pairs.take(OUTCOMES_MAX + 1).collect();
    if all.len() <= OUTCOMES_MAX {
        return reachable(all);
    }
    let why = format!(
        "`continue`: with the routes behind it there are more than {OUTCOMES_MAX} combinations; \
         alerts that this route takes go no further"
    );
    lost.add(first.line, why);
    mine.to_vec()
}

/// Both at once; none where they contradict each other.
fn both<'a>(one: &Outcome<'a>, other: &Outcome<'a>) -> Option<Outcome<'a>> {
    let mut matchers: Vec<Matcher> = one.matchers.iter().cloned().collect();
    for matcher in other.matchers.iter().filter(|it| !one.matchers.iter().any(|own| own == *it)) {
        matchers.push(matcher.clone());
    }
    let matchers = Matchers::new(matchers).ok()?;
    if matchers.contradiction().is_some() {
        return None;
    }
    let mut routes = one.routes.clone();
    routes.extend(&other.routes);
    Some(Outcome { matchers, routes })
}

/// A route's own matchers; those beyond the most that a rule may have are not read by anybody.
fn every(matchers: &[Matcher]) -> Matchers {
    Matchers::new(matchers.iter().take(MAX_MATCHERS).cloned().collect()).unwrap_or_default()
}

/// Without what an earlier outcome always takes.
fn reachable(all: Vec<Outcome<'_>>) -> Vec<Outcome<'_>> {
    let mut kept: Vec<Outcome<'_>> = Vec::new();
    for outcome in all {
        if !kept.iter().any(|earlier| outcome.matchers.imply(&earlier.matchers)) {
            kept.push(outcome);
        }
    }
    kept
}

/// Says which routes no alert can come to: neither here nor there.
fn unreached(route: &Route, found: &[Outcome<'_>], lost: &mut Lost) {
    let is_reached = found.iter().any(|it| it.routes.iter().any(|at| std::ptr::eq(*at, route)));
    let is_covered = !route.routes.is_empty();
    if !is_reached && !is_covered {
        lost.add(route.line, "this route: no alert ever comes to it, earlier ones take them all");
    }
    route.routes.iter().for_each(|below| unreached(below, found, lost));
}
