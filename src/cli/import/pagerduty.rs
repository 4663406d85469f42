//! PagerDuty's users, schedules and escalation policies, as its REST API lists them
//! (<https://developer.pagerduty.com/api-reference/>).

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta};
use serde::Deserialize;

use super::write::{Carried, Layer, Person, Policy, Schedule, plain};
use crate::domain::duration;

const DAYS: [&str; 8] = ["", "mon", "tue", "wed", "thu", "fri", "sat", "sun"];

#[derive(Debug, Deserialize)]
struct Export {
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    schedules: Vec<TheirSchedule>,
    #[serde(default)]
    escalation_policies: Vec<TheirPolicy>,
}

#[derive(Debug, Deserialize)]
struct User {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    contact_methods: Vec<Method>,
    #[serde(default)]
    notification_rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Method {
    id: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    country_code: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    #[serde(default)]
    start_delay_in_minutes: u64,
    contact_method: Reference,
    #[serde(default)]
    urgency: String,
}

#[derive(Debug, Deserialize)]
struct Reference {
    id: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    summary: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TheirSchedule {
    #[serde(default)]
    id: String,
    name: String,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    schedule_layers: Vec<TheirLayer>,
}

#[derive(Debug, Deserialize)]
struct TheirLayer {
    #[serde(default)]
    name: String,
    #[serde(default)]
    end: Option<String>,
    rotation_virtual_start: String,
    rotation_turn_length_seconds: i64,
    #[serde(default)]
    users: Vec<Seat>,
    #[serde(default)]
    restrictions: Vec<Restriction>,
}

#[derive(Debug, Deserialize)]
struct Seat {
    user: Reference,
}

#[derive(Debug, Deserialize)]
struct Restriction {
    start_time_of_day: String,
    duration_seconds: i64,
    #[serde(default)]
    start_day_of_week: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct TheirPolicy {
    name: String,
    #[serde(default)]
    num_loops: u64,
    #[serde(default)]
    escalation_rules: Vec<TheirStep>,
}

#[derive(Debug, Deserialize)]
struct TheirStep {
    #[serde(default)]
    escalation_delay_in_minutes: u64,
    #[serde(default)]
    targets: Vec<Reference>,
}

/// What an export becomes.
pub(super) fn read(text: &str) -> anyhow::Result<Carried> {
    let export: Export = serde_json::from_str(text)
        .context("this is no export of PagerDuty: an object with users, schedules and escalation_policies is wanted")?;
    let (mut carried, mut people) = (Carried::default(), BTreeMap::new());
    for user in export.users {
        let (id, name) = (user.id.clone(), user.name.clone());
        let person = person(user, &mut carried);
        let ours = carried.add(&name, person);
        people.insert(id, ours);
    }
    let mut schedules = BTreeMap::new();
    for schedule in export.schedules {
        schedules.insert(schedule.id.clone(), plain(&schedule.name));
        let schedule = ours(schedule, &mut people, &mut carried);
        carried.schedules.push(schedule);
    }
    for policy in export.escalation_policies {
        let policy = steps(policy, (&mut people, &schedules), &mut carried);
        carried.policies.push(policy);
    }
    Ok(carried)
}

fn person(user: User, carried: &mut Carried) -> Person {
    let mut contacts = Vec::new();
    for rule in user.notification_rules.iter().filter(|rule| rule.urgency != "low") {
        let Some(method) = user.contact_methods.iter().find(|it| it.id == rule.contact_method.id)
        else {
            continue;
        };
        let address = method.address.clone().unwrap_or_default();
        let number = || format!("+{}{address}", method.country_code.unwrap_or(1));
        let contact = match method.kind.as_str() {
            "phone_contact_method" => ("voice", number()),
            "sms_contact_method" => ("sms", number()),
            "email_contact_method" => ("email", address.clone()),
            other => {
                let other = other.trim_end_matches("_contact_method").replace('_', " ");
                carried
                    .lose(format!("{}'s {other}: choose a pager for it, ntfy perhaps", user.name));
                continue;
            }
        };
        contacts.push((contact.0.to_owned(), contact.1, rule.start_delay_in_minutes));
    }
    if user.notification_rules.iter().any(|rule| rule.urgency == "low") {
        carried.lose(format!("{}'s rules for low urgency: write `quiet` for them", user.name));
    }
    contacts.sort_by_key(|(_, _, after)| *after);
    Person { full_name: user.name, email: user.email, zone: user.time_zone, contacts }
}

fn ours(
    schedule: TheirSchedule,
    people: &mut BTreeMap<String, String>,
    carried: &mut Carried,
) -> Schedule {
    let name = plain(&schedule.name);
    let mut layers = Vec::new();
    // Their list begins with the layer that wins; here the last one does.
    for layer in schedule.schedule_layers.into_iter().rev() {
        if layer.users.is_empty() {
            carried.lose(format!("the layer {:?} of {name}: nobody is in it", layer.name));
            continue;
        }
        let names: Vec<Vec<String>> =
            layer.users.iter().map(|seat| vec![named(&seat.user, people, carried)]).collect();
        match split(&layer) {
            None => carried.lose(format!(
                "the layer {:?} of {name}: its start, {}, cannot be read",
                layer.name, layer.rotation_virtual_start
            )),
            Some(parts) => {
                layers.extend(parts.into_iter().map(|part| Layer { turns: names.clone(), ..part }))
            }
        }
    }
    Schedule { name, zone: zone(&schedule.time_zone), layers, overrides: Vec::new() }
}

/// A layer whose hours differ by the day becomes one for each kind of day.
fn split(layer: &TheirLayer) -> Option<Vec<Layer>> {
    let start = DateTime::parse_from_rfc3339(&layer.rotation_virtual_start).ok()?;
    let end = layer.end.as_ref().and_then(|end| DateTime::parse_from_rfc3339(end).ok());
    let base = || Layer {
        name: layer.name.clone(),
        every: duration::format(TimeDelta::seconds(layer.rotation_turn_length_seconds)),
        start: start.format("%Y-%m-%d").to_string(),
        handoff: start.format("%H:%M").to_string(),
        end: end.map(|end| end.format("%Y-%m-%d").to_string()),
        ..Layer::default()
    };
    if layer.restrictions.is_empty() {
        return Some(vec![base()]);
    }
    let part = |restriction: &Restriction| {
        let spans = spans(restriction);
        spans.into_iter().map(|(day, hours)| Layer {
            hours: vec![hours],
            days: day.map(str::to_owned).into_iter().collect(),
            ..base()
        })
    };
    Some(layer.restrictions.iter().flat_map(part).collect())
}

/// A restriction as hours of single days; one that is longer than a day is cut at midnight.
fn spans(restriction: &Restriction) -> Vec<(Option<&'static str>, String)> {
    let mut parts =
        restriction.start_time_of_day.split(':').map(|part| part.parse::<i64>().unwrap_or(0));
    let mut minute = parts.next().unwrap_or(0) * 60 + parts.next().unwrap_or(0);
    let mut left = restriction.duration_seconds / 60;
    let mut day = restriction.start_day_of_week;
    let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    if left <= 1440 {
        let day = day.and_then(|day| DAYS.get(day).copied());
        return vec![(day, format!("{}-{}", clock(minute), clock((minute + left) % 1440)))];
    }
    let mut spans = Vec::new();
    while left > 0 && spans.len() < DAYS.len() {
        let length = left.min(1440 - minute);
        let name = day.and_then(|day| DAYS.get(day).copied());
        spans.push((name, format!("{}-{}", clock(minute), clock(minute + length))));
        (minute, left) = (0, left - length);
        day = day.map(|day| day % 7 + 1);
    }
    spans
}

fn steps(
    policy: TheirPolicy,
    (people, schedules): (&mut BTreeMap<String, String>, &BTreeMap<String, String>),
    carried: &mut Carried,
) -> Policy {
    let name = plain(&policy.name);
    let mut steps = Vec::new();
    for rule in policy.escalation_rules {
        let mut targets = Vec::new();
        for target in &rule.targets {
            match (target.kind.starts_with("schedule"), schedules.get(&target.id)) {
                (true, Some(schedule)) => targets.push(format!("oncall:{schedule}")),
                (true, None) => {
                    let called = target.summary.as_deref().unwrap_or(&target.id);
                    carried
                        .lose(format!("a step of {name}: the export has no schedule {called:?}"));
                }
                (false, _) => targets.push(format!("@{}", named(target, people, carried))),
            }
        }
        if targets.is_empty() {
            carried.lose(format!("a step of {name} that wakes nobody"));
        } else {
            steps.push((targets, rule.escalation_delay_in_minutes.max(1)));
        }
    }
    Policy { name, repeat: policy.num_loops, steps }
}

/// Our name of somebody; whoever the export names and does not describe is added.
fn named(user: &Reference, people: &mut BTreeMap<String, String>, carried: &mut Carried) -> String {
    if let Some(name) = people.get(&user.id) {
        return name.clone();
    }
    let called = user.summary.clone().unwrap_or_else(|| user.id.clone());
    carried.lose(format!("how {called:?} is reached: the export has no such user"));
    let name = carried.add(&called, Person { full_name: called.clone(), ..Person::default() });
    people.insert(user.id.clone(), name.clone());
    name
}

/// Their zones have IANA's names, or none.
pub(super) fn zone(theirs: &str) -> String {
    let is_known = theirs.parse::<chrono_tz::Tz>().is_ok();
    if is_known { theirs.to_owned() } else { "UTC".to_owned() }
}
