//! What was carried over, and how it looks as our files.

use std::collections::BTreeMap;

/// Everything that an export has, as far as it has a place here.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// People by our name for them.
    pub(super) people: BTreeMap<String, Person>,
    pub(super) schedules: Vec<Schedule>,
    pub(super) policies: Vec<Policy>,
    /// What has no place here, a sentence each.
    pub(super) lost: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) full_name: String,
    pub(super) email: String,
    pub(super) zone: String,
    /// A kind of pager, an address, and a wait in minutes.
    pub(super) contacts: Vec<(String, String, u64)>,
}

#[derive(Debug, Default)]
pub(super) struct Schedule {
    pub(super) name: String,
    pub(super) zone: String,
    /// The lowest first.
    pub(super) layers: Vec<Layer>,
    /// Person, from, until: RFC 3339.
    pub(super) overrides: Vec<(String, String, String)>,
}

#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) turns: Vec<Vec<String>>,
    /// `1w`, `12h`.
    pub(super) every: String,
    /// `2026-01-05`.
    pub(super) start: String,
    /// `09:00`.
    pub(super) handoff: String,
    pub(super) end: Option<String>,
    pub(super) hours: Vec<String>,
    pub(super) days: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) repeat: u64,
    /// Targets, and the wait in minutes before the next step.
    pub(super) steps: Vec<(Vec<String>, u64)>,
}

impl Carried {
    /// A person by our name: the part of the address before its sign, or the name itself.
    pub(super) fn add(&mut self, name: &str, person: Person) -> String {
        let source = person.email.split('@').next().filter(|it| !it.is_empty());
        let mut plain = plain(source.unwrap_or(name));
        while self.people.get(&plain).is_some_and(|known| known.email != person.email) {
            plain.push('2');
        }
        self.people.insert(plain.clone(), person);
        plain
    }

    pub(super) fn lose(&mut self, what: impl Into<String>) {
        self.lost.push(what.into());
    }

    /// The file for `rules/`.
    pub(super) fn rules(&self) -> String {
        let mut out = String::new();
        for lost in &self.lost {
            line(&mut out, &format!("# not carried over: {}", lost.replace('\n', " ")));
        }
        self.schedules.iter().for_each(|schedule| schedule_toml(&mut out, schedule));
        self.policies.iter().for_each(|policy| policy_toml(&mut out, policy));
        out
    }

    /// The sections for the configuration.
    pub(super) fn people(&self) -> String {
        let mut out = String::new();
        for (name, person) in &self.people {
            line(&mut out, &format!("\n[people.{}]", quoted(name)));
            for (key, value) in [
                ("full_name", &person.full_name),
                ("email", &person.email),
                ("time_zone", &person.zone),
            ] {
                if !value.is_empty() {
                    line(&mut out, &format!("{key} = {}", quoted(value)));
                }
            }
            let contact = |(pager, address, after): &(String, String, u64)| {
                format!(
                    "{{ pager = {}, address = {}, after = \"{after}m\" }}",
                    quoted(pager),
                    quoted(address)
                )
            };
            let contacts: Vec<String> = person.contacts.iter().map(contact).collect();
            if !contacts.is_empty() {
                line(&mut out, &format!("contacts = [{}]", contacts.join(", ")));
            }
        }
        out
    }
}

fn schedule_toml(out: &mut String, schedule: &Schedule) {
    line(out, &format!("\n[[schedule]]\nname = {}", quoted(&schedule.name)));
    line(out, &format!("zone = {}", quoted(&schedule.zone)));
    for layer in &schedule.layers {
        line(out, &format!("\n[[schedule.layer]]\nname = {}", quoted(&plain(&layer.name))));
        let turn = |turn: &Vec<String>| match turn.as_slice() {
            [one] => quoted(one),
            several => list(several),
        };
        let turns: Vec<String> = layer.turns.iter().map(turn).collect();
        line(out, &format!("people = [{}]", turns.join(", ")));
        line(out, &format!("every = {}", quoted(&layer.every)));
        line(out, &format!("start = {}", quoted(&layer.start)));
        line(out, &format!("handoff = {}", quoted(&layer.handoff)));
        if let Some(end) = &layer.end {
            line(out, &format!("end = {}", quoted(end)));
        }
        for (key, values) in [("hours", &layer.hours), ("days", &layer.days)] {
            if !values.is_empty() {
                line(out, &format!("{key} = {}", list(values)));
            }
        }
    }
    for (person, from, until) in &schedule.overrides {
        line(out, &format!("\n[[override]]\nschedule = {}", quoted(&schedule.name)));
        for (key, value) in [("person", person), ("from", from), ("until", until)] {
            line(out, &format!("{key} = {}", quoted(value)));
        }
    }
}

fn policy_toml(out: &mut String, policy: &Policy) {
    line(out, &format!("\n[[policy]]\nname = {}", quoted(&policy.name)));
    line(out, &format!("repeat = {}", policy.repeat.min(20)));
    for (targets, after) in &policy.steps {
        line(out, &format!("\n[[policy.step]]\npage = {}", list(targets)));
        line(out, &format!("after = \"{after}m\""));
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

pub(in crate::cli) fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("[{}]", values.join(", "))
}

/// A basic string of TOML: JSON's escapes are a part of its own.
pub(in crate::cli) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A name that commands can hold: small letters, digits, `.`, `_` and `-`.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.trim().to_lowercase().chars() {
        match c {
            c if c.is_ascii_alphanumeric() || "._".contains(c) => plain.push(c),
            _ if plain.ends_with('-') || plain.is_empty() => {}
            _ => plain.push('-'),
        }
    }
    let plain = plain.trim_matches(['-', '.', '_']).chars().take(40).collect::<String>();
    if plain.is_empty() { "unnamed".to_owned() } else { plain }
}
