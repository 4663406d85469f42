//! Rooms, cards, live events and tickets: what people see of an incident, through the whole program.

mod console;
mod hostile;
pub(crate) mod house;
mod live;
mod replicas;
mod storm;
mod tickets;

/// One incident a service, with everything that a rule may ask for.
const RULES: &str = r##"
[[rule]]
name = "any"
match = 'alertname=~".+"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is ill"
room = { name = "inc-{{ number }}-{{ labels.service }}", invite = ["oncall:web"] }
ticket = { tracker = "local", labels = ["incident"] }
notify = [{ room = "#management", on = ["opened", "resolved"] }]
"##;
