//! What a rule asks for, rendered for one incident.
//!
//! A template that fails never costs an incident anything: plain text takes its place, and the
//! failure is reported beside the policy.

use std::collections::BTreeMap;

use minijinja::Value;

use super::group::group_labels;
use super::rule::Rule;
use super::ruleset::{RuleId, Ruleset};
use super::template::Template;
use crate::domain::alert::{Alert, Labels};
use crate::domain::ids::Number;
use crate::domain::incident::{Notify, Policy, RoomPlan, TicketPlan};

/// A policy, and what could not be rendered as its author wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Complete in any case.
    pub policy: Policy,
    /// One line for each template that failed, for `why` and the log.
    pub faults: Vec<String>,
}

impl Ruleset {
    /// What a rule asks for when this alert opens an incident; `also` adds its notifications.
    /// None when the rule is of another ruleset.
    #[must_use]
    pub fn policy(
        &self,
        owner: RuleId,
        also: &[RuleId],
        alert: &Alert,
        number: Number,
    ) -> Option<Rendered> {
        let rule = self.rule(owner)?;
        let also: Vec<&Rule> = also.iter().filter_map(|id| self.rule(*id)).collect();
        let mut pen = Pen::new(rule, alert, number);
        let severity = pen.write("severity", &rule.severity, "sev3");
        pen.know("severity", Value::from(severity.as_str()));
        let title = pen.write("title", &rule.title, alert.label("alertname"));
        let title = if title.is_empty() { rule.at.name.to_string() } else { title };
        let policy = Policy {
            rule: rule.at.clone(),
            also: also.iter().map(|rule| rule.at.clone()).collect(),
            title,
            severity: severity.into(),
            labels: group_labels(&rule.group_by, &alert.labels),
            room: pen.room(rule, number),
            ticket: pen.ticket(rule),
            graphs: pen.all("graphs", &rule.ask.graphs),
            page: rule.page.clone(),
            escalation: None,
            notify: std::iter::once(&rule).chain(&also).flat_map(|rule| pen.notify(rule)).collect(),
            run: rule.run.clone(),
            timing: rule.timing.clone(),
            files: self.version().clone(),
        };
        Some(Rendered { policy, faults: pen.faults })
    }
}

/// Renders the templates of one incident, and keeps what fails.
struct Pen<'a> {
    rule: &'a Rule,
    names: BTreeMap<&'static str, Value>,
    faults: Vec<String>,
}

impl<'a> Pen<'a> {
    fn new(rule: &'a Rule, alert: &Alert, number: Number) -> Self {
        let names = BTreeMap::from([
            ("labels", table(&alert.labels)),
            ("annotations", table(&alert.annotations)),
            ("group", table(&group_labels(&rule.group_by, &alert.labels))),
            ("number", Value::from(number.0)),
            ("rule", Value::from(rule.at.name.as_str())),
            ("source", Value::from(alert.source.as_str())),
        ]);
        Self { rule, names, faults: Vec::new() }
    }

    fn know(&mut self, name: &'static str, value: Value) {
        self.names.insert(name, value);
    }

    fn write(&mut self, what: &str, template: &Template, fallback: &str) -> String {
        self.try_write(what, template).unwrap_or_else(|| fallback.to_owned())
    }

    fn try_write(&mut self, what: &str, template: &Template) -> Option<String> {
        template
            .render(&Value::from(self.names.clone()))
            .map_err(|why| {
                let at = &self.rule.at;
                let (file, line) = (&at.file, at.line);
                self.faults.push(format!(
                    "{file}:{line}: `{what}` of rule {} cannot be rendered: {why}",
                    at.name
                ));
            })
            .ok()
    }

    /// Renders a list; what fails or is empty is left out.
    fn all(&mut self, what: &str, templates: &[Template]) -> Vec<String> {
        let texts = templates.iter().filter_map(|template| self.try_write(what, template));
        texts.filter(|text| !text.is_empty()).collect()
    }

    fn room(&mut self, rule: &Rule, number: Number) -> Option<RoomPlan> {
        let template = rule.ask.room.as_ref()?;
        let plain = format!("inc-{number}");
        let name = self.write("room.name", template, &plain);
        let name = if name.is_empty() { plain } else { name };
        let invite = self.all("room.invite", &rule.ask.invite);
        Some(RoomPlan { name, invite, on: rule.ask.on.clone() })
    }

    fn ticket(&mut self, rule: &Rule) -> Option<TicketPlan> {
        let tracker = rule.ask.tracker.clone()?;
        Some(TicketPlan { tracker, labels: self.all("ticket.labels", &rule.ask.ticket_labels) })
    }

    fn notify(&mut self, rule: &Rule) -> Vec<Notify> {
        let told = rule.notify.iter().filter_map(|tell| {
            let room = self.try_write("notify.room", &tell.room)?;
            Some(Notify { room, on: tell.on.clone() })
        });
        told.collect()
    }
}

fn table(labels: &Labels) -> Value {
    let pairs = labels.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    Value::from(pairs.collect::<BTreeMap<String, String>>())
}
