//! The one look at a body before anything reads it: size, UTF-8, depth, counts, keys.
//!
//! Two parsers that disagree about a repeated key see two different alerts, so a repeated key is
//! an error wherever it stands. The parser is `serde_json`'s own, so that this look and the
//! reading after it cannot disagree.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::delivery::Bad;
use super::limits;

/// Up to so many keys a walk over them is quicker than a set.
const NARROW: usize = 24;

/// The body as text, once it is known to be strict JSON.
pub(super) fn check(body: &[u8], most: usize) -> Result<&str, Bad> {
    if body.len() > most {
        return Err(Bad::TooLarge { bytes: body.len(), most });
    }
    let text =
        std::str::from_utf8(body).map_err(|error| Bad::NotUtf8 { at: error.valid_up_to() })?;
    let mut keys = Vec::new();
    let mut parser = serde_json::Deserializer::from_str(text);
    Guard { keys: &mut keys }.deserialize(&mut parser)?;
    parser.end()?;
    Ok(text)
}

/// Visits one value. The keys of all open objects share one stack.
struct Guard<'k, 'de> {
    keys: &'k mut Vec<Cow<'de, str>>,
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> DeserializeSeed<'de> for Guard<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Guard<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Guard { keys: &mut *self.keys })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let start = self.keys.len();
        let mut wide: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(Key(key)) = entries.next_key()? {
            if is_known(self.keys.get(start..).unwrap_or_default(), &mut wide, &key) {
                return Err(A::Error::custom(format_args!(
                    "key {key:?} stands twice in one object"
                )));
            }
            if !wide.is_empty() {
                wide.insert(key.clone());
            }
            self.keys.push(key);
            if self.keys.len() - start > limits::KEYS {
                let most = limits::KEYS;
                return Err(A::Error::custom(format_args!("more than {most} keys in one object")));
            }
            entries.next_value_seed(Guard { keys: &mut *self.keys })?;
        }
        self.keys.truncate(start);
        Ok(())
    }
}

/// Whether this object has the key already; a wide object's keys move into a set.
fn is_known<'de>(keys: &[Cow<'de, str>], wide: &mut HashSet<Cow<'de, str>>, key: &str) -> bool {
    if keys.len() < NARROW {
        return keys.iter().any(|known| known == key);
    }
    if wide.is_empty() {
        wide.extend(keys.iter().cloned());
    }
    wide.contains(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(body: &str) -> String {
        check(body.as_bytes(), limits::BODY_BYTES).unwrap_err().to_string()
    }

    #[test]
    fn fault_45_a_repeated_key_is_an_error_wherever_it_stands() {
        for body in
            [r#"{"a":1,"a":2}"#, r#"[{"x":{"labels":{"b":"1","b":"2"}}}]"#, r#"{"a":1,"\u0061":2}"#]
        {
            assert!(why(body).contains("stands twice in one object"), "{body}");
        }
        let wide: Vec<String> = (0..100).map(|i| format!(r#""k{i}":1"#)).collect();
        assert!(check(format!("{{{}}}", wide.join(",")).as_bytes(), 10_000).is_ok());
        assert!(why(&format!(r#"{{{},"k7":1}}"#, wide.join(","))).contains(r#""k7" stands twice"#));
        assert!(check(br#"[{"a":{"a":1}},{"a":2}]"#, 100).is_ok());
    }

    #[test]
    fn fault_45_deep_and_wide_bodies_are_refused() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(why(&deep).contains("recursion limit"));
        let wide: Vec<String> = (0..100_000).map(|i| format!(r#""{i}":1"#)).collect();
        assert!(why(&format!("{{{}}}", wide.join(","))).contains("more than 4096 keys"));
    }

    #[test]
    fn fault_44_invalid_utf_8_is_named_by_its_place() {
        let bad = check(b"{\"a\":\"\xff\"}", 100).unwrap_err();
        assert_eq!(bad, Bad::NotUtf8 { at: 6 });
        assert_eq!(bad.status(), 400);
    }

    #[test]
    fn fault_43_a_body_over_the_cap_is_413() {
        let bad = check(&[b' '; 11], 10).unwrap_err();
        assert_eq!(bad.status(), 413);
        assert_eq!(bad.to_string(), "the body has 11 bytes; at most 10 are taken");
    }

    #[test]
    fn broken_bodies_are_refused_with_the_place() {
        for body in ["", "{", "[1,]", "{} {}", "nul", "[1e999]", "\u{feff}{}"] {
            assert!(why(body).contains("line 1 column"), "{body}: {}", why(body));
        }
    }
}
