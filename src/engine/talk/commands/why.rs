//! `why`: the reason behind an incident, or behind an alert that did nothing.

use super::prelude::*;
use crate::domain::alert::{Labels, fingerprint};
use crate::domain::ids::Fingerprint;
use crate::domain::incident::{Event, Stored};
use crate::domain::matcher::Matchers;
use crate::engine::views::AlertView;

/// How many matchers that did not hold are told: the rules that came nearest.
const NEAREST: usize = 4;

/// How many events of an incident are reasons worth telling.
const REASONS: usize = 6;

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        usage: "why [#12], why not service=cms, …",
        help: "Why it opened and whom it paged, or why an alert did nothing",
        examples: &["why", "why 12", "why not DiskFull", "why not service=cms alertname=Slow"],
        is_free: true,
        ..Spec::reads("why", Topic::Ask)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let text = args.text().trim().trim_end_matches('?').trim_end();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if first.eq_ignore_ascii_case("not") {
        return why_not(rest.trim());
    }
    let word = Word { text: first.to_owned(), ..Word::default() };
    let named = number_of(&word);
    if !text.is_empty() && named.is_none() {
        return why_not(text);
    }
    if !rest.is_empty() {
        return Err(Mistake::new(messages::too_much(rest, COMMAND.spec.usage)));
    }
    let number = named.or(args.place().number());
    let number = number.ok_or_else(|| Mistake::new(messages::which_incident("why")))?;
    Ok(Plan::new(number.to_string(), async move |desk: Desk| {
        let view = desk.engine.incident(number).await?;
        let told = desk.told(number).await?;
        let is_reason = |stored: &Stored| {
            matches!(
                stored.event,
                Event::OpeningThrottled { .. }
                    | Event::Escalated { .. }
                    | Event::EscalationExhausted {}
                    | Event::StepResolved { .. }
                    | Event::PeopleCalled { .. }
                    | Event::PageFailed { .. }
                    | Event::EscalationHurried { .. }
                    | Event::AcknowledgementWentStale { .. }
                    | Event::RoomFailed { .. }
                    | Event::TicketFailed { .. }
                    | Event::EffectFailed { .. }
                    | Event::RunRefused { .. }
                    | Event::RunOutcomeUnknown { .. }
                    | Event::RunTold { .. }
            )
        };
        let reasons = told.iter().filter(|(stored, _)| is_reason(stored)).take(REASONS);
        let lines: Vec<String> =
            reasons.map(|(stored, text)| messages::at(stored.at, text)).collect();
        Ok(Answer::text(messages::why_opened(number, &view.rule, &view.labels, &lines)))
    }))
}

fn why_not(text: &str) -> Result<Plan, Mistake> {
    if text.is_empty() {
        return Err(Mistake::new(messages::usage(COMMAND.spec.usage)));
    }
    let about = About::read(text)?;
    let text = text.to_owned();
    Ok(Plan::new(format!("not {text}"), async move |desk: Desk| {
        if let About::Alert(fingerprint) = &about {
            return known(&desk, *fingerprint, 0).await;
        }
        let alerts = desk.alerts().await?;
        let mut found: Vec<&AlertView> = alerts.iter().filter(|it| about.is(it)).collect();
        found.sort_by_key(|it| std::cmp::Reverse(it.starts_at));
        match found.split_first() {
            Some((first, others)) => known(&desk, first.fingerprint, others.len()).await,
            None => Ok(unheard(&desk, &about.labels())),
        }
    }))
}

/// What somebody calls an alert.
enum About {
    Alert(Fingerprint),
    Matching(Matchers),
    Called(String),
}

impl About {
    fn read(text: &str) -> Result<Self, Mistake> {
        if let Ok(fingerprint) = text.parse() {
            return Ok(Self::Alert(fingerprint));
        }
        if !text.contains(['=', '~']) {
            return Ok(Self::Called(text.to_owned()));
        }
        // People leave out the commas.
        let listed = || text.split_whitespace().collect::<Vec<_>>().join(", ");
        let read = Matchers::parse(text).or_else(|_| Matchers::parse(&listed()));
        read.map(Self::Matching).map_err(|bad| {
            Mistake::new(format!(
                "Cannot read these labels: {bad}. {}",
                messages::usage("why not service=cms")
            ))
        })
    }

    fn is(&self, view: &AlertView) -> bool {
        match self {
            Self::Alert(fingerprint) => view.fingerprint == *fingerprint,
            Self::Matching(matchers) => matchers.matches(&view.alert.labels),
            Self::Called(name) => view.alert.label("alertname").eq_ignore_ascii_case(name),
        }
    }

    /// The labels that an alert would have of which no more is known.
    fn labels(&self) -> Labels {
        match self {
            Self::Alert(_) => Labels::new(),
            Self::Called(name) => [("alertname".into(), name.as_str().into())].into(),
            Self::Matching(matchers) => {
                let equal = matchers.iter().filter(|it| it.matches_value(it.value()));
                equal.map(|it| (it.name().clone(), it.value().clone())).collect()
            }
        }
    }
}

/// The reason behind an alert that was reported.
async fn known(desk: &Desk, fingerprint: Fingerprint, others: usize) -> Result<Answer, Trouble> {
    let why = desk.engine.why(fingerprint).await?;
    let mut text = why.answer;
    if others > 0 {
        text.push_str(&messages::others_alike(others));
    }
    let lines: Vec<String> = why.verdicts.iter().map(|verdict| format!("- {verdict}")).collect();
    Ok(Answer::text(format!("{text}\n{}", lines.join("\n"))))
}

/// What would become of an alert that nobody has reported.
fn unheard(desk: &Desk, labels: &Labels) -> Answer {
    let book = desk.engine.book.load();
    let route = book.rules.route(labels);
    let owner = route.owner.and_then(|id| book.rules.rule(id)).map(|rule| rule.at.clone());
    let silence = desk
        .engine
        .known_silences()
        .iter()
        .find(|it| it.holds(labels, desk.now))
        .map(|it| it.id.to_string());
    let tried = book.rules.explain(labels);
    let tried: Vec<String> =
        tried.iter().take(NEAREST).map(crate::domain::messages::tried).collect();
    let id = fingerprint(labels);
    Answer::text(messages::never_reported(
        &id.to_string(),
        owner.as_ref(),
        silence.as_deref(),
        &tried,
    ))
}
