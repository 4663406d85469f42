//! The marks that a long run must reach: a fault or a state that no seed comes to is not tested.

use std::collections::BTreeMap;

/// So many seeds are a long run.
pub(crate) const LONG_RUN: u64 = 2_000;

/// Every mark there is.
const MARKS: &[&str] = &[
    "a case is forgotten",
    "a change that nobody heard of",
    "a person ends an incident",
    "a run starts",
    "a slow effect",
    "an alert in a downtime",
    "an alert is inhibited",
    "an alert is released",
    "an alert is silenced",
    "an alert moves to another case",
    "an alert without a rule",
    "an effect is refused",
    "an incident is acknowledged",
    "an incident is merged",
    "an incident joins another",
    "an incident re-opens",
    "an opening is throttled",
    "fault_01: died before the append",
    "fault_01: died between two appends",
    "fault_02: a lost answer",
    "fault_02: died after the append",
    "fault_03: a process is killed",
    "fault_03: died before an effect",
    "fault_04: a run of unknown outcome",
    "fault_05: a row is taken over",
    "fault_05: died after an effect",
    "fault_12: a wall clock jumps",
    "fault_14: a process stands still",
    "fault_15: a command that arrives twice",
    "fault_21: a call that never arrived",
    "fault_21: a slow brain",
    "fault_21: the brain is away",
    "fault_24: somebody else was first",
    "fault_24: the group has another case by now",
    "fault_25: an effect outlives its lease",
    "fault_26: an adapter panics",
    "fault_27: a timer rings long after it was due",
    "fault_28: try later",
    "fault_29: done, but the answer was lost",
    "fault_35: chat is away",
    "fault_36: the tracker is away",
    "fault_42: an alert calms",
    "fault_42: an alert flaps",
    "fault_47: a delivery comes late or again",
    "fault_48: an end before its beginning",
    "fault_49: an alert goes stale",
    "fault_79: rules change under open incidents",
    "fault_86: nobody answers to the end",
    "there will be no room",
];

/// What a long run did not come to, and what nobody wrote down here.
pub(crate) fn missing(reached: &BTreeMap<&'static str, u64>) -> Vec<String> {
    let unreached = MARKS.iter().filter(|mark| !reached.contains_key(*mark));
    let unknown = reached.keys().filter(|mark| !MARKS.contains(mark));
    let unreached = unreached.map(|mark| format!("no seed reaches: {mark}"));
    unreached.chain(unknown.map(|mark| format!("not in the list: {mark}"))).collect()
}
