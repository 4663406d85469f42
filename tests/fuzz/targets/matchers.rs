//! Matchers in Alertmanager's syntax: the first line is labels (`a=b,c=d`), the rest matchers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warroom::domain::matcher::{Index, Matchers};
use warroom_fuzz::{labels, marks, says_why, text};

fuzz_target!(|input: &[u8]| {
    let Some(input) = text(input) else { return };
    let (given, rest) = input.split_once('\n').unwrap_or(("", input));
    let given = labels(given.split(',').filter_map(|pair| pair.split_once('=')));
    let matchers = match Matchers::parse_or_empty(rest) {
        Ok(matchers) => matchers,
        Err(bad) => {
            marks(rest, &bad.span);
            return says_why(&bad);
        }
    };
    let again = Matchers::parse_or_empty(&matchers.to_string());
    assert_eq!(again.as_ref(), Ok(&matchers), "{matchers}");
    assert_eq!(again.map(|again| again.matches(&given)), Ok(matchers.matches(&given)));
    // The index may name too many lists, never too few.
    let wanted = labels(matchers.iter().map(|matcher| (matcher.name().as_str(), matcher.value().as_str())));
    for labels in [&given, &wanted] {
        let named = Index::new([&matchers].into_iter()).candidates(labels);
        assert!(!matchers.matches(labels) || named == [0], "{matchers} and {labels:?}");
    }
});
