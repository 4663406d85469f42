//! A schedule: layers of rotations, and who stands in for whom.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;

use super::layer::Layer;
use super::overrides::Override;
use crate::domain::incident::RuleRef;

/// Days that are not like others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays {
    /// Single days.
    pub dates: BTreeSet<NaiveDate>,
    /// Month and day of those that come each year.
    pub yearly: BTreeSet<(u32, u32)>,
}

impl Holidays {
    /// Whether a day is one.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.dates.contains(&date) || self.yearly.contains(&(date.month(), date.day()))
    }
}

/// Who is on duty when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name and place.
    pub at: RuleRef,
    /// Whose clock it shows.
    pub zone: Tz,
    /// Its rotations. A later one lies over an earlier one: where both have somebody on duty, the
    /// later one counts.
    pub layers: Vec<Layer>,
    /// Days that are not like others.
    pub holidays: Holidays,
    /// The room that hears of hand-offs.
    pub room: Option<String>,
}

/// Why somebody is on duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// It is their turn in this layer.
    Turn { layer: CompactString },
    /// They stand in.
    StandsIn { id: CompactString },
    /// Nobody is on duty.
    Nobody,
}

/// Who is on duty at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Those who are woken; usually one.
    pub people: Vec<CompactString>,
    /// Those who only hear.
    pub shadows: Vec<CompactString>,
    /// Why it is them.
    pub because: Because,
}

impl Schedule {
    /// Who is on duty at an instant. Overrides of other schedules are passed over.
    #[must_use]
    pub fn on_call(&self, at: DateTime<Utc>, overrides: &[Override]) -> Duty {
        let mut holding: Vec<&Override> =
            overrides.iter().filter(|one| one.schedule == self.at.name && one.holds(at)).collect();
        holding.sort_by_key(|one| (one.made_at, one.id.clone()));
        let shadows = self.layers.iter().filter(|layer| layer.is_shadow);
        let shadows = shadows.flat_map(|layer| layer.at(at, &self.holidays)).cloned().collect();
        let (mut people, mut because) = self.turn(at);
        for one in holding {
            match &one.instead_of {
                None => people = vec![one.person.clone()],
                Some(other) if people.contains(other) => {
                    people.retain(|person| person != other && *person != one.person);
                    people.push(one.person.clone());
                }
                Some(_) => continue,
            }
            because = Because::StandsIn { id: one.id.clone() };
        }
        Duty { people, shadows, because }
    }

    /// Who is on duty by the layers alone.
    pub(super) fn turn(&self, at: DateTime<Utc>) -> (Vec<CompactString>, Because) {
        let layers = self.layers.iter().rev().filter(|layer| !layer.is_shadow);
        let mut on_duty = layers.map(|layer| (layer, layer.at(at, &self.holidays)));
        on_duty
            .find(|(_, people)| !people.is_empty())
            .map_or((Vec::new(), Because::Nobody), |(layer, people)| {
                (people.to_vec(), Because::Turn { layer: layer.name.clone() })
            })
    }

    /// Everybody who takes turns here, shadows included.
    #[must_use]
    pub fn everybody(&self) -> BTreeSet<CompactString> {
        self.layers.iter().flat_map(|layer| layer.turns.iter().flatten()).cloned().collect()
    }
}
