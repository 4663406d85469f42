//! Schedules, policies and overrides, which stand in rule files.
#![expect(dead_code, reason = "shapes: only their schemas are used")]

use schemars::JsonSchema;

use super::{OneOrMany, Wait};

/// Who is on call when.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Schedule {
    /// Its own name: `oncall:NAME` means whoever is on duty.
    name: String,
    /// Whose clock is meant, as IANA names it: `Europe/Berlin`.
    zone: String,
    /// Days unlike others: each year (`12-25`), or once (`2027-05-13`).
    holidays: Option<Vec<String>>,
    /// A room that hears of every hand-off.
    room: Option<String>,
    /// Turns; later layers lie over earlier ones.
    layer: Option<Vec<Layer>>,
}

/// Turns that people take.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Layer {
    /// Its name.
    name: Option<String>,
    /// Its own clock. Default: the schedule's.
    zone: Option<String>,
    /// Who takes a turn, in this order; a list in the list takes one together.
    people: Vec<OneOrMany<String>>,
    /// How long a turn is, from 15m. Default: 1w.
    every: Option<Wait>,
    /// The day of the first turn; nobody is on call before.
    start: Option<String>,
    /// The time of day at which turns change. Default: 09:00.
    handoff: Option<String>,
    /// The day on which it ends.
    end: Option<String>,
    /// Hours in which it counts: `22:00-06:00` goes over midnight. Default: all.
    hours: Option<Vec<String>>,
    /// Days on which it counts: `mon-fri`. Default: all.
    days: Option<Vec<String>>,
    /// What it does on holidays. Default: work.
    on_holidays: Option<OnHolidays>,
    /// Whether it only hears what is said, and is not woken.
    shadow: Option<bool>,
}

/// What a layer does on holidays.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum OnHolidays {
    Work,
    Off,
    Only,
}

/// Whom to wake in which order.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Policy {
    /// Its own name, which rules page.
    name: String,
    /// Whose clock the steps' hours mean. Default: UTC.
    zone: Option<String>,
    /// How often all steps are gone through again when nobody answers. Default: 1.
    #[schemars(range(max = 20))]
    repeat: Option<u64>,
    /// Who took it must say so again after this, or it goes on. Default: never.
    stale_after: Option<Wait>,
    /// Its steps, 1 to 20.
    step: Option<Vec<Step>>,
}

/// One step of a policy.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Step {
    /// Whom it wakes, all at once: `@ana`, `oncall:cms`, `team:web`, `#room`.
    page: Vec<String>,
    /// How long it waits for an answer. Default: as the rule says.
    after: Option<Wait>,
    /// The severities that it is for. Default: all.
    severity: Option<Vec<String>>,
    /// Hours in which it counts. Default: all.
    hours: Option<Vec<String>>,
    /// Days on which it counts. Default: all.
    days: Option<Vec<String>>,
}

/// Somebody who stands in.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Override {
    /// On which schedule.
    schedule: String,
    /// Who stands in.
    person: String,
    /// For whom. Default: whoever is on duty.
    instead_of: Option<String>,
    /// From when on: `2026-12-24 18:00`, on the schedule's clock.
    from: String,
    /// Until when.
    until: String,
}
