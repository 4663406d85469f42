//! Templates of rules: the first line is a label's value, the rest the template.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use minijinja::Value;
use warroom::domain::rules::{Spot, Template};
use warroom_fuzz::{marks, says_why, text};

fuzz_target!(|input: &[u8]| {
    let Some(input) = text(input) else { return };
    let (value, source) = input.split_once('\n').unwrap_or((input, "{{ labels.service }}-{{ number }}"));
    let names = || Value::from(BTreeMap::from([("service", Value::from(value)), ("env", Value::from("prod"))]));
    let words = [("severity", "sev2"), ("rule", "r"), ("source", "s")];
    let scope = [("labels", names()), ("annotations", names()), ("group", names())]
        .into_iter()
        .chain(words.map(|(name, word)| (name, Value::from(word))))
        .chain([("number", Value::from(7))]);
    let scope = Value::from(scope.collect::<BTreeMap<_, _>>());
    for spot in [Spot::Line, Spot::Room, Spot::Word, Spot::Argument] {
        match Template::parse(source, spot, &["service", "env"]) {
            Ok(template) => renders(&template, spot, &scope),
            Err(faults) => {
                assert!(!faults.is_empty());
                for bad in faults {
                    marks(source, &bad.span);
                    says_why(&bad);
                }
            }
        }
    }
});

fn renders(template: &Template, spot: Spot, scope: &Value) {
    let printed = template.render(scope);
    assert_eq!(printed, template.render(scope), "the same scope prints something else");
    let printed = match printed {
        Ok(printed) => printed,
        Err(why) => return says_why(&why),
    };
    match spot {
        Spot::Line => assert!(!printed.contains(char::is_control) && printed.chars().count() <= 250),
        Spot::Room => {
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
            assert!(printed.chars().all(is_name) && printed.len() <= 80, "{printed:?}");
        }
        Spot::Word | Spot::Argument => assert_eq!(printed.trim(), printed),
    }
}
