//! `[[freeze]]`: times in which nothing begins.

use compact_str::CompactString;

use super::access::moment;
use super::sections::{section, zone};
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{Node, list, one_of, text};
use crate::domain::oncall::read_hours;
use crate::domain::run::{Freeze, Policy, Weekly};

const POLICIES: &[(&str, Policy)] = &[("refuse", Policy::Refuse), ("approve", Policy::Approve)];

pub(super) fn freeze(node: &Node, out: &mut Diagnostics) -> Option<Freeze> {
    section(node, "freeze", out, |fields| {
        let on = fields.required("on", list(text));
        let environments = fields.optional("in", list(text)).unwrap_or_default();
        let hours = read_hours(fields);
        let named = fields.optional("time_zone", zone);
        let from = fields.optional("from", moment);
        let until = fields.optional("until", moment);
        let policy = fields.optional("policy", one_of(POLICIES)).unwrap_or(Policy::Refuse);
        let why = fields.optional("why", text).unwrap_or_default();
        let place = fields.place();
        let mut fault = |fault: &str, label: &str, help: &str| {
            let fault = Diagnostic::error(place, fault).label(label).help(help.to_owned());
            fields.out.push(fault);
        };
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            fault("a freeze ends after it begins", "never holds", "look at `from` and `until`");
        }
        if !hours.is_always() && named.is_none() {
            let help = "add time_zone = \"Europe/Berlin\"";
            fault("hours of the week need a `time_zone`", "on whose clock?", help);
        }
        if hours.is_always() && until.is_none() {
            let help = "add `days` or `hours`, or an `until`; `halt` is for what has no end";
            fault("this freeze would never end", "when?", help);
        }
        let weekly = named.filter(|_| !hours.is_always()).map(|zone| Weekly { hours, zone });
        let by = format!("{}:{}", place.source.name, place.line()).into();
        let short = |words: Vec<String>| words.into_iter().map(CompactString::from).collect();
        let (on, environments) = (short(on?), short(environments));
        Some(Freeze { on, environments, weekly, from, until, policy, by, why })
    })
}
