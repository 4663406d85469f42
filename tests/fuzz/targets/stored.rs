//! What the brain reads back: events, heads, members, effects, timers, silences.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use warroom::brain::codec::{decode, encode, text};
use warroom::brain::{Document, Item, Key};
use warroom::domain::incident::{Effect, Head, Input, Member, Stored};
use warroom::domain::noise::silence::Silence;
use warroom_fuzz::says_why;

fuzz_target!(|bytes: &[u8]| {
    survives::<Stored>(bytes);
    survives::<Head>(bytes);
    survives::<Member>(bytes);
    survives::<Effect>(bytes);
    survives::<Input>(bytes);
    survives::<Item>(bytes);
    survives::<Key>(bytes);
    survives::<Document>(bytes);
    survives::<Silence>(bytes);
    if let Err(bad) = text("name", bytes) {
        says_why(&bad);
    }
});

fn survives<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    match decode::<T>("value", bytes) {
        Ok(value) => {
            let written = encode("a value", &value).expect("what was read can be written");
            assert_eq!(decode::<T>("value", &written).as_ref(), Ok(&value));
            assert_eq!(encode("a value", &value), Ok(written));
        }
        Err(bad) => says_why(&bad),
    }
}
