//! Who was woken, and when: calls, wake-ups, nights.

use compact_str::CompactString;

use super::days;
use super::make::{self, Report, Seen};
use crate::domain::commands::{Cell, Kind, Values};
use crate::domain::review::{Hours, Wake};

pub(super) fn make(seen: &Seen) -> Report {
    let wakes: Vec<Wake> = seen.incidents.iter().flat_map(|it| it.wakes.clone()).collect();
    let people = Hours::count(wakes, seen.zone);
    let mut people: Vec<(CompactString, Hours)> = people.into_iter().collect();
    people.sort_by_key(|(_, hours)| std::cmp::Reverse((hours.nights, hours.wakes)));
    let columns = [
        ("person", Kind::Text),
        ("wake-ups", Kind::Number),
        ("at night", Kind::Number),
        ("nights", Kind::Number),
        ("weekend", Kind::Number),
        ("calls", Kind::Number),
        ("hours", Kind::Text),
    ];
    let mut values = Values::new(&columns, seen.until);
    for (name, hours) in &people {
        let counts = [hours.wakes, hours.at_night, hours.nights, hours.at_weekend, hours.calls];
        let mut row = vec![Cell::Text(name.to_string())];
        row.extend(counts.map(|count| Cell::Number(f64::from(count))));
        row.push(Cell::Text(by_hour(hours)));
        values.push(row);
    }
    let lines = people.iter().map(|(name, it)| days::counts(seen, name, &it.by_day)).collect();
    Report {
        kind: make::Kind::People,
        text: text(people.first()),
        values,
        chart: days::chart(seen, make::Kind::People, "wake-ups a day, by person", lines),
    }
}

/// The hours in which somebody was woken: `03h x2, 14h`.
fn by_hour(hours: &Hours) -> String {
    let woken = hours.by_hour.iter().enumerate().filter(|(_, count)| **count > 0);
    let one = |(hour, count): (usize, &u32)| match count {
        1 => format!("{hour:02}h"),
        many => format!("{hour:02}h x{many}"),
    };
    woken.map(one).collect::<Vec<_>>().join(", ")
}

fn text(most: Option<&(CompactString, Hours)>) -> String {
    match most {
        None => "Nobody was woken in this time.".to_owned(),
        Some((name, Hours { wakes, nights, .. })) => format!(
            "{name} was woken most: {wakes} times, in {nights} nights (22:00 to 07:00). Calls within \
             ten minutes are one wake-up."
        ),
    }
}
