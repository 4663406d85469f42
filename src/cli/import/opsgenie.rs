//! Opsgenie's users, schedules and escalations, as its API lists them
//! (<https://docs.opsgenie.com/docs/schedule-api>, <https://docs.opsgenie.com/docs/escalation-api>).

use anyhow::Context as _;
use chrono::DateTime;
use serde::Deserialize;

use super::pagerduty::zone;
use super::write::{Carried, Layer, Person, Policy, Schedule, plain};

#[derive(Debug, Deserialize)]
struct Export {
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    schedules: Vec<TheirSchedule>,
    #[serde(default)]
    escalations: Vec<TheirPolicy>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    username: String,
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    time_zone: String,
}

#[derive(Debug, Deserialize)]
struct TheirSchedule {
    name: String,
    #[serde(default)]
    timezone: String,
    #[serde(default)]
    rotations: Vec<Rotation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rotation {
    #[serde(default)]
    name: String,
    start_date: String,
    #[serde(default)]
    end_date: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default = "one")]
    length: u32,
    #[serde(default)]
    participants: Vec<Recipient>,
    #[serde(default)]
    time_restriction: Option<TimeRestriction>,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Deserialize)]
struct Recipient {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TimeRestriction {
    #[serde(default)]
    restriction: Option<Hours>,
    #[serde(default)]
    restrictions: Vec<Hours>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hours {
    start_hour: u32,
    #[serde(default)]
    start_min: u32,
    end_hour: u32,
    #[serde(default)]
    end_min: u32,
    #[serde(default)]
    start_day: Option<String>,
    #[serde(default)]
    end_day: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TheirPolicy {
    name: String,
    #[serde(default)]
    rules: Vec<Rule>,
    #[serde(default)]
    repeat: Option<Repeat>,
}

#[derive(Debug, Deserialize)]
struct Repeat {
    #[serde(default)]
    count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(default)]
    condition: String,
    delay: Delay,
    recipient: Recipient,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delay {
    time_amount: u64,
    #[serde(default)]
    time_unit: Option<String>,
}

/// What an export becomes.
pub(super) fn read(text: &str) -> anyhow::Result<Carried> {
    let export: Export = serde_json::from_str(text).context(
        "this is no export of Opsgenie: an object with users, schedules and escalations is wanted",
    )?;
    let mut carried = Carried::default();
    for user in export.users {
        let email = user.username.clone();
        let contacts = vec![("email".to_owned(), email.clone(), 0)];
        let person =
            Person { full_name: user.full_name, email, zone: zone(&user.time_zone), contacts };
        carried.add(&user.username, person);
    }
    if !carried.people.is_empty() {
        carried.lose("people's notification rules: their API gives them one by one; add contacts");
    }
    for schedule in export.schedules {
        let name = plain(&schedule.name);
        let mut layers = Vec::new();
        for rotation in schedule.rotations {
            layers.extend(layer(&rotation, &name, &mut carried));
        }
        let (zone, overrides) = (zone(&schedule.timezone), Vec::new());
        carried.schedules.push(Schedule { name, zone, layers, overrides });
    }
    for policy in export.escalations {
        let policy = steps(policy, &mut carried);
        carried.policies.push(policy);
    }
    Ok(carried)
}

fn layer(rotation: &Rotation, schedule: &str, carried: &mut Carried) -> Vec<Layer> {
    let unit = match rotation.kind.as_str() {
        "hourly" => "h",
        "daily" => "d",
        "weekly" => "w",
        other => {
            carried.lose(format!("the rotation {:?} of {schedule}: it is {other}", rotation.name));
            return Vec::new();
        }
    };
    let Ok(start) = DateTime::parse_from_rfc3339(&rotation.start_date) else {
        carried.lose(format!("the rotation {:?} of {schedule}: no start", rotation.name));
        return Vec::new();
    };
    let mut turns = Vec::new();
    for participant in &rotation.participants {
        match (&participant.username, participant.kind.as_str()) {
            (Some(name), _) => turns.push(vec![person(name, carried)]),
            (None, kind) => carried
                .lose(format!("a turn of {schedule}: a {kind} cannot take one, only people can")),
        }
    }
    if turns.is_empty() {
        carried.lose(format!("the rotation {:?} of {schedule}: nobody is in it", rotation.name));
        return Vec::new();
    }
    let base = || Layer {
        name: rotation.name.clone(),
        turns: turns.clone(),
        every: format!("{}{unit}", rotation.length),
        start: start.format("%Y-%m-%d").to_string(),
        handoff: start.format("%H:%M").to_string(),
        end: rotation.end_date.as_ref().and_then(|end| end.get(..10)).map(str::to_owned),
        ..Layer::default()
    };
    let Some(limits) = &rotation.time_restriction else { return vec![base()] };
    let all = limits.restriction.iter().chain(&limits.restrictions);
    all.map(|hours| {
        let day =
            |day: &Option<String>| day.as_ref().and_then(|day| day.get(..3)).map(str::to_lowercase);
        if day(&hours.start_day) != day(&hours.end_day) && hours.start_hour < hours.end_hour {
            carried.lose(format!("{schedule}: hours over several days, only the first is kept"));
        }
        let span = format!(
            "{:02}:{:02}-{:02}:{:02}",
            hours.start_hour, hours.start_min, hours.end_hour, hours.end_min
        );
        Layer { hours: vec![span], days: day(&hours.start_day).into_iter().collect(), ..base() }
    })
    .collect()
}

fn steps(policy: TheirPolicy, carried: &mut Carried) -> Policy {
    let name = plain(&policy.name);
    // Their delays count from the beginning; ours from the step before.
    let mut rules: Vec<(u64, String)> = Vec::new();
    for rule in policy.rules {
        if !matches!(rule.condition.as_str(), "" | "if-not-acked" | "if-not-closed") {
            carried.lose(format!("{name}: the condition {:?}", rule.condition));
        }
        let unit = rule.delay.time_unit.as_deref().unwrap_or("minutes");
        let minutes = match unit {
            "hours" => rule.delay.time_amount.saturating_mul(60),
            "days" => rule.delay.time_amount.saturating_mul(1440),
            _ => rule.delay.time_amount,
        };
        let called = rule.recipient.username.or(rule.recipient.name).unwrap_or_default();
        let target = match rule.recipient.kind.as_str() {
            "schedule" => format!("oncall:{}", plain(&called)),
            "team" => format!("team:{}", plain(&called)),
            _ => format!("@{}", person(&called, carried)),
        };
        let is_known = target
            .strip_prefix("oncall:")
            .is_none_or(|schedule| carried.schedules.iter().any(|known| known.name == schedule));
        if is_known {
            rules.push((minutes, target));
        } else {
            carried.lose(format!("a step of {name}: the export has no schedule {called:?}"));
        }
    }
    rules.sort();
    let mut steps: Vec<(u64, Vec<String>)> = Vec::new();
    for (minutes, target) in rules {
        match steps.last_mut() {
            Some((known, targets)) if *known == minutes => targets.push(target),
            _ => steps.push((minutes, vec![target])),
        }
    }
    let next = steps.iter().skip(1).map(|(minutes, _)| Some(*minutes)).chain([None]);
    let waits: Vec<u64> = steps
        .iter()
        .zip(next)
        .map(|((minutes, _), next)| next.map_or(5, |next| next.saturating_sub(*minutes).max(1)))
        .collect();
    let steps = steps.into_iter().map(|(_, targets)| targets).zip(waits).collect();
    Policy { name, repeat: policy.repeat.map_or(0, |repeat| repeat.count), steps }
}

fn person(username: &str, carried: &mut Carried) -> String {
    let known = carried.people.iter().find(|(_, person)| person.email == username);
    if let Some((name, _)) = known {
        return name.clone();
    }
    carried.lose(format!("how {username:?} is reached: the export has no such user"));
    let email = if username.contains('@') { username.to_owned() } else { String::new() };
    carried.add(username, Person { full_name: username.to_owned(), email, ..Person::default() })
}
