//! Named places in a configured question: `{service}`.
//!
//! What people type goes into places and nowhere else. It refuses values that could be anything but
//! a name, so that the same rule holds for a program's argument, a `LogQL` string and a JSON value.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::Wanted;
use crate::adapters::failure::Failure;

/// What a value may be: the names of services, hosts, environments and paths. A value that begins
/// with `-` would be an option to a program.
const VALUE: &str = r"^[A-Za-z0-9._:/][A-Za-z0-9._:/-]{0,99}$";
/// What a place looks like. `LogQL`'s own braces hold more than a name: `{app={service}}`.
const PLACE: &str = r"\{([a-z][a-z0-9_]*)\}";

static IS_VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(VALUE).ok());
static PLACES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PLACE).ok());

/// Everything that may stand in a place.
pub(super) type Values = BTreeMap<String, String>;

/// The arguments, and what every question knows: how many lines, from when, to when.
///
/// # Errors
/// [`Failure::Refused`], when an argument is no name.
pub(super) fn values(wanted: &Wanted) -> Result<Values, Failure> {
    let mut values = BTreeMap::from([
        ("lines".to_owned(), wanted.most.to_string()),
        ("from".to_owned(), wanted.from.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ("to".to_owned(), wanted.to.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
    ]);
    for (name, value) in &wanted.arguments {
        let is_good = IS_VALUE.as_ref().is_some_and(|shape| shape.is_match(value));
        if !is_good {
            return Err(Failure::Refused {
                why: format!(
                    "the {name} must be a name of letters, digits and . _ : / - (100 characters \
                     at most, no - in front)"
                ),
            });
        }
        // What the question itself knows cannot be overwritten by what people type.
        values.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Ok(values)
}

/// The text with every place filled, each value passed through `quote`.
///
/// # Errors
/// [`Failure::Refused`], naming the place that nothing was given for.
pub(super) fn fill(
    text: &str,
    values: &Values,
    quote: impl Fn(&str) -> String,
) -> Result<String, Failure> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = PLACES.as_ref().and_then(|places| places.captures(rest)) {
        let (Some(whole), Some(name)) = (found.get(0), found.get(1)) else { break };
        let value = values.get(name.as_str()).ok_or_else(|| Failure::Refused {
            why: format!("say which {}: this source of logs needs it", name.as_str()),
        })?;
        filled.push_str(rest.get(..whole.start()).unwrap_or_default());
        filled.push_str(&quote(value));
        rest = rest.get(whole.end()..).unwrap_or_default();
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn wanted(value: &str) -> Wanted {
        Wanted {
            arguments: [("service".to_owned(), value.to_owned())].into(),
            containing: None,
            from: DateTime::UNIX_EPOCH,
            to: DateTime::UNIX_EPOCH,
            most: 10,
        }
    }

    #[test]
    fn a_value_is_a_name_and_nothing_else() {
        for good in ["cms", "shop-1.prod:8080", "var/log/x", &"a".repeat(100)] {
            assert!(values(&wanted(good)).is_ok(), "{good}");
        }
        let long = "a".repeat(101);
        for bad in
            ["", "-rf", "--help", "a b", "a\n", "a;b", "$(id)", "a'b", "a\"b", "ä", "{x}", &long]
        {
            assert!(matches!(values(&wanted(bad)), Err(Failure::Refused { .. })), "{bad}");
        }
    }

    #[test]
    fn places_are_filled_and_other_braces_stay() {
        let values = values(&wanted("cms")).unwrap();
        let quote = |value: &str| format!("{value:?}");
        let query = r#"{app={service}, level=~"err.*"} | line_format "{{.msg}}" | limit {lines}"#;
        let filled = fill(query, &values, quote).unwrap();
        assert_eq!(filled, r#"{app="cms", level=~"err.*"} | line_format "{{.msg}}" | limit "10""#);
        let missing = fill("{env}", &values, quote).unwrap_err();
        assert!(missing.to_string().contains("which env"), "{missing}");
    }
}
