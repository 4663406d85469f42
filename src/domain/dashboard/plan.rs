//! What a request means: which queries, over which time, under which title.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;

use super::arguments::{fill, named, said, typed, with_known};
use super::bad::Bad;
use super::context::{Context, Usual};
use super::find::Found;
use super::graph::{Arg, Graph, Target, Value, Values, Words};
use super::library::Library;
use super::request::{Request, Wish, shown};
use super::step;
use super::times::{know_time, time};
use crate::domain::chart::{Axis, Limit, Marker, Unit};

/// How many values are offered where one must be chosen.
const CHOICES_MAX: usize = 5;
/// How many lines are drawn when nobody says: more cannot be told apart by colour.
const TOP: usize = 10;

/// What is to be drawn, complete but for what only the source knows.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What stands above the picture.
    pub title: String,
    /// The full line that asks for the same.
    pub command: String,
    /// What the numbers are.
    pub unit: Unit,
    /// The time it covers.
    pub window: Window,
    /// How long before that to look for comparison.
    pub versus: Option<TimeDelta>,
    /// How many lines are drawn at most.
    pub top: usize,
    /// The reader's time zone.
    pub zone: Tz,
    /// How it should look.
    pub wish: Wish,
    /// Lines that should not be crossed.
    pub limits: Vec<Limit>,
    /// How the values are laid out.
    pub axis: Axis,
    /// Moments worth seeing, those inside the window.
    pub markers: Vec<Marker>,
    /// What a reader must know.
    pub notes: Vec<String>,
    /// The arguments, for legends.
    pub values: Values,
    /// Lines that ask for what was meant as well.
    pub also: Vec<String>,
    targets: Vec<Target>,
    args: Vec<Arg>,
    source: Option<CompactString>,
}

/// The time that a graph covers, and how finely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its beginning.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// The distance between two points.
    pub step: TimeDelta,
}

/// One question to a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What its lines are called.
    pub legend: Option<String>,
    /// The query, with every argument in its place.
    pub query: String,
    /// The source; none: the default.
    pub source: Option<CompactString>,
    /// A source that may be known here by this name; else the default.
    pub hint: Option<CompactString>,
}

impl Library {
    /// What a request means at `now`, for readers of `zone` unless it or its context says another.
    ///
    /// # Errors
    /// What is wrong with it, and what to type instead.
    pub fn plan(
        &self,
        request: &Request,
        context: &Context,
        now: DateTime<Utc>,
        usual: Usual,
    ) -> Result<Plan, Bad> {
        let zone = request.zone.or(context.zone).unwrap_or(usual.zone);
        let (span, from, to) = time(request, context, now, zone)?;
        if let Some(query) = &request.query {
            return raw(request, query, (from, to), zone);
        }
        let Found { graph, rest, also } = self.find(&request.words)?;
        let step = step::step(to - from, graph.step);
        let window = Window { from, to, step };
        let mut values = Values::new();
        let typed = with_known(graph, typed(graph, &rest, request)?, context);
        fill(graph, &typed, &mut values)?;
        know_time(&mut values, window, usual.scrape);
        let words = said(graph, &typed);
        let command = Request { words, span: Some(span), ..request.clone() };
        let command = Request { named: named(graph, &typed), ..command };
        let again = |other: &Graph| {
            let words = [vec![other.name.to_string()], rest.clone()].concat();
            format!("graph {}", Request { words, ..command.clone() })
        };
        let inside = |marker: &&Marker| (from..=to).contains(&marker.at);
        Ok(Plan {
            title: graph.title.line(&values),
            unit: graph.unit.clone(),
            versus: request.versus.or(graph.compare),
            top: request.top.or(graph.top).unwrap_or(TOP),
            zone,
            wish: request.wish,
            limits: graph.limits.clone(),
            axis: graph.axis,
            markers: context.markers.iter().filter(inside).cloned().collect(),
            notes: graph.notes.clone(),
            also: also.into_iter().map(again).collect(),
            targets: graph.targets.clone(),
            args: graph.args.clone(),
            source: request.source.as_deref().map(CompactString::from).or(graph.source.clone()),
            command: format!("graph {command}"),
            window,
            values,
        })
    }
}

impl Plan {
    /// The next argument whose values only the source knows: its name, and what to ask for. None:
    /// [`Plan::asks`] can be asked.
    ///
    /// # Errors
    /// When a value cannot stand where the question wants it.
    pub fn lookup(&self) -> Result<Option<(CompactString, String, String)>, Bad> {
        let is_open = |arg: &&Arg| arg.lookup.is_some() && !self.values.contains_key(&arg.name);
        for arg in self.args.iter().filter(is_open) {
            let Some(lookup) = &arg.lookup else { continue };
            let matching = lookup.matching.query(&self.values, &self.vouched()).map_err(unfit)?;
            return Ok(Some((arg.name.clone(), lookup.label.clone(), matching)));
        }
        Ok(None)
    }

    /// The values that the source has for an argument: all of them are meant, or the only one.
    ///
    /// # Errors
    /// When there are several and one must be chosen.
    pub fn answer(&mut self, name: CompactString, found: &[String]) -> Result<(), Bad> {
        let Some(arg) = self.args.iter().find(|arg| arg.name == name) else { return Ok(()) };
        let lookup = arg.lookup.as_ref();
        let values: BTreeSet<String> = found
            .iter()
            .filter_map(|value| lookup.map_or(Some(value.clone()), |it| it.keep(value)))
            .collect();
        let values: Vec<String> = values.into_iter().collect();
        match values.as_slice() {
            [] if !arg.takes_all => Err(Bad::new(format!(
                "The {name} is not known: the source has no value for it. Say it with {name}=…"
            ))),
            [_, _, ..] if !arg.takes_all => {
                let some: Vec<&str> = values.iter().take(CHOICES_MAX).map(String::as_str).collect();
                let dots = if values.len() > CHOICES_MAX { " …" } else { "" };
                let first = values.first().cloned().unwrap_or_default();
                let line = format!("{} {name}={}", self.command, shown(&first));
                Err(Bad::new(format!("Which {name}? There are: {}{dots}.", some.join(", ")))
                    .instead(line))
            }
            _ => {
                self.values.insert(name, Value::Data(values));
                Ok(())
            }
        }
    }

    /// What to ask the sources for.
    ///
    /// # Errors
    /// When a value cannot stand where the query wants it.
    pub fn asks(&self) -> Result<Vec<Ask>, Bad> {
        let vouched = self.vouched();
        let ask = |target: &Target| {
            let query = target.query.query(&self.values, &vouched).map_err(unfit)?;
            let source = target.source.clone().or(self.source.clone());
            let hint = target.hint.clone();
            Ok(Ask { legend: target.legend.clone(), query, source, hint })
        };
        self.targets.iter().map(ask).collect()
    }

    /// The source that lookups go to.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Values that matched the pattern that their author gave: they may stand outside quotes.
    fn vouched(&self) -> Vec<String> {
        let of = |arg: &Arg| match self.values.get(&arg.name) {
            Some(Value::Data(values)) if arg.pattern.is_some() => values.clone(),
            Some(Value::Data(_) | Value::Author(_)) | None => Vec::new(),
        };
        self.args.iter().flat_map(of).collect()
    }
}

fn unfit(why: impl std::fmt::Display) -> Bad {
    Bad::new(format!("The query cannot be made: {why}."))
}

/// A query without a dashboard.
fn raw(
    request: &Request,
    query: &str,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    zone: Tz,
) -> Result<Plan, Bad> {
    const TITLE_LETTERS_MAX: usize = 80;
    if !request.words.is_empty() || !request.named.is_empty() {
        return Err(Bad::new("Name a graph or give a query with q=, not both."));
    }
    if query.trim().is_empty() {
        return Err(Bad::new("The query is empty.").instead("graph q=\"rate(x[5m])\" 1h"));
    }
    let text = super::grafana::Text::plain(query);
    Ok(Plan {
        title: query.chars().take(TITLE_LETTERS_MAX).collect(),
        command: format!("graph {request}"),
        unit: Unit::Short,
        window: Window { from, to, step: step::step(to - from, None) },
        versus: request.versus,
        top: request.top.unwrap_or(TOP),
        zone,
        wish: request.wish,
        limits: Vec::new(),
        axis: Axis::default(),
        markers: Vec::new(),
        notes: Vec::new(),
        values: Values::new(),
        also: Vec::new(),
        targets: vec![Target {
            legend: None,
            query: Words::Grafana(text),
            source: None,
            hint: None,
        }],
        args: Vec::new(),
        source: request.source.as_deref().map(CompactString::from),
    })
}
