//! Rule files.
#![expect(dead_code, reason = "shapes: only their schemas are used")]

use schemars::JsonSchema;

use super::Wait;
use super::oncall::{Override, Policy, Schedule};
use crate::domain::incident::{Moment, RunMode};

/// A file of `rules/`. Files are read in the order of their names; the first rule that matches owns an
/// alert.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in super::super) struct Rules {
    /// Which alerts belong together, and what is to be done about them.
    rule: Option<Vec<Rule>>,
    /// Alerts that make others redundant while they fire.
    inhibit: Option<Vec<Inhibit>>,
    /// Who is on call when.
    schedule: Option<Vec<Schedule>>,
    /// Whom to wake in which order.
    policy: Option<Vec<Policy>>,
    /// Somebody who stands in, known before.
    #[schemars(rename = "override")]
    stand_in: Option<Vec<Override>>,
}

/// A file of examples, `rules/*_test.toml`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in super::super) struct Tests {
    /// Examples, which `warroom test` runs on a clock of its own.
    test: Option<Vec<Test>>,
}

/// Which alerts belong together, and what is to be done about them.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Rule {
    /// Its own name: up to 80 letters, digits, `-`, `_` and `.`. It is in group keys and timelines.
    name: String,
    /// Alertmanager's matchers, all of which must hold: `service="cms", alertname=~"High.*"`.
    #[schemars(rename = "match")]
    matchers: String,
    /// The labels whose values make one incident; `["..."]` means all. Default: `["alertname"]`.
    group_by: Option<Vec<String>>,
    /// How bad it is, `sev1` to `sev5`; a template. Default: `sev3`.
    severity: Option<String>,
    /// One line that says what is wrong; a template. Default: the alert's name.
    title: Option<String>,
    /// The room to open. Without it: none.
    room: Option<Room>,
    /// The ticket to open. Without it: none.
    ticket: Option<Ticket>,
    /// Graphs for the room, as they are typed: `latency {{ labels.service }} 1h`.
    graphs: Option<Vec<String>>,
    /// The escalation policy to page. Without it, nobody is woken.
    page: Option<String>,
    /// The runbook to start.
    run: Option<Run>,
    /// Other rooms that hear of it.
    notify: Option<Vec<Notify>>,
    /// How often it may act.
    throttle: Option<Throttle>,
    /// Whether later rules that match add their notifications. Default: false.
    #[schemars(rename = "continue")]
    goes_on: Option<bool>,
    /// An alert that returns this soon re-enters the same incident. Default: 30m.
    reopen_within: Option<Wait>,
    /// How long a resolved incident keeps its room and ticket open. Default: 0.
    close_after: Option<Wait>,
    /// How long a step waits for an answer, where the policy does not say. Default: 5m.
    escalate_after: Option<Wait>,
    /// Steps of an escalation, where no policy of that name is in the files. Default: 3.
    #[schemars(range(max = 100))]
    escalate_steps: Option<u16>,
    /// Examples, which `warroom test` runs on a clock of its own.
    test: Option<Vec<Test>>,
}

/// The room to open.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Room {
    /// Its name; a template: `inc-{{ number }}-{{ labels.service }}`.
    name: String,
    /// Who comes in: `oncall:cms`, `team:web`, `@ana`; templates.
    invite: Option<Vec<String>>,
    /// The chat platforms that show it, by their names under `[chat]`. Default: the first.
    on: Option<Vec<String>>,
}

/// The ticket to open.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Ticket {
    /// A tracker, by its name under `[trackers]`; `local` is warroom's own list.
    tracker: String,
    /// Labels for the tracker; templates.
    labels: Option<Vec<String>>,
}

/// The runbook to start.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Run {
    /// The runbook's name.
    runbook: String,
    /// How far it goes by itself: says what it would do, offers itself, asks, or starts.
    mode: RunMode,
    /// Whether what it does is critical, whatever the runbook says. Default: false.
    critical: Option<bool>,
}

/// A room that hears of some moments.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Notify {
    /// The room as the platform names it: `#management`; a template.
    room: String,
    /// Which moments. Default: all.
    on: Option<Vec<Moment>>,
}

/// How often a rule may act.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Throttle {
    /// Openings of rooms: `3 per 1h`.
    rooms: Option<String>,
}

/// An example of a rule.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Test {
    /// What it shows.
    name: Option<String>,
    /// When it begins, on the clock of the world: `2026-01-05T09:00:00Z`.
    start: Option<String>,
    /// How long it plays. Default: a while longer than the last thing that it says.
    until: Option<Wait>,
    /// What happens: a time, then fire, resolve, ack, say, approve, deny or beat.
    at: Vec<String>,
    /// What is wanted: a time, then what: `5m page ben`.
    want: Vec<String>,
}

/// Alerts that make others redundant while they fire.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Inhibit {
    /// Its own name.
    name: String,
    /// The alerts that hold others back; matchers.
    source: String,
    /// The alerts that are held back; matchers.
    target: String,
    /// Labels in which both must agree.
    equal: Option<Vec<String>>,
}
