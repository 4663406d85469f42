//! The stored form of heads, members, events and agenda items: JSON, the same in every brain.
//!
//! Every stored enum carries explicit tags, and a field that is new has a default, so that a newer
//! program reads what an older one wrote; `tests/golden` holds examples that must parse for ever.
//! It refuses to frame: versions, keys and batches are each brain's own.

use compact_str::CompactString;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, RowId};
use crate::domain::ids::CaseId;
use crate::domain::incident::Timer;

/// Writes something for the store.
///
/// # Errors
/// [`Error::Unusable`] when it has no stored form, which no domain type should do.
pub fn encode<T: Serialize>(what: &'static str, value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value)
        .map_err(|error| Error::Unusable(format!("cannot write {what} for the store: {error}")))
}

/// Reads something from the store; `what` names it in the error.
///
/// # Errors
/// [`Error::Unusable`] when it is damaged or from a program that is too new.
pub fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| {
        Error::Unusable(format!(
            "cannot read a stored {what}, which is damaged or from a newer warroom: {error}"
        ))
    })
}

/// Every timer, in the order of its stored number: new ones go to the end, none is ever removed.
pub const TIMERS: [Timer; 8] = [
    Timer::Expiry,
    Timer::Reconsider,
    Timer::Escalate,
    Timer::Calm,
    Timer::Close,
    Timer::Forget,
    Timer::Card,
    Timer::Run,
];

/// Reads the text of a [`RowId`].
#[must_use]
pub fn row_id(text: &str) -> Option<RowId> {
    let Some((case, timer)) = text.split_once(':') else {
        return text.parse().ok().map(RowId::Effect);
    };
    let case: CaseId = case.parse().ok()?;
    let timer = TIMERS.into_iter().find(|known| known.name() == timer)?;
    Some(RowId::Timer(case, timer))
}

/// Reads an id or another short text that was stored as it is.
///
/// # Errors
/// [`Error::Unusable`] when the bytes are no UTF-8.
pub fn text(what: &'static str, bytes: &[u8]) -> Result<CompactString, Error> {
    CompactString::from_utf8(bytes)
        .map_err(|error| Error::Unusable(format!("cannot read a stored {what}: {error}")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::ids::EffectId;
    use crate::domain::incident::Stored;

    const EVENTS: &str = include_str!("../../tests/golden/events.jsonl");

    /// Every event ever written. A name that goes stays here, and its line stays in the file.
    const NAMES: &str = "acknowledgement_went_stale alert_changed alert_fired alert_held alert_left alert_released \
        alert_resolved alert_went_stale alerts_kept case_began child_joined child_left \
        child_refused effect_done effect_failed escalated escalation_exhausted escalation_hurried \
        flapping_started flapping_stopped impossible incident_acknowledged incident_closed \
        incident_merged incident_opened incident_reopened incident_resolved lead_changed \
        note_added opening_throttled page_delivered page_failed people_called person_paged \
        room_failed room_opened run run_outcome_unknown run_refused run_started run_told \
        severity_changed step_resolved ticket_failed ticket_opened";

    #[test]
    fn every_event_ever_written_still_parses() {
        for line in EVENTS.lines() {
            let stored: Stored = decode("event", line.as_bytes()).unwrap();
            let again = String::from_utf8(encode("an event", &stored).unwrap()).unwrap();
            assert_eq!(again, line);
        }
    }

    #[test]
    fn the_golden_file_has_every_event() {
        let names: BTreeSet<String> = EVENTS
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(names.join(" "), NAMES);
    }

    #[test]
    fn an_event_that_nobody_knows_names_the_known_ones() {
        let unknown = br#"{"n":1,"at":"2026-01-01T00:00:00Z","event":"alert_fried"}"#;
        let error = decode::<Stored>("event", unknown).unwrap_err().to_string();
        // The compiler's own list: a new event that the golden file lacks is noticed here.
        for name in NAMES.split_whitespace() {
            assert!(error.contains(&format!("`{name}`")), "{name} is missing in: {error}");
        }
        assert_eq!(error.matches('`').count(), 2 * (NAMES.split_whitespace().count() + 1));
    }

    #[test]
    fn row_ids_survive_their_own_text() {
        let case = CaseId { shard: 63, serial: u64::MAX };
        let effect = RowId::Effect(EffectId { case, event: 12, index: 3 });
        assert_eq!(row_id(&effect.to_string()), Some(effect));
        for timer in TIMERS {
            let row = RowId::Timer(case, timer);
            assert_eq!(row_id(&row.to_string()), Some(row));
        }
        for text in ["", ":", "1.x:card", "1.1:never", "1.1"] {
            assert_eq!(row_id(text), None, "{text}");
        }
    }
}
