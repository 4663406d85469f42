//! Group keys: the text that names one group of alerts for ever.
//!
//! Stored, so its form never changes: `rule{a="b",c="d"}`, labels in the order of their names.

use compact_str::CompactString;

use crate::domain::alert::Labels;
use crate::domain::ids::GroupKey;

/// In `group_by`: all labels, so that every alert is its own group (as in Alertmanager).
pub(super) const ALL: &str = "...";

/// The group of an alert under a rule. A label that it lacks has the empty value.
#[must_use]
pub fn group_key(rule: &str, group_by: &[CompactString], labels: &Labels) -> GroupKey {
    let group = group_labels(group_by, labels);
    let mut key = CompactString::from(rule);
    key.push('{');
    for (position, (name, value)) in group.iter().enumerate() {
        if position > 0 {
            key.push(',');
        }
        push_name(&mut key, name);
        key.push('=');
        push_quoted(&mut key, value);
    }
    key.push('}');
    GroupKey(key)
}

/// The group of alerts that no rule wants. No rule's name begins with `~`.
#[must_use]
pub fn unrouted(labels: &Labels) -> GroupKey {
    group_key("~unrouted", &["alertname".into()], labels)
}

/// The labels of a group with their values.
pub(super) fn group_labels(group_by: &[CompactString], labels: &Labels) -> Labels {
    if group_by.iter().any(|name| name == ALL) {
        return labels.clone();
    }
    let value = |name| labels.get(name).cloned().unwrap_or_default();
    group_by.iter().map(|name| (name.clone(), value(name))).collect()
}

fn push_name(key: &mut CompactString, name: &str) {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { key.push_str(name) } else { push_quoted(key, name) }
}

fn push_quoted(key: &mut CompactString, text: &str) {
    key.push('"');
    for character in text.chars() {
        match character {
            '"' => key.push_str("\\\""),
            '\\' => key.push_str("\\\\"),
            '\n' => key.push_str("\\n"),
            other => key.push(other),
        }
    }
    key.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn a_key_names_the_rule_and_the_group() {
        let alert = labels(&[("env", "prod"), ("service", "c\"m\\s\n"), ("x-y", "1")]);
        let by = ["service".into(), "env".into(), "x-y".into(), "team".into()];
        assert_eq!(
            group_key("slow", &by, &alert).0,
            r#"slow{env="prod",service="c\"m\\s\n",team="","x-y"="1"}"#
        );
        assert_eq!(group_key("slow", &["...".into()], &labels(&[("a", "1")])).0, r#"slow{a="1"}"#);
        assert_eq!(unrouted(&labels(&[("alertname", "Up")])).0, r#"~unrouted{alertname="Up"}"#);
    }

    proptest! {
        #[test]
        fn different_values_never_share_a_key(
            a in ".{0,6}", b in ".{0,6}", c in "[\"\\\\n,={}\n]{0,6}", d in "[\"\\\\n,={}\n]{0,6}",
        ) {
            let by = ["x".into(), "y".into()];
            let one = group_key("r", &by, &labels(&[("x", &a), ("y", &c)]));
            let two = group_key("r", &by, &labels(&[("x", &b), ("y", &d)]));
            prop_assert_eq!(one == two, a == b && c == d);
        }
    }
}
