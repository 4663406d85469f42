//! Reads `[[rule]]` and `[[inhibit]]` tables.

use compact_str::CompactString;

use super::group::ALL;
use super::rule::{Ask, Rule, Tell, Throttles};
use super::ruleset::Named;
use super::spot::Spot;
use super::template::Template;
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{Fields, Node, boolean, duration, integer, list, one_of, table, text};
use crate::domain::incident::{Moment, RuleRef, RunMode, RunPlan, Timing};
use crate::domain::matcher::{Bad, Matchers};
use crate::domain::noise::inhibition::Inhibition;
use crate::domain::noise::limit::Limit;
use crate::domain::scenario;

/// Characters of a name: it is in group keys, metrics and messages.
const NAME_MAX: usize = 80;
/// Steps of an escalation: more would page people for hours about one incident.
const ESCALATE_STEPS_MAX: u64 = 100;

/// All moments that a room can hear of, by the name that authors write.
const MOMENTS: &[(&str, Moment)] = &[
    ("opened", Moment::Opened),
    ("acknowledged", Moment::Acknowledged),
    ("reopened", Moment::Reopened),
    ("resolved", Moment::Resolved),
];

/// How far a runbook may go, by the name that authors write.
const MODES: &[(&str, RunMode)] = &[
    ("watch", RunMode::Watch),
    ("suggest", RunMode::Suggest),
    ("approve", RunMode::Approve),
    ("auto", RunMode::Auto),
];

pub(super) fn rule(node: &Node, out: &mut Diagnostics) -> Option<(Named, Rule)> {
    table(node, "rule", out, |fields| {
        let named = named(fields);
        let matchers = fields.required("match", matchers);
        let group_by = group_by(fields);
        let names: Vec<&str> = group_by.iter().map(CompactString::as_str).collect();
        let severity = fields.optional("severity", template(Spot::Word, &names));
        let title = fields.optional("title", template(Spot::Line, &names));
        let ask = ask(fields, &names);
        let page = fields.optional("page", name);
        let run = fields.optional("run", run).flatten();
        let notify = fields.list("notify", |node, out| tell(node, &names, out));
        let throttles = fields.optional("throttle", throttles).unwrap_or_default();
        let goes_on = fields.optional("continue", boolean).unwrap_or_default();
        let timing = timing(fields);
        let tests = fields.list("test", |node, out| scenario::scenario(node, "rule.test", out));
        let at = at(named.as_ref()?);
        let rule = Rule {
            at,
            matchers: matchers?,
            severity: severity.or_else(|| fallback("sev3", Spot::Word))?,
            title: title.or_else(|| fallback("{{ labels.alertname }}", Spot::Line))?,
            group_by,
            ask,
            page,
            run,
            notify,
            throttles,
            goes_on,
            timing,
            tests,
        };
        Some((named?, rule))
    })
    .flatten()
}

pub(super) fn inhibition(node: &Node, out: &mut Diagnostics) -> Option<(Named, Inhibition)> {
    table(node, "inhibit", out, |fields| {
        let named = named(fields);
        let source = fields.required("source", matchers);
        let target = fields.required("target", matchers);
        let equal = fields.list("equal", text).into_iter().map(CompactString::from).collect();
        let rule = at(named.as_ref()?);
        Some((named?, Inhibition { rule, source: source?, target: target?, equal }))
    })
    .flatten()
}

fn fallback(text: &str, spot: Spot) -> Option<Template> {
    Template::parse(text, spot, &[]).ok()
}

fn named(fields: &mut Fields<'_>) -> Option<Named> {
    let place = fields.place().clone();
    let name = fields.required("name", name)?;
    Some(Named { name: name.into(), place })
}

/// A rule's line is that of its header, which is where an editor should jump.
fn at(named: &Named) -> RuleRef {
    RuleRef {
        name: named.name.as_str().into(),
        file: named.place.source.name.as_str().into(),
        line: named.place.line(),
    }
}

fn name(node: &Node, out: &mut Diagnostics) -> Option<CompactString> {
    let name = text(node, out)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if !name.is_empty() && name.len() <= NAME_MAX && name.chars().all(is_plain) {
        return Some(name.into());
    }
    let fault = format!("`{name}` cannot be a name");
    let help = format!("use up to {NAME_MAX} letters, digits, `-`, `_` and `.`");
    out.push(Diagnostic::error(&node.place, fault).label("not a name").help(help));
    None
}

fn matchers(node: &Node, out: &mut Diagnostics) -> Option<Matchers> {
    let text = text(node, out)?;
    Matchers::parse(&text).map_err(|bad| report(node, bad, out)).ok()
}

fn report(node: &Node, bad: Bad, out: &mut Diagnostics) {
    let place = node.inside(bad.span);
    out.push(Diagnostic::error(&place, bad.message).label("here").help(bad.help));
}

fn template(spot: Spot, group_by: &[&str]) -> impl Fn(&Node, &mut Diagnostics) -> Option<Template> {
    move |node, out| {
        let text = text(node, out)?;
        Template::parse(&text, spot, group_by)
            .map_err(|faults| faults.into_iter().for_each(|bad| report(node, bad, out)))
            .ok()
    }
}

/// Without `group_by`, alerts of one name make one incident.
fn group_by(fields: &mut Fields<'_>) -> Vec<CompactString> {
    let Some(node) = fields.node("group_by") else { return vec!["alertname".into()] };
    let mut names: Vec<CompactString> = list(text)(node, fields.out)
        .unwrap_or_default()
        .into_iter()
        .map(CompactString::from)
        .collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        let fault = "`group_by` names a label twice";
        fields.out.push(Diagnostic::error(&node.place, fault).label("name each label once"));
    }
    if names.len() > 1 && names.iter().any(|name| name == ALL) {
        let fault = "`...` means all labels, so it stands alone";
        fields.out.push(Diagnostic::error(&node.place, fault).label("write [\"...\"]"));
    }
    names.dedup();
    names
}

fn ask(fields: &mut Fields<'_>, group_by: &[&str]) -> Ask {
    let room = fields.optional("room", |node, out| {
        table(node, "room", out, |fields| {
            let name = fields.required("name", template(Spot::Room, group_by));
            let invite = fields.list("invite", template(Spot::Word, group_by));
            let on = fields.list("on", text);
            (name, invite, on.into_iter().map(CompactString::from).collect::<Vec<_>>())
        })
    });
    let ticket = fields.optional("ticket", |node, out| {
        table(node, "ticket", out, |fields| {
            let tracker = fields.required("tracker", name);
            (tracker, fields.list("labels", template(Spot::Line, group_by)))
        })
    });
    let graphs = fields.list("graphs", template(Spot::Argument, group_by));
    let (room, invite, on) = room.unwrap_or_default();
    let (tracker, ticket_labels) = ticket.unwrap_or_default();
    Ask { room, invite, on, tracker, ticket_labels, graphs }
}

fn run(node: &Node, out: &mut Diagnostics) -> Option<Option<RunPlan>> {
    table(node, "run", out, |fields| {
        let runbook = fields.required("runbook", name);
        let mode = fields.required("mode", one_of(MODES));
        let critical = fields.optional("critical", boolean).unwrap_or(false);
        Some(RunPlan { runbook: runbook?, mode: mode?, critical })
    })
}

fn tell(node: &Node, group_by: &[&str], out: &mut Diagnostics) -> Option<Tell> {
    table(node, "notify", out, |fields| {
        let room = fields.required("room", template(Spot::Word, group_by));
        let on = fields.optional("on", list(one_of(MOMENTS)));
        let all = || MOMENTS.iter().map(|(_, moment)| *moment).collect();
        Some(Tell { room: room?, on: on.unwrap_or_else(all) })
    })
    .flatten()
}

fn throttles(node: &Node, out: &mut Diagnostics) -> Option<Throttles> {
    table(node, "throttle", out, |fields| Throttles { rooms: fields.optional("rooms", limit) })
}

/// `3 per 1h`.
pub fn limit(node: &Node, out: &mut Diagnostics) -> Option<Limit> {
    let text = text(node, out)?;
    Limit::parse(&text).map_err(|bad| report(node, bad, out)).ok()
}

fn timing(fields: &mut Fields<'_>) -> Timing {
    let usual = Timing::default();
    let steps = fields.optional("escalate_steps", |node, out| {
        let steps = integer(node, out)?;
        if steps > ESCALATE_STEPS_MAX {
            let fault = format!("an escalation has at most {ESCALATE_STEPS_MAX} steps");
            out.push(Diagnostic::error(&node.place, fault).label("too many"));
        }
        u16::try_from(steps).ok()
    });
    let mut wait = |key, usual| fields.optional(key, duration).unwrap_or(usual);
    Timing {
        reopen_within: wait("reopen_within", usual.reopen_within),
        close_after: wait("close_after", usual.close_after),
        escalate_after: wait("escalate_after", usual.escalate_after),
        escalate_steps: steps.unwrap_or(usual.escalate_steps),
    }
}
