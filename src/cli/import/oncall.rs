//! Grafana OnCall's users, schedules, shifts and escalation chains, as its API lists them
//! (<https://grafana.com/docs/oncall/latest/oncall-api-reference/>).

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDateTime, TimeDelta};
use serde::Deserialize;

use super::pagerduty::zone;
use super::write::{Carried, Layer, Person, Policy, Schedule, plain};
use crate::domain::duration;

#[derive(Debug, Deserialize)]
struct Export {
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    schedules: Vec<TheirSchedule>,
    #[serde(default, alias = "shifts")]
    on_call_shifts: Vec<Shift>,
    #[serde(default)]
    escalation_chains: Vec<Chain>,
    #[serde(default)]
    escalation_policies: Vec<Step>,
}

#[derive(Debug, Deserialize)]
struct User {
    id: String,
    username: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    timezone: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TheirSchedule {
    id: String,
    name: String,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    shifts: Vec<String>,
    #[serde(default)]
    ical_url_primary: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Shift {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    until: Option<String>,
    #[serde(default)]
    duration: i64,
    #[serde(default)]
    level: i64,
    #[serde(default)]
    frequency: Option<String>,
    #[serde(default)]
    interval: Option<u32>,
    #[serde(default)]
    by_day: Option<Vec<String>>,
    #[serde(default)]
    rolling_users: Option<Vec<Vec<String>>>,
    #[serde(default)]
    users: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Chain {
    id: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Step {
    escalation_chain_id: String,
    #[serde(default)]
    position: u32,
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    duration: Option<u64>,
    #[serde(default)]
    persons_to_notify: Vec<String>,
    #[serde(default)]
    notify_on_call_from_schedule: Option<String>,
}

/// What an export becomes.
pub(super) fn read(text: &str) -> anyhow::Result<Carried> {
    let export: Export = serde_json::from_str(text).context(
        "this is no export of Grafana OnCall: an object with users, schedules, on_call_shifts, \
         escalation_chains and escalation_policies is wanted",
    )?;
    let mut carried = Carried::default();
    let mut people = BTreeMap::new();
    for user in export.users {
        let email = user.email.unwrap_or_default();
        let contacts = if email.is_empty() {
            Vec::new()
        } else {
            vec![("email".to_owned(), email.clone(), 0)]
        };
        let zone = zone(user.timezone.as_deref().unwrap_or_default());
        let person = Person { full_name: user.username.clone(), email, zone, contacts };
        people.insert(user.id, carried.add(&user.username, person));
    }
    if !people.is_empty() {
        carried.lose("people's notification rules: add `contacts` to each");
    }
    let names: BTreeMap<String, String> =
        export.schedules.iter().map(|it| (it.id.clone(), plain(&it.name))).collect();
    for schedule in export.schedules {
        let schedule = ours(schedule, (&export.on_call_shifts, &people), &mut carried);
        carried.schedules.push(schedule);
    }
    let mut steps = export.escalation_policies;
    steps.sort_by_key(|step| step.position);
    for chain in export.escalation_chains {
        let own = steps.iter().filter(|step| step.escalation_chain_id == chain.id);
        let policy = policy(&chain.name, own, (&people, &names), &mut carried);
        carried.policies.push(policy);
    }
    Ok(carried)
}

fn ours(
    schedule: TheirSchedule,
    (shifts, people): (&[Shift], &BTreeMap<String, String>),
    carried: &mut Carried,
) -> Schedule {
    let name = plain(&schedule.name);
    if let Some(url) = schedule.ical_url_primary {
        carried.lose(format!("{name} is a calendar: `warroom import ical FILE` reads {url}"));
    }
    let mut own: Vec<&Shift> =
        shifts.iter().filter(|shift| schedule.shifts.contains(&shift.id)).collect();
    // The higher level wins there; here the later layer does.
    own.sort_by_key(|shift| shift.level);
    let zone = zone(schedule.time_zone.as_deref().unwrap_or_default());
    let (mut layers, mut overrides) = (Vec::new(), Vec::new());
    for shift in own {
        let named = |ids: &[String]| -> Vec<String> {
            ids.iter().map(|id| people.get(id).cloned().unwrap_or_else(|| plain(id))).collect()
        };
        if shift.kind == "override" || shift.kind == "single_event" {
            let all = shift.rolling_users.iter().flatten().flatten().chain(&shift.users);
            let times = start_of(shift).map(|start| {
                let form = "%Y-%m-%dT%H:%M:%SZ";
                let end = start + TimeDelta::seconds(shift.duration);
                (start.format(form).to_string(), end.format(form).to_string())
            });
            match (named(&all.cloned().collect::<Vec<_>>()).into_iter().next(), times) {
                (Some(person), Some((from, until))) => overrides.push((person, from, until)),
                _ => carried.lose(format!("the shift {:?} of {name}", shift.name)),
            }
            continue;
        }
        let rolling = shift.rolling_users.iter().flatten().map(|ids| named(ids));
        let mut turns: Vec<Vec<String>> = rolling.filter(|turn| !turn.is_empty()).collect();
        if turns.is_empty() && !shift.users.is_empty() {
            turns.push(named(&shift.users));
        }
        match layer(shift, turns) {
            Some(layer) => layers.push(layer),
            None => carried
                .lose(format!("the shift {:?} of {name}: its kind is {}", shift.name, shift.kind)),
        }
    }
    Schedule { name, zone, layers, overrides }
}

fn start_of(shift: &Shift) -> Option<NaiveDateTime> {
    let plain = NaiveDateTime::parse_from_str(&shift.start, "%Y-%m-%dT%H:%M:%S").ok();
    plain.or_else(|| Some(DateTime::parse_from_rfc3339(&shift.start).ok()?.naive_local()))
}

fn layer(shift: &Shift, turns: Vec<Vec<String>>) -> Option<Layer> {
    let start = start_of(shift)?;
    let (unit, length) = match shift.frequency.as_deref()? {
        "hourly" => ("h", TimeDelta::hours(1)),
        "daily" => ("d", TimeDelta::days(1)),
        "weekly" => ("w", TimeDelta::weeks(1)),
        _ => return None,
    };
    if turns.is_empty() {
        return None;
    }
    let interval = shift.interval.unwrap_or(1).max(1);
    let lasts = TimeDelta::seconds(shift.duration);
    // A shift that is shorter than its turn has hours.
    let hours = if lasts >= length || lasts >= TimeDelta::days(1) {
        Vec::new()
    } else {
        let end = start + lasts;
        vec![format!("{}-{}", start.format("%H:%M"), end.format("%H:%M"))]
    };
    let days = shift.by_day.iter().flatten().filter_map(|day| {
        let days = [
            ("MO", "mon"),
            ("TU", "tue"),
            ("WE", "wed"),
            ("TH", "thu"),
            ("FR", "fri"),
            ("SA", "sat"),
            ("SU", "sun"),
        ];
        days.iter().find(|(theirs, _)| theirs == day).map(|(_, ours)| (*ours).to_owned())
    });
    Some(Layer {
        name: shift.name.clone(),
        turns,
        every: if lasts > length { duration::format(lasts) } else { format!("{interval}{unit}") },
        start: start.format("%Y-%m-%d").to_string(),
        handoff: start.format("%H:%M").to_string(),
        end: shift.until.as_ref().and_then(|until| until.get(..10)).map(str::to_owned),
        hours,
        days: days.collect(),
    })
}

fn policy<'a>(
    chain: &str,
    own: impl Iterator<Item = &'a Step>,
    (people, schedules): (&BTreeMap<String, String>, &BTreeMap<String, String>),
    carried: &mut Carried,
) -> Policy {
    let name = plain(chain);
    let mut policy = Policy { name: name.clone(), repeat: 0, steps: Vec::new() };
    for step in own {
        let targets: Vec<String> = match step.kind.as_deref().unwrap_or_default() {
            "wait" => {
                let minutes = step.duration.unwrap_or(300) / 60;
                if let Some((_, after)) = policy.steps.last_mut() {
                    *after = minutes.max(1);
                }
                continue;
            }
            "notify_persons" | "notify_person_next_each_time" => {
                let named = step.persons_to_notify.iter().filter_map(|id| people.get(id));
                named.map(|name| format!("@{name}")).collect()
            }
            "notify_on_call_from_schedule" => {
                let id = step.notify_on_call_from_schedule.as_ref();
                let known = id.and_then(|id| schedules.get(id));
                known.map(|name| format!("oncall:{name}")).into_iter().collect()
            }
            "repeat_escalation" => {
                policy.repeat = 5;
                continue;
            }
            other => {
                carried.lose(format!("a step of {name}: {other}"));
                continue;
            }
        };
        if targets.is_empty() {
            carried.lose(format!("a step of {name}: the export does not have whom it wakes"));
        } else {
            policy.steps.push((targets, 5));
        }
    }
    policy
}
