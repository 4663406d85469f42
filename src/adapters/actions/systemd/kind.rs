//! What runbooks may say of a unit, and which units they may name.

use crate::domain::runbook::{Field, Kind, Shape};

/// What may be done to a unit.
pub(super) const VERBS: &[&str] = &["start", "stop", "restart", "reload"];

/// What a runbook may say of it.
pub const KIND: Kind = Kind {
    name: "systemd",
    help: "Start, stop, restart or reload a systemd unit, and wait for the job's result",
    plain: None,
    fields: &[
        Field {
            name: "unit",
            help: "The unit, with its kind: `nginx.service`; executor.units must allow it",
            shape: Shape::Text,
            is_required: true,
            has_places: true,
        },
        Field {
            name: "verb",
            help: "start, stop, restart, reload",
            shape: Shape::OneOf(VERBS),
            is_required: true,
            has_places: false,
        },
    ],
    outputs: &["before", "after"],
    has_dry_run: true,
    is_repeatable: false,
};

/// Characters of a unit's name: systemd.unit(5), "Unit names … at most 255".
const NAME_MAX: usize = 255;

/// Whether the operator's list has this unit, by its name or by a name with one `*`: `shop@*.service`.
#[must_use]
pub fn is_allowed(unit: &str, units: &[String]) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    let is_name = unit.len() <= NAME_MAX
        && unit.chars().all(is_letter)
        && unit.rsplit_once('.').is_some_and(|(name, kind)| !name.is_empty() && !kind.is_empty());
    let matches = |allowed: &String| match allowed.split_once('*') {
        None => allowed == unit,
        Some((start, end)) => {
            unit.len() >= start.len() + end.len() && unit.starts_with(start) && unit.ends_with(end)
        }
    };
    is_name && units.iter().any(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_units_are_allowed() {
        let units = ["nginx.service", "shop@*.service"].map(str::to_owned);
        for good in ["nginx.service", "shop@eu-1.service"] {
            assert!(is_allowed(good, &units), "{good}");
        }
        for bad in ["sshd.service", "nginx", "shop@a/b.service", "shop@.servic", "", "../x.service"]
        {
            assert!(!is_allowed(bad, &units), "{bad}");
        }
        let everything = ["*".to_owned()];
        assert!(!is_allowed("a b.service", &everything) && !is_allowed("--all", &everything));
    }
}
