//! The language of paths into JSON.
#![no_main]

use compact_str::CompactString;
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use warroom::adapters::ingest::json::{Path, Source};
use warroom_fuzz::{says_why, text};

fuzz_target!(|input: &[u8]| {
    let Some(text) = text(input) else { return };
    let path = match Path::try_from(CompactString::from(text)) {
        Ok(path) => path,
        Err(bad) => return says_why(&bad),
    };
    assert_eq!(Path::try_from(CompactString::from(path.to_string())).as_ref(), Ok(&path));
    let literal = CompactString::from(format!("='{text}'"));
    assert_eq!(Source::try_from(literal), Ok(Source::Text(text.into())));
    let root = json!({"items": [{"a": {"b": [1, [2, []]]}}, {"x.y": {"": null}}], "n": null, "a": "t"});
    match (path.find(&root, &root["items"][0]), path.find_all(&root, &root["items"][0])) {
        (Ok(found), Ok(all)) => assert!(found.is_none_or(|found| all.first() == Some(&found))),
        (Err(one), Err(other)) => {
            says_why(&one);
            assert_eq!(one, other);
        }
        (one, other) => panic!("{one:?} and {other:?}"),
    }
});
