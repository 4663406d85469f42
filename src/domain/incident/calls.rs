//! How facts about pages change the head of an incident.

use chrono::{DateTime, Utc};

use super::event::{Event, Stored};
use super::state::{CallState, Head, Phase, Planned};
use crate::domain::oncall::Contact;

/// So many calls are remembered to be told of the end: more than a policy has people.
const PAGED_MAX: usize = 200;

impl Head {
    /// When an acknowledgement of this instant goes stale; none where the policy lets it stand.
    pub(super) fn stale_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let escalation = self.policy.as_ref()?.escalation.as_ref()?;
        Some(at + escalation.stale_after?)
    }

    pub(super) fn evolve_calls(&mut self, stored: &Stored) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "evolve lists every event; these are the calls' part"
        )]
        match &stored.event {
            Event::Escalated { step } => {
                self.step = *step;
                // Where the policy is known, what the step means follows with its own wait.
                let wait = self.policy.as_ref().map(|policy| policy.timing.escalate_after);
                self.step_until = wait.map(|wait| stored.at + wait);
            }
            Event::StepResolved { until, calls, .. } => {
                self.step_until = Some(*until);
                self.plan(calls);
            }
            Event::PeopleCalled { calls, .. } => self.plan(calls),
            Event::PersonPaged { contact } => {
                self.mark(contact, CallState::Ordered);
                if !self.paged.contains(contact) && self.paged.len() < PAGED_MAX {
                    self.paged.push(contact.clone());
                }
            }
            Event::PageDelivered { contact, .. } => self.mark(contact, CallState::Delivered),
            Event::PageFailed { contact, .. } => {
                self.mark(contact, CallState::Failed);
                self.pages_failed = self.pages_failed.saturating_add(1);
            }
            Event::EscalationHurried { .. } | Event::AcknowledgementWentStale { .. } => {
                self.phase = Phase::Triggered;
                self.acknowledged_by = None;
            }
            Event::EscalationExhausted {} => self.exhausted = true,
            _ => {}
        }
    }

    /// New calls, beside those of earlier steps that still wait for their time.
    fn plan(&mut self, calls: &[Planned]) {
        self.calls.retain(|old| {
            let is_new = calls.iter().any(|new| new.contact == old.contact);
            old.state == CallState::Waiting && !is_new
        });
        self.calls.extend_from_slice(calls);
    }

    fn mark(&mut self, contact: &Contact, state: CallState) {
        for call in self.calls.iter_mut().filter(|call| call.contact == *contact) {
            call.state = state;
        }
    }
}
