//! Reads `[[policy]]` with its steps.

use super::at;
use super::values::{hours, name, severities, targets, zone_or_utc};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::domain::files::{Node, Value, duration, integer, table};
use crate::domain::oncall::escalation::{Escalation, Step, Target};

/// So often a policy may be gone through again: more would page people about one incident for days.
const REPEAT_MAX: u64 = 20;
/// Steps of a policy: with more, nobody knows whose turn it is.
const STEPS_MAX: usize = 20;

pub(super) fn read(
    node: &Node,
    named: &mut Vec<(Target, Place)>,
    out: &mut Diagnostics,
) -> Option<(Place, Escalation)> {
    table(node, "policy", out, |fields| {
        let place = fields.place().clone();
        let title = fields.required("name", name);
        let zone = zone_or_utc(fields);
        let repeat = fields.optional("repeat", integer).unwrap_or(1);
        let stale_after = fields.optional("stale_after", duration);
        let steps = fields.list("step", |node, out| step(node, named, out));
        let fault = match steps.len() {
            0 => Some("this policy wakes nobody: it has no step"),
            count if count > STEPS_MAX => Some("a policy has 20 steps at most"),
            _ if repeat > REPEAT_MAX => Some("a policy repeats 20 times at most"),
            _ => None,
        };
        if let Some(fault) = fault {
            let help = "[[policy.step]] with page = [\"oncall:cms\"] makes one".to_owned();
            fields.out.push(Diagnostic::error(&place, fault).label("here").help(help));
        }
        let repeat = u16::try_from(repeat).unwrap_or(u16::MAX);
        let at = at(&place, title?);
        Some((place, Escalation { at, zone, steps, repeat, stale_after }))
    })
    .flatten()
}

fn step(node: &Node, named: &mut Vec<(Target, Place)>, out: &mut Diagnostics) -> Option<Step> {
    table(node, "policy.step", out, |fields| {
        let place = fields.place().clone();
        let page = fields.required("page", |node, out| {
            let page = targets(node, out)?;
            if let Value::List(items) = &node.value {
                named.extend(page.iter().cloned().zip(items.iter().map(|item| item.place.clone())));
            }
            Some(page)
        });
        let after = fields.optional("after", duration);
        let severity = fields.optional("severity", severities).unwrap_or_default();
        let hours = hours(fields);
        let page = page?;
        if page.is_empty() {
            let fault = "this step wakes nobody";
            fields.out.push(Diagnostic::error(&place, fault).label("an empty list"));
        }
        Some(Step { page, after, severity, hours })
    })
    .flatten()
}
