//! Small texts: durations, limits, times of day, ids of cases, effects, rows and alerts.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use warroom::brain::codec::row_id;
use warroom::domain::duration;
use warroom::domain::ids::{CaseId, EffectId, Fingerprint};
use warroom::domain::noise::interval::TimeOfDay;
use warroom::domain::noise::limit::Limit;
use warroom_fuzz::{marks, says_why, text};

fuzz_target!(|input: &[u8]| {
    let Some(text) = text(input) else { return };
    match duration::parse(text) {
        Ok(read) => assert_eq!(duration::parse(&duration::format(read)), Ok(read)),
        Err(bad) => says_why(&bad),
    }
    match Limit::parse(text) {
        Ok(limit) => assert_eq!(Limit::parse(&limit.to_string()), Ok(limit)),
        Err(bad) => {
            marks(text, &bad.span);
            says_why(&bad);
        }
    }
    survives::<TimeOfDay>(text);
    survives::<CaseId>(text);
    survives::<EffectId>(text);
    survives::<Fingerprint>(text);
    if let Some(row) = row_id(text) {
        assert_eq!(row_id(&row.to_string()), Some(row));
    }
});

fn survives<T>(text: &str)
where
    T: FromStr + Display + Debug + PartialEq,
    T::Err: Display + Debug + PartialEq,
{
    match text.parse::<T>() {
        Ok(read) => assert_eq!(read.to_string().parse::<T>(), Ok(read)),
        Err(bad) => says_why(&bad),
    }
}
