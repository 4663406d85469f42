//! Silences as clients post them, with their times.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::domain::noise::silence::api::{GettableSilence, PostableSilence};
use warroom::domain::noise::silence::{Silence, Silences, State};
use warroom_fuzz::{labels, now, says_why, survives_its_json};

fuzz_target!(|body: &[u8]| {
    let Ok(posted) = serde_json::from_slice::<PostableSilence>(body) else { return };
    let silence = match posted.into_silence(now()) {
        Ok(silence) => silence.created(now(), "9b2d".into()),
        Err(bad) => return says_why(&bad),
    };
    survives_its_json::<Silence>(&silence);
    let shown = GettableSilence::new(&silence, now());
    let again: GettableSilence =
        serde_json::from_str(&serde_json::to_string(&shown).unwrap()).expect("what amtool reads");
    assert_eq!(again.matchers, shown.matchers);
    let state = silence.state(now());
    let own = labels(silence.matchers.iter().map(|m| (m.name().as_str(), m.value().as_str())));
    assert_eq!(silence.active_until(now()).is_some(), state == State::Active);
    assert!(!silence.holds(&own, now()) || state == State::Active);
    assert_eq!(silence.matchers.matches(&own) && state == State::Active, silence.holds(&own, now()));
    if let Some(start) = silence.next_start(now()) {
        assert!(start > now() && silence.active_until(start).is_some(), "begins at {start}");
    }
    let all = Silences::new([silence.clone()]);
    assert_eq!(all.holding(&own, now()).is_some(), silence.holds(&own, now()));
});
