//! The chat language: any line is cleaned and read, and what would run is read as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::domain::commands::{Alias, Filter, Here, Pipeline, Place, clean, older, words};
use warroom::domain::ids::Number;
use warroom::engine::talk::ran;
use warroom_fuzz::{labels, says_why, text};

fuzz_target!(|input: &[u8]| {
    let Some(text) = text(input) else { return };
    let line = clean(text).line;
    if let Ok(first) = Pipeline::read(&line, |verb| verb == "note") {
        let printed = first.to_string();
        assert_eq!(Pipeline::read(&printed, |verb| verb == "note"), Ok(first), "{printed}");
    }
    match Filter::read(&line) {
        Ok(filter) => assert_eq!(Filter::read(&filter.to_string()), Ok(filter)),
        Err(bad) => says_why(&bad),
    }
    if let (Ok(alias), Ok(given)) = (Alias::read(&line, "ana", |_| false), words(&line)) {
        drop(alias.expand(&alias.name, &given));
    }
    drop(older::older(&line));
    for place in [Place::default(), room()] {
        match ran(&line, &place) {
            Ok(written) => assert_eq!(ran(&written, &place), Ok(written.clone()), "{line:?}"),
            Err(why) => says_why(&why),
        }
    }
});

/// A room of an incident whose labels are as hostile as they come.
fn room() -> Place {
    let labels = labels([("service", "~a|b \"c'"), ("env", "x\\y")]);
    let here = Here { number: Number(12), labels, since: None, is_open: true, is_taken: false };
    Place { room: Some("12".into()), incident: Some(here) }
}
