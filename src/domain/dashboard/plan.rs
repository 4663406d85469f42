//! What a request means: which queries, over which time, under which title.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;
use regex::Regex;

use super::bad::Bad;
use super::context::Context;
use super::find::Found;
use super::graph::{Arg, Graph, Target, Value, Values, Words};
use super::library::Library;
use super::request::{Moment, RANGE_MAX, Request, Span, Wish, shown};
use super::step;
use crate::domain::chart::{Limit, Marker, Unit};
use crate::domain::diagnostic::did_you_mean;
use crate::domain::duration;

/// What is shown when nobody says which time and no incident does.
const USUAL: TimeDelta = TimeDelta::hours(1);
/// What is shown before an incident, at least: how it was when all was well.
const LEAD_MIN: TimeDelta = TimeDelta::minutes(10);
/// At most.
const LEAD_MAX: TimeDelta = TimeDelta::hours(6);
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
        zone: Tz,
    ) -> Result<Plan, Bad> {
        let zone = request.zone.or(context.zone).unwrap_or(zone);
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
        know_time(&mut values, window);
        let command = Request { words: said(graph, &typed), span, ..request.clone() };
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

fn unfit(why: String) -> Bad {
    Bad::new(format!("The query cannot be made: {why}."))
}

/// Which time is shown, and how the full command says it.
fn time(
    request: &Request,
    context: &Context,
    now: DateTime<Utc>,
    zone: Tz,
) -> Result<(Option<Span>, DateTime<Utc>, DateTime<Utc>), Bad> {
    let at = |moment: Moment| {
        moment.resolve(now, zone).ok_or_else(|| {
            Bad::new(format!("{moment} is no moment on the clock of {}.", zone.name()))
        })
    };
    let span = match (request.span, context.since) {
        (Some(Span::Incident), None) => {
            let why = "`incident` means the incident of a room, and this is no incident's room.";
            return Err(Bad::new(why).instead("graph latency cms 1h"));
        }
        (Some(Span::Incident) | None, Some(since)) => incident(since, context.until, now),
        (Some(span), _) => span,
        (None, None) => Span::Last(USUAL),
    };
    let (from, to) = match span {
        Span::Last(length) => (now - length, now),
        Span::Between(from, to) => (at(from)?, at(to)?),
        Span::Since(from) => (at(from)?, now),
        Span::Around(middle, length) => (at(middle)? - length, at(middle)? + length),
        Span::Incident => (now - USUAL, now),
    };
    if from >= now {
        return Err(Bad::new("That time has not come yet: nothing was measured."));
    }
    let to = to.min(now);
    if to - from < TimeDelta::seconds(1) {
        return Err(Bad::new("That time has no length: its beginning must be before its end."));
    }
    if to - from > RANGE_MAX {
        return Err(Bad::new("That time is too long to be drawn: the longest range is a year."));
    }
    Ok((Some(span), from, to))
}

/// The incident with what was before it, to see what changed.
fn incident(since: DateTime<Utc>, until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Span {
    let end = until.unwrap_or(now);
    let lead = ((end - since) / 4).clamp(LEAD_MIN, LEAD_MAX);
    let from = (since - lead).max(now - RANGE_MAX);
    // Whole seconds: people may type them again.
    let whole = |at: DateTime<Utc>| {
        DateTime::from_timestamp(at.timestamp(), 0).map_or(Moment::Now, Moment::At)
    };
    match until {
        Some(until) if until + LEAD_MIN < now => {
            Span::Between(whole(from), whole(until + LEAD_MIN))
        }
        Some(_) | None => Span::Since(whole(from)),
    }
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

/// What was typed for each argument.
fn typed<'a>(
    graph: &'a Graph,
    rest: &[String],
    request: &Request,
) -> Result<Vec<(&'a Arg, String)>, Bad> {
    let places: Vec<&Arg> =
        graph.args.iter().filter(|arg| !arg.is_fixed && !arg.is_named_only).collect();
    if let Some(extra) = rest.get(places.len()) {
        let why = format!("{} has no argument for {}.", graph.name, shown(extra));
        return Err(Bad::new(why).instead(format!("{} 1h", graph.usage())));
    }
    let mut typed: Vec<(&Arg, String)> = places.into_iter().zip(rest.iter().cloned()).collect();
    for (name, value) in &request.named {
        let open: Vec<&Arg> = graph.args.iter().filter(|arg| !arg.is_fixed).collect();
        let Some(arg) = open.iter().find(|arg| arg.name.eq_ignore_ascii_case(name)) else {
            let names: Vec<&str> = open.iter().map(|arg| arg.name.as_str()).collect();
            let help = did_you_mean(name, names.iter().copied())
                .unwrap_or_else(|| format!("it has: {}.", names.join(", ")));
            return Err(Bad::new(format!("{} has no argument {name}: {help}", graph.name)));
        };
        if typed.iter().any(|(known, _)| known.name == arg.name) {
            return Err(Bad::new(format!("{name} is said twice: say it once.")));
        }
        typed.push((arg, value.clone()));
    }
    Ok(typed)
}

/// What was typed, and what the room knows besides.
fn with_known<'a>(
    graph: &'a Graph,
    mut typed: Vec<(&'a Arg, String)>,
    context: &Context,
) -> Vec<(&'a Arg, String)> {
    for arg in graph.args.iter().filter(|arg| !arg.is_fixed) {
        let is_said = typed.iter().any(|(known, _)| known.name == arg.name);
        if let (false, Some(value)) = (is_said, context.labels.get(&arg.name)) {
            typed.push((arg, value.to_string()));
        }
    }
    typed
}

fn fill(graph: &Graph, typed: &[(&Arg, String)], values: &mut Values) -> Result<(), Bad> {
    for arg in &graph.args {
        let said = typed.iter().find(|(known, _)| known.name == arg.name).map(|(_, text)| text);
        let value = match (said, &arg.default) {
            (Some(text), _) => value(graph, arg, text)?,
            (None, Some(default)) => default.clone(),
            (None, None) if arg.lookup.is_some() => continue,
            (None, None) => {
                let why = format!("{} needs to know the {}.", graph.name, arg.name);
                return Err(Bad::new(why).instead(format!("{} 1h", graph.usage())));
            }
        };
        values.insert(arg.name.clone(), value);
    }
    Ok(())
}

fn value(graph: &Graph, arg: &Arg, text: &str) -> Result<Value, Bad> {
    if let Some(choice) = arg.choices.get(text) {
        return Ok(choice.clone());
    }
    let values: Vec<String> = if arg.is_multi {
        text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
    } else {
        vec![text.to_owned()]
    };
    let fits = |one: &String| arg.pattern.as_ref().is_none_or(|pattern| pattern.is_match(one));
    if let Some(unfit) = values.iter().find(|one| !fits(one)) {
        let pattern = arg.pattern.as_ref().map_or("", Regex::as_str);
        return Err(Bad::new(format!(
            "{} cannot be the {} of {}: it must match {pattern}.",
            shown(unfit),
            arg.name,
            graph.name
        )));
    }
    if values.is_empty() {
        return Err(Bad::new(format!("The {} of {} cannot be empty.", arg.name, graph.name)));
    }
    Ok(Value::Data(values))
}

/// The times that templates may use.
fn know_time(values: &mut Values, window: Window) {
    let Window { from, to, step } = window;
    let (rate, range) = (step::rate(step), to - from);
    let text = |length: TimeDelta| duration::format(length);
    let whole = TimeDelta::seconds(range.num_seconds());
    for (name, value) in [
        ("step", text(step)),
        ("rate", text(rate)),
        ("range", text(whole)),
        ("__interval", text(step)),
        ("__interval_ms", step.num_milliseconds().to_string()),
        ("__rate_interval", text(rate)),
        ("__range", text(whole)),
        ("__range_s", whole.num_seconds().to_string()),
        ("__range_ms", whole.num_milliseconds().to_string()),
    ] {
        values.entry(name.into()).or_insert_with(|| Value::one(value));
    }
}

/// The words of the full command: the name, and what people say by its place.
fn said(graph: &Graph, typed: &[(&Arg, String)]) -> Vec<String> {
    let places = graph.args.iter().filter(|arg| !arg.is_fixed && !arg.is_named_only);
    let mut words = vec![graph.name.to_string()];
    for arg in places {
        let Some((_, text)) = typed.iter().find(|(known, _)| known.name == arg.name) else { break };
        words.push(text.clone());
    }
    words
}

/// What the full command says by name.
fn named(graph: &Graph, typed: &[(&Arg, String)]) -> BTreeMap<String, String> {
    let by_place = said(graph, typed).len() - 1;
    let places = graph.args.iter().filter(|arg| !arg.is_fixed && !arg.is_named_only);
    let placed: Vec<&CompactString> = places.take(by_place).map(|arg| &arg.name).collect();
    typed
        .iter()
        .filter(|(arg, _)| !placed.contains(&&arg.name))
        .map(|(arg, text)| (arg.name.to_string(), text.clone()))
        .collect()
}
