//! `/api/v1/oncall` and `/api/v1/schedules`: who is on call, shifts, and calendars of them.

use axum::Json;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::query::Query;
use crate::domain::oncall::{Because, Duty, Roster, Schedule, Shift, ics};
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// How far ahead shifts are given where nobody says.
const AHEAD: TimeDelta = TimeDelta::days(30);
/// How far ahead they are given at most.
const FAR: TimeDelta = TimeDelta::days(731);
/// What a calendar holds: calendar programs ask again.
const CALENDAR: TimeDelta = TimeDelta::days(180);

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/oncall", "Who is on call", oncall)
            .query(&[("at", "When, as RFC 3339; now without it")])
            .gives::<OnCall>(),
        Route::get("/api/v1/schedules/{name}/shifts", "The shifts of a schedule", shifts)
            .query(&[
                ("from", "The first instant, as RFC 3339; now without it"),
                ("days", "How many days, 30 unless it says otherwise, at most 731"),
            ])
            .gives::<Shifts>(),
        Route::get("/api/v1/schedules/{name}", "NAME.ics: a schedule as iCalendar", calendar)
            .gives::<String>(),
    ]
}

/// Who is on call.
#[derive(Debug, Serialize, JsonSchema)]
struct OnCall {
    /// Every schedule.
    schedules: Vec<OnDuty>,
    /// When that is so.
    at: DateTime<Utc>,
}

/// Who is on duty in one schedule.
#[derive(Debug, Serialize, JsonSchema)]
struct OnDuty {
    /// The schedule.
    schedule: String,
    /// Who is woken; nobody where it is empty.
    people: Vec<String>,
    /// Who only hears.
    shadows: Vec<String>,
    /// Whether somebody stands in.
    stands_in: bool,
    /// When others are on duty; none: that is not foreseen.
    until: Option<DateTime<Utc>>,
    /// Who is on duty then.
    next: Vec<String>,
    /// The schedule's time zone.
    zone: String,
}

/// The shifts of a schedule.
#[derive(Debug, Serialize, JsonSchema)]
struct Shifts {
    /// The earliest first, without a gap; a time without anybody is a shift of nobody.
    shifts: Vec<OneShift>,
    /// The schedule's time zone.
    zone: String,
}

/// One shift.
#[derive(Debug, Serialize, JsonSchema)]
struct OneShift {
    /// When it begins.
    from: DateTime<Utc>,
    /// When it ends.
    until: DateTime<Utc>,
    /// Who is on duty.
    people: Vec<String>,
    /// Who only hears.
    shadows: Vec<String>,
    /// Whether somebody stands in.
    stands_in: bool,
}

async fn oncall(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Json<OnCall>, Problem> {
    let query = Query::read(query.as_deref(), &["at"])?;
    let at = query.get::<DateTime<Utc>>("at")?.unwrap_or_else(|| state.clock.now());
    let roster = state.engine.roster();
    let schedules = roster.plans.schedules.values().map(|it| on_duty(&roster, it, at)).collect();
    Ok(Json(OnCall { schedules, at }))
}

fn on_duty(roster: &Roster, schedule: &Schedule, at: DateTime<Utc>) -> OnDuty {
    let (duty, next) = schedule.now_and_next(at, &roster.overrides(&schedule.at.name));
    let stands_in = stands_in(&duty);
    OnDuty {
        schedule: schedule.at.name.to_string(),
        people: duty.people.iter().map(ToString::to_string).collect(),
        shadows: duty.shadows.iter().map(ToString::to_string).collect(),
        stands_in,
        until: next.as_ref().map(|next| next.from),
        next: next
            .map(|next| next.duty.people.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        zone: schedule.zone.name().to_owned(),
    }
}

fn stands_in(duty: &Duty) -> bool {
    matches!(duty.because, Because::StandsIn { .. })
}

async fn shifts(
    Shared(state): Shared<State>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Shifts>, Problem> {
    let query = Query::read(query.as_deref(), &["from", "days"])?;
    let from = query.get::<DateTime<Utc>>("from")?.unwrap_or_else(|| state.clock.now());
    let days = query.get::<u32>("days")?.map_or(AHEAD, |days| TimeDelta::days(days.into()));
    let roster = state.engine.roster();
    let schedule = schedule(&roster, &name)?;
    let shifts = ahead(&roster, schedule, (from, days.min(FAR)));
    let zone = schedule.zone.name().to_owned();
    Ok(Json(Shifts { shifts: shifts.into_iter().map(OneShift::from).collect(), zone }))
}

impl From<Shift> for OneShift {
    fn from(shift: Shift) -> Self {
        let Shift { from, until, duty } = shift;
        Self {
            from,
            until,
            stands_in: stands_in(&duty),
            people: duty.people.into_iter().map(Into::into).collect(),
            shadows: duty.shadows.into_iter().map(Into::into).collect(),
        }
    }
}

async fn calendar(
    Shared(state): Shared<State>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let roster = state.engine.roster();
    let schedule = schedule(&roster, name.strip_suffix(".ics").unwrap_or(&name))?;
    let now = state.clock.now();
    let text = ics(schedule, &ahead(&roster, schedule, (now, CALENDAR)), now);
    let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn ahead(
    roster: &Roster,
    schedule: &Schedule,
    (from, length): (DateTime<Utc>, TimeDelta),
) -> Vec<Shift> {
    let to = from.checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC);
    schedule.shifts((from, to), &roster.overrides(&schedule.at.name))
}

fn schedule<'a>(roster: &'a Roster, name: &str) -> Result<&'a Schedule, Problem> {
    roster.plans.schedules.get(name).ok_or_else(|| {
        let why = format!("there is no schedule called {name:?}");
        Problem::new(StatusCode::NOT_FOUND, why).next("GET /api/v1/oncall names them all")
    })
}
